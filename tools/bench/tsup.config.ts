// Builds dl-bench as a program, dist/main.js, and its nets for tools/doctor.
import { program } from '../../tsup.preset.js';

export default program({ entry: ['src/main.ts', 'src/nets.ts'], dts: { entry: 'src/nets.ts' } });
