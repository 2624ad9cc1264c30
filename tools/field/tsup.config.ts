// Builds dl-field as a program: dist/main.js.
import { program } from '../../tsup.preset.js';

export default program();
