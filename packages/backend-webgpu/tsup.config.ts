// Builds @dl/backend-webgpu with the settings that all packages share.
import { library } from '../../tsup.preset.js';

export default library();
