// Builds dl-doctor as two programs: dist/main.js, and dist/gpu-check.js.
import { program } from '../../tsup.preset.js';

export default program({ entry: ['src/main.ts', 'src/gpu-check.ts'] });
