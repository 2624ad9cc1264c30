// Builds @dl/backend-cuda with the settings that all packages share, for Node alone.
import { library } from '../../tsup.preset.js';

export default library({ platform: 'node', shims: true });
