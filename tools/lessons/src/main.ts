// `pnpm notebooks`: writes the notebook of each lesson beside it.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lessonNotebooks } from './notebooks.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
for (const { file, text } of lessonNotebooks(root)) {
  writeFileSync(file, text);
  console.log(relative(root, file));
}
