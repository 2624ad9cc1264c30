// `pnpm names`: counts PyTorch's names by namespace; `--write` also writes the pages of the guide.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { counts, languages, namesPage } from './names-page.js';
import { readNames } from './read-names.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const { version, found } = readNames(root);
for (const [area, [here, otherwise, out, missing]] of counts(found)) {
  console.log(
    `${(area || 'all').padEnd(34)} here ${String(here).padStart(4)}, in another form ${String(otherwise).padStart(3)}, left out ${String(out).padStart(3)}, missing ${String(missing).padStart(3)}`,
  );
}
if (values.write) {
  for (const [folder, words] of Object.entries(languages)) {
    writeFileSync(`${root}docs/${folder}/pytorch-names.md`, namesPage(found, version, words));
  }
}
