// Writes dist/reference.json: every export with its signature and documentation comment.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extract } from './extract.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// Core first: a name that another package exports again is core's. The packages of prebuilt binaries have no sources.
const names = readdirSync(join(root, 'packages'))
  .filter((name) => existsSync(join(root, 'packages', name, 'src/index.ts')))
  .sort((a, b) => Number(b === 'core') - Number(a === 'core'));
writeFileSync(
  new URL('reference.json', import.meta.url),
  `${JSON.stringify(extract(root, names))}\n`,
);
