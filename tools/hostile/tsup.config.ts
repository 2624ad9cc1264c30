// Builds dl-hostile as two programs: dist/main.js, and dist/child.js, which it starts to read the files.
import { program } from '../../tsup.preset.js';

export default program({ entry: ['src/main.ts', 'src/child.ts'] });
