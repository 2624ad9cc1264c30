// Builds dl-testing: dist/sampling.js, dist/webgpu.js and their declarations. The checks of arguments are used from their source.
import { library } from '../../tsup.preset.js';

export default library({
  entry: ['src/sampling.ts', 'src/webgpu.ts'],
  format: ['esm'],
  platform: 'node',
});
