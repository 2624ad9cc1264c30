// Builds dl-gpu-check as a program: dist/main.js.
import { program } from '../../tsup.preset.js';

export default program();
