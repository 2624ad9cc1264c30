// Builds the playground: a page and its two workers, all of it from this repository.
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { methodsInUse } from './methods-in-use.js';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/**
 * The sources of a package are marked as free of side effects, but core's first file gives tensors
 * their methods. In the published package that file is all there is; here it would be left out.
 */
const keepMethods = (): Plugin => ({
  name: 'keep-methods',
  transform(code, id) {
    return /[\\/]core[\\/]src[\\/]index\.ts$/.test(id)
      ? { code, map: null, moduleSideEffects: true }
      : null;
  },
});

/** The five packages that train, in files of their own, so that their size can be checked. */
const trainingChunks = {
  groups: [
    { name: 'dl-webgpu', test: /[\\/]packages[\\/]backend-webgpu[\\/]/ },
    { name: 'dl', test: /[\\/]packages[\\/](core|nn|optim|losses)[\\/]/, priority: 1 },
  ],
};

const resolve: NonNullable<UserConfig['resolve']> = {
  // The sources, so that nothing has to be built before the page.
  alias: [{ find: /^@dl\/([a-z0-9-]+)$/, replacement: `${packages}/$1/src/index.ts` }],
};

export default defineConfig({
  // The page works below any path.
  base: './',
  resolve,
  worker: {
    format: 'es',
    plugins: () => [keepMethods(), methodsInUse({ resolve, plugins: [keepMethods()] })],
    rolldownOptions: { output: { codeSplitting: trainingChunks } },
  },
  build: { target: 'es2022', modulePreload: false, assetsInlineLimit: 0 },
  server: { port: 5173 },
});
