// Builds @dl/backend-cpu with the shared settings of all packages: for Node, and the entry for browsers.
import { library } from '../../tsup.preset.js';

export default library({
  entry: ['src/index.ts', 'src/browser.ts'],
  platform: 'node',
  shims: true,
});
