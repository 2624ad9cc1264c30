// Bundles of the installed packages, run as minifiers leave them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { minify as terser } from 'terser';
import { must, node } from './shell.mjs';

/** What a minifier may do to a bundle: nothing, esbuild's own work, or Terser's, which webpack has. */
const minifiers = {
  none: { minify: false, after: (code) => code },
  esbuild: { minify: true, after: (code) => code },
  Terser: {
    minify: false,
    after: async (code) => (await terser(code, { module: true, compress: { passes: 2 } })).code,
  },
};

/**
 * Whether bundles do what the sources do, however they are minified: modules compute and print under their names, and
 * tensors have the operators as methods where the program imports the entry that has them. Gives the minifiers' names.
 */
export async function bundlesWork(project) {
  for (const [entry, expected] of [
    ['@dl/core', 'tensor([2.])'],
    ['@dl/core/functional', "is not available with '@dl/core/functional' alone"],
  ]) {
    const contents = `import { tensor } from '${entry}'; import { Conv2d, Linear, ReLU, Sequential } from '@dl/nn';
      const net = new Sequential(new Linear(1, 1), new ReLU());
      let said = net.forward(tensor([[1]])).shape + ' ' + net + new Conv2d(1, 1, 1);
      try { said += String(tensor([1]).add(1)) } catch (e) { said += e.message }
      console.log(said)`;
    for (const [name, { minify, after }] of Object.entries(minifiers)) {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: project },
        bundle: true,
        minify,
        format: 'esm',
        write: false,
        logLevel: 'silent',
      });
      const file = join(project, 'bundled.mjs');
      writeFileSync(file, await after(outputFiles[0].text));
      const { stdout } = await node([file], { cwd: project });
      const wanted = ['1,1 Sequential(', '(0): Linear(', '(1): ReLU()', 'Conv2d(1, 1', expected];
      const missing = wanted.filter((text) => !stdout.includes(text));
      must(missing.length === 0, `${entry}, minified by ${name}: no ${missing} in ${stdout}`);
    }
  }
  return Object.keys(minifiers);
}
