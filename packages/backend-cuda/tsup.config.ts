// Builds @dl/backend-cuda with the shared settings of all packages, for Node only.
import { library } from '../../tsup.preset.js';

export default library({
  entry: ['src/index.ts', 'src/recorder.ts'],
  platform: 'node',
  shims: true,
});
