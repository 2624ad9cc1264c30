// Builds dl-zoo file by file, so that dist has the programs and their twins' folder where src has them.
import { program } from '../../tsup.preset.js';

export default program({
  entry: ['src/**/*.ts'],
  bundle: false,
  dts: { entry: 'src/index.ts' },
});
