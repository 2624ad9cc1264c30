// Builds the playground: a page and its training worker, all of it from this repository.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/** Tells the packages' modules from the app's, so that their size can be measured. */
const packageChunks = {
  groups: [
    { name: 'dl-io', test: /[\\/]packages[\\/]io[\\/]|[\\/]fflate[\\/]/ },
    { name: 'dl', test: /[\\/]packages[\\/]/ },
  ],
};

export default defineConfig({
  // The page works below any path.
  base: './',
  resolve: {
    // The sources, so that nothing has to be built before the page.
    alias: [{ find: /^@dl\/([a-z0-9-]+)$/, replacement: `${packages}/$1/src/index.ts` }],
  },
  worker: { format: 'es', rolldownOptions: { output: { codeSplitting: packageChunks } } },
  build: { target: 'es2022', modulePreload: false, assetsInlineLimit: 0 },
  server: { port: 5173 },
});
