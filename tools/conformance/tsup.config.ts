// Builds dl-conformance as a program: dist/main.js.
import { program } from '../../tsup.preset.js';

export default program({
  // A source without dependencies, which browsers bundle too.
  noExternal: ['dl-devices/dtypes'],
});
