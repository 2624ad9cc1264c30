// Sizes of packages and bundles, held against those in sizes.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { must } from './shell.mjs';

const bundles = {
  'core: all of it': "export * from '@dl/core'",
  'core: tensor, add, backward':
    "import { add, tensor } from '@dl/core'; const x = tensor([1], { requiresGrad: true }); add(x, 2).sum().backward(); console.log(x.grad)",
  'core: tensor': "export { tensor } from '@dl/core'",
  'nn: Linear': "export { Linear } from '@dl/nn'",
  'nn, optim, losses, without core':
    "export * from '@dl/nn'; export * from '@dl/optim'; export * from '@dl/losses'",
  'io, without core and nn': "export * from '@dl/io'",
  'data, without core': "export * from '@dl/data'",
};

/** Bytes of each bundle, minified, and minified and gzipped. */
export async function bundleSizes(project) {
  const sizes = {};
  for (const [name, contents] of Object.entries(bundles)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      external: name.includes('without')
        ? ['@dl/core'].concat(name.startsWith('io') ? ['@dl/nn'] : [])
        : [],
      write: false,
      logLevel: 'silent',
    });
    const code = outputFiles[0].contents;
    sizes[name] = { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
  }
  return sizes;
}

// Versions and compilers move them by a little; more than this is a change to look at.
const slack = 1.02;

/** Throws where something has grown; `--write` makes the sizes seen the new ones. */
export function checkSizes(file, seen, write) {
  if (write) {
    writeFileSync(file, `${JSON.stringify(seen, null, 2)}\n`);
    return;
  }
  const recorded = JSON.parse(readFileSync(file, 'utf8'));
  const problems = [];
  for (const [group, entries] of Object.entries(seen)) {
    for (const [name, sizes] of Object.entries(entries)) {
      for (const [kind, size] of Object.entries(sizes)) {
        const was = recorded[group]?.[name]?.[kind];
        if (was === undefined) problems.push(`${name}: no size ${kind} is recorded`);
        else if (size > was * slack) problems.push(`${name}: ${kind} was ${was}, is ${size}`);
      }
    }
  }
  must(problems.length === 0, `${problems.join('\n')}\nIf it must be: pnpm release-proof --write`);
}
