// Run before the package of a binary is packed: refuses one without its binary.
import { existsSync, readFileSync } from 'node:fs';

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const missing = Object.values(exports)
  .filter((file) => file.endsWith('.node'))
  .filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`${name}: ${missing.join(', ')} is missing; build it on that platform first.`);
  process.exitCode = 1;
}
