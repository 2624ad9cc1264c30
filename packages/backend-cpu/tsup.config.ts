// Builds @dl/backend-cpu with the settings that all packages share: for Node, and what browsers get.
import { library } from '../../tsup.preset.js';

export default library({
  entry: ['src/index.ts', 'src/browser.ts'],
  platform: 'node',
  shims: true,
});
