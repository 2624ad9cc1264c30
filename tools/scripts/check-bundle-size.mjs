// Checks what the playground's training worker loads of the packages: minified and gzipped, at most 90 KB.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const app = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'apps', 'playground');
const limit = Number(process.argv[2] ?? 90 * 1024);
const counted = ['core', 'nn', 'optim', 'losses', 'backend-webgpu'];

const entry = createRequire(join(app, 'package.json')).resolve('vite');
const { build, loadConfigFromFile } = await import(pathToFileURL(entry).href);
const env = { command: 'build', mode: 'production' };
const { config } = await loadConfigFromFile(env, join(app, 'vite.config.ts'), app);

/** The training worker's files, as they are built. */
const chunks = [];
const collect = {
  name: 'collect',
  generateBundle(_, bundle) {
    const files = Object.values(bundle).filter((file) => file.type === 'chunk');
    const ours = ({ facadeModuleId }) => /[\\/]src[\\/]worker[\\/]main\.ts$/.test(facadeModuleId);
    if (files.some(ours)) chunks.push(...files);
  },
};
await build({
  ...config,
  root: app,
  configFile: false,
  logLevel: 'error',
  worker: { ...config.worker, plugins: () => [...config.worker.plugins(), collect] },
  build: { ...config.build, write: false },
});

const packageOf = (id) => /[\\/]packages[\\/]([^\\/]+)[\\/]/.exec(id)?.[1];
const sizes = chunks.map(({ fileName, code, modules }) => {
  const found = new Set(Object.keys(modules).map(packageOf));
  return { fileName, bytes: gzipSync(code, { level: 9 }).length, found };
});
const show = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const mine = sizes.filter(({ found }) => counted.some((name) => found.has(name)));
const missing = counted.filter((name) => !mine.some(({ found }) => found.has(name)));
if (missing.length > 0) {
  console.error(`bundle size: the training worker loads nothing of ${missing.join(', ')}`);
  process.exitCode = 1;
}
for (const { fileName, bytes, found } of sizes) {
  const names = [...found].filter((name) => name !== undefined).join(', ') || 'the page itself';
  console.log(`  ${show(bytes).padStart(8)}  ${fileName} (${names})`);
}
const total = mine.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`Packages in the training worker: ${show(total)} gzipped, at most ${show(limit)}.`);
if (total > limit) {
  console.error('bundle size: it is over the limit');
  process.exitCode = 1;
}
