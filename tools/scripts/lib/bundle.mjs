// All packages for browsers as one ES module file.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The packages that run in a browser; no two exports of them have the same name. */
const names = ['core', 'nn', 'optim', 'losses', 'data', 'io', 'backend-webgpu'];

/** The file, from the built packages, and its size in bytes, gzipped too. */
export async function bundle(root) {
  const project = join(root, 'apps/recipes');
  const esbuild = createRequire(join(project, 'package.json')).resolve('esbuild');
  const { build } = (await import(pathToFileURL(esbuild).href)).default;
  const { outputFiles, warnings } = await build({
    stdin: {
      contents: names.map((name) => `export * from '@dl/${name}';`).join('\n'),
      resolveDir: project,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // What a console shows of an object is the name of its class.
    keepNames: true,
    banner: {
      js: '/* dl: https://github.com/dl-authors/dl, MIT license; contains fflate, MIT license */',
    },
    // The built packages: the paths of this repository's tsconfig.json are the sources.
    tsconfigRaw: '{}',
    write: false,
    logLevel: 'silent',
  });
  const [{ contents }] = outputFiles;
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  return { contents, bytes: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}
