// What places without files run: one file with the packages as they are built, and PyTorch's values for the suite.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './project.mjs';

/** A program of `programs` and all that it imports, as one ES module for browsers. */
export async function bundled(program) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'tools/runtimes/programs', program)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // The paths of the sources would make two copies of core, one of them for the packages' own imports.
    tsconfigRaw: {},
    external: ['node:*'],
  });
  return outputFiles[0].text;
}

/** The goldens of the suite, as JSON. */
export function goldens() {
  const read = (name) =>
    JSON.parse(readFileSync(join(root, `tools/conformance/fixtures/${name}.json`), 'utf8'));
  return JSON.stringify({ ...read('elementwise'), ...read('table') });
}

/** Prints an outcome of the suite; gives whether all of it passed. */
export function report({ passed, failed }) {
  for (const line of failed) console.log(`FAILED ${line}`);
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 10_000;
}
