// Refuses forbidden imports between packages and import cycles inside one. See docs/ARCHITECTURE.md.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRepository } from './lib/arrows.mjs';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { problems, files } = checkRepository(root);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`Forbidden imports: ${problems.length}, in ${files} files.`);
  process.exitCode = 1;
} else {
  console.log(`Imports follow the arrows (${files} files).`);
}
