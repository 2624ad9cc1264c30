// Prints what cases there are, as JSON: one process knows them all, so that the runner needs no built package itself.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { info } from '@dl/backend-cpu';

const folder = new URL('../cases/', import.meta.url);
const cases = [];
for (const file of readdirSync(fileURLToPath(folder)).sort()) {
  if (!file.endsWith('.mjs')) continue;
  const module = await import(new URL(file, folder).href);
  for (const [name, one] of Object.entries(module.default)) {
    const { from = null, limit = null, flags = [], shell = null, heavy = false, needs = [] } = one;
    cases.push({
      kind: file.slice(0, -4),
      name,
      from,
      want: one.want.text,
      limit,
      flags,
      shell,
      heavy,
      needs,
      alone: module.alone === true || one.alone === true,
    });
  }
}
// Without an addon there is no instruction set.
process.stdout.write(JSON.stringify({ cases, isa: info().isa ?? null }));
