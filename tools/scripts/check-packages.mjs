// Checks the manifest and the README of every published package. See CONTRIBUTING.md.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackages } from './lib/packages.mjs';

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { problems, count } = checkPackages(root);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`Manifests are in order (${count} packages).`);
