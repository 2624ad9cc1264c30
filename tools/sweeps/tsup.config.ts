// Builds dl-sweeps as a program: dist/main.js.
import { program } from '../../tsup.preset.js';

export default program({
  // Sources of the conformance suite, which are no package's output.
  noExternal: ['dl-conformance/elementwise', 'dl-conformance/markdown', 'dl-devices/dtypes'],
});
