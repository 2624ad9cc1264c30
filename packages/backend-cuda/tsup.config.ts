// Builds @dl/backend-cuda with the settings that all packages share, for Node alone.
import { library } from '../../tsup.preset.js';

export default library({
  entry: ['src/index.ts', 'src/recorder.ts'],
  platform: 'node',
  shims: true,
});
