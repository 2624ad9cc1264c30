// Builds @dl/io with the shared settings of all packages.
import { library } from '../../tsup.preset.js';

export default library();
