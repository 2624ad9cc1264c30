// Sizes of packages and bundles, held against those in sizes.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as vite } from 'vite';
import { must } from './shell.mjs';

const bundles = {
  'core: all of it': "export * from '@dl/core'",
  'core: tensor, add, backward':
    "import { add, tensor } from '@dl/core'; const x = tensor([1], { requiresGrad: true }); add(x, 2).sum().backward(); console.log(x.grad)",
  'core/functional: all of it': "export * from '@dl/core/functional'",
  'core/functional: tensor, add, sum, backward':
    "import { add, sum, tensor } from '@dl/core/functional'; const x = tensor([1], { requiresGrad: true }); sum(add(x, 2)).backward(); console.log(x.grad)",
  'core/functional: tensor': "export { tensor } from '@dl/core/functional'",
  'nn: Linear': "export { Linear } from '@dl/nn'",
  'nn, optim, losses, without core':
    "export * from '@dl/nn'; export * from '@dl/optim'; export * from '@dl/losses'",
  'io, without core and nn': "export * from '@dl/io'",
  'data, without core': "export * from '@dl/data'",
};

/** Those that Vite bundles too, whose minifier is another one (Oxc). */
const byVite = ['core: all of it', 'core/functional: tensor, add, sum, backward'];

/** What a program must not exceed that takes one operator as a function, and what a layer may add, gzipped. */
const bounds = { 'core/functional: tensor, add, sum, backward': 42_000, 'nn: Linear': 55_000 };

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
        ? ['@dl/core', '@dl/core/functional'].concat(name.startsWith('io') ? ['@dl/nn'] : [])
        : [],
      write: false,
      logLevel: 'silent',
    });
    sizes[name] = sizeOf(outputFiles[0].contents);
    if (byVite.includes(name)) sizes[`${name}, by Vite`] = await viteSize(project, contents);
  }
  return sizes;
}

const sizeOf = (code) => ({
  minified: code.length,
  gzipped: gzipSync(code, { level: 9 }).length,
});

async function viteSize(project, contents) {
  const input = join(project, 'size.js');
  writeFileSync(input, contents);
  const { output } = await vite({
    root: project,
    configFile: false,
    logLevel: 'error',
    // The exports of the entry are what is measured.
    build: { write: false, rolldownOptions: { input, preserveEntrySignatures: 'strict' } },
  });
  must(output.length === 1, `Vite made ${output.length} files of ${contents}`);
  return sizeOf(Buffer.from(output[0].code));
}

// Versions and compilers move them by a little; more than this is a change to look at.
const slack = 1.02;

/** Throws where something has grown; `--write` makes the sizes seen the new ones. */
export function checkSizes(file, seen, write) {
  for (const [name, bound] of Object.entries(bounds)) {
    const { gzipped } = seen.bundles[name];
    must(gzipped <= bound, `${name}: ${gzipped} bytes gzipped, at most ${bound}`);
  }
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
