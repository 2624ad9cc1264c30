// Refuses what makes bundles larger: operators called as methods in the sources of the packages, since '@dl/core/functional' has
// functions alone, and spreads that run when a module is loaded.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadedSpreads, methodCalls } from './lib/methods.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const spreads = loadedSpreads(root);
for (const spread of spreads) console.error(spread);
if (spreads.length > 0) process.exitCode = 1;
const problems = methodCalls(root);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(
    "With '@dl/core/functional' tensors have no operators as methods: call add(x, y) for x.add(y), so that a bundle holds what it uses and no more.",
  );
  process.exitCode = 1;
} else console.log('No package calls an operator as a method.');
