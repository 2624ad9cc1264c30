// Builds dl-fuzz as two programs: dist/main.js, and dist/child.js, which it starts for each judge.
import { program } from '../../tsup.preset.js';

export default program({
  entry: ['src/main.ts', 'src/child.ts'],
  // A source file of another tool, which Node cannot import.
  noExternal: ['dl-conformance/compare'],
});
