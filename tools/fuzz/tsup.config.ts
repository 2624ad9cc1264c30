// Builds dl-fuzz as two commands, dist/main.js and dist/damaged-files/main.js; each starts the child.js beside it.
import { program } from '../../tsup.preset.js';

export default program({
  entry: ['src/main.ts', 'src/child.ts', 'src/damaged-files/main.ts', 'src/damaged-files/child.ts'],
  // A source file of another tool, which Node cannot import.
  noExternal: ['dl-conformance/compare'],
});
