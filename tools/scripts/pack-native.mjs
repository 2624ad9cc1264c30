// Run before and after a package with an addon's sources is packed: puts what the builds share beside its script, and
// takes it away again. In the repository there is one, in lib.
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const copy = 'scripts/native.mjs';
if (process.argv.includes('--remove')) rmSync(copy, { force: true });
else copyFileSync(fileURLToPath(new URL('lib/native.mjs', import.meta.url)), copy);
