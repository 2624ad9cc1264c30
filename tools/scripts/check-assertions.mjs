// Type assertions that do nothing are refused: `pnpm check:assertions`, with `--write` it takes them out.
// `npm test` looks at every third file, others at each commit.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { idleAssertions } from './lib/assertions.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const write = process.argv.includes('--write');
const told = process.env.DL_FULL === '1' || write ? undefined : process.env.DL_SAMPLE;
const parts = 3;
const part = told === undefined ? undefined : Number(BigInt(told) % BigInt(parts));
/** Which part a file belongs to, whatever other files there are. */
const partOf = (path) => [...path].reduce((sum, c) => sum + c.charCodeAt(0), 0) % parts;

const found = idleAssertions(root, {
  write,
  only: (path) => part === undefined || partOf(path) === part,
});
for (const line of found) console.log(line);
if (write) console.log(`${found.length} taken out.`);
else if (found.length > 0) {
  console.error(
    `${found.length} type assertions do nothing: pnpm check:assertions --write takes them out.`,
  );
  process.exitCode = 1;
} else
  console.log(
    `No type assertion does nothing${part === undefined ? '' : ', in a third of the files'}.`,
  );
