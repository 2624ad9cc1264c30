// Builds dl-conformance as a program: dist/main.js.
import { program } from '../../tsup.preset.js';

export default program({
  // Sources without dependencies: browsers bundle the first too, and the suite runs where only packages are (tools/runtimes).
  noExternal: ['dl-devices/dtypes', 'dl-testing/sampling'],
});
