// Builds dl-docs: dist/main.js, which writes dist/reference.json, and what other tests read pages with.
import { program } from '../../tsup.preset.js';

export default program({ entry: ['src/main.ts', 'src/page.ts'], dts: { entry: ['src/page.ts'] } });
