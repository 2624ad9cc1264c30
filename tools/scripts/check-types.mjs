// The type check of the whole repository, from the sources: `pnpm typecheck`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { typeErrors } from './lib/types.mjs';

const errors = typeErrors(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
if (errors !== null) {
  console.error(errors);
  process.exitCode = 1;
} else console.log('No type errors.');
