// Prints the folder that holds pnpm; run under npx, which puts that folder on the PATH.
import { folderOfPnpm } from './pnpm.mjs';

console.log(folderOfPnpm() ?? '');
