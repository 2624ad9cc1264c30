// Builds @dl/optim with the settings that all packages share; what it prints has its classes' names.
import { library, shownNames } from '../../tsup.preset.js';

export default library({ plugins: [shownNames] });
