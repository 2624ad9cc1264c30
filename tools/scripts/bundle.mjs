// Writes all packages for browsers as one ES module file, from what is built: out/dl.js.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './lib/bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { contents, bytes, gzipped } = await bundle(root);
mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(join(root, 'out/dl.js'), contents);
console.log(`out/dl.js: ${Math.round(bytes / 1000)} kB, ${Math.round(gzipped / 1000)} kB gzipped`);
