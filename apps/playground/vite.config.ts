// Builds the playground: a page and its two workers, all of it from this repository.
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/** The five packages that train, in a file of their own, so that their size can be checked. */
const trainingChunks = {
  groups: [{ name: 'dl', test: /[\\/]packages[\\/](core|nn|optim|losses|backend-webgpu)[\\/]/ }],
};

/** The shaders' text, without the spaces and comments that are for readers. */
const tightShaders: Plugin = {
  name: 'tight-shaders',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/backend-webgpu/src/')) return null;
    const tight = (text: string): string =>
      text
        .replace(/\/\/.*/g, '')
        .replace(/\s+/g, ' ')
        .replace(/ ?([+*/=<>?:;,&|{}()]) ?/g, '$1');
    // Functions, and lines of a kernel: they end in a semicolon or a brace.
    return code.replace(/`fn [^`]*`|'[^'\n]*[;{]'|`[^`\n]*[;{]`/g, tight);
  },
};

const resolve: NonNullable<UserConfig['resolve']> = {
  // The sources, so that nothing has to be built before the page.
  alias: [
    // The page's code calls no operator as a method (its tests run all of it), so it needs no sentences about that.
    {
      find: './missing.js',
      replacement: fileURLToPath(new URL('./no-sentences.ts', import.meta.url)),
    },
    // All of it is one bundle: no second copy of core can come.
    { find: './copies.js', replacement: fileURLToPath(new URL('./one-copy.ts', import.meta.url)) },
    { find: '@dl/core/functional', replacement: `${packages}/core/src/functional.ts` },
    { find: /^@dl\/([a-z0-9-]+)$/, replacement: `${packages}/$1/src/index.ts` },
  ],
};

export default defineConfig({
  // The page works below any path.
  base: './',
  resolve,
  worker: {
    format: 'es',
    plugins: () => [tightShaders],
    rolldownOptions: { output: { codeSplitting: trainingChunks } },
  },
  build: { target: 'es2022', modulePreload: false, assetsInlineLimit: 0 },
  server: { port: 5173 },
});
