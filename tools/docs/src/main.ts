// Writes dist/reference.json: every export with its signature and documentation comment.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extract } from './extract.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const entries = extract(root, [
  'core',
  'nn',
  'optim',
  'losses',
  'data',
  'io',
  'backend-webgpu',
  'backend-cuda',
]);
writeFileSync(new URL('reference.json', import.meta.url), `${JSON.stringify(entries)}\n`);
