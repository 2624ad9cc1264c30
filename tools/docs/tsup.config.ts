// Builds dl-docs as a program: dist/main.js, which writes dist/reference.json.
import { program } from '../../tsup.preset.js';

export default program();
