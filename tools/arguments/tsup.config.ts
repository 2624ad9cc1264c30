// Builds dl-arguments: dist/index.js and its declarations.
import { library } from '../../tsup.preset.js';

export default library({ format: ['esm'], platform: 'node' });
