// Builds the stand-ins with the system's C++ compiler into build/; --sanitize=address is a build of its own.
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildOnce,
  compilerFor,
  digestOf,
  flagsFor,
  here,
  link,
  required,
  sanitize,
} from '../../scripts/lib/native.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const native = join(root, 'native');
const out = join(root, 'build', sanitize ? `lib-${sanitize}` : 'lib');
const compiler = process.platform === 'linux' ? compilerFor(here) : undefined;

if (compiler === undefined) {
  console.warn('dl-cuda-emulator: not built (it needs Linux and a C++ compiler, g++ or CXX).');
  process.exit(required ? 1 : 0);
}

const files = readdirSync(native, { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .sort();
// Kernels that were compiled with other headers are not used again.
const kernels = createHash('sha256');
for (const name of files.filter((n) => /^(kernel|nvrtc)/.test(n))) {
  kernels.update(readFileSync(join(native, name)));
}
const flags = flagsFor(here, '-O2', [
  '-Wextra',
  '-shared',
  '-pthread',
  `-DDL_STAMP="${kernels.digest('hex').slice(0, 16)}"`,
]);
if (sanitize) flags.push(`-fsanitize=${sanitize}`, `-DDL_SANITIZE="${sanitize}"`);
const libraries = {
  'libcuda.so.1': ['driver', 'store.cc'],
  'libnvrtc.so.13': ['nvrtc', 'store.cc'],
  'libcublas.so.13': ['cublas'],
};
const digest = digestOf(native, files, import.meta.url, [flags, compiler]);

await buildOnce({ work: out, product: join(out, 'libcublas.so.13'), digest }, () => {
  for (const [library, parts] of Object.entries(libraries)) {
    const units = files.filter((n) => n.endsWith('.cc') && parts.some((p) => n.startsWith(p)));
    const sources = units.map((n) => join(native, n));
    link(
      compiler,
      [...flags, `-Wl,-soname,${library}`, ...sources, '-ldl', '-lm'],
      join(out, library),
    );
  }
  cpSync(join(native, 'kernel'), join(out, 'kernel'), { recursive: true });
  console.log(`dl-cuda-emulator: built ${out}`);
});
