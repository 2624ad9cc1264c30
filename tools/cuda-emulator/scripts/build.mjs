// Builds the stand-ins with the system's C++ compiler into build/; --sanitize=address is a build of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const native = join(root, 'native');
const sanitize = process.argv.find((a) => a.startsWith('--sanitize='))?.slice(11);
const required = process.argv.includes('--required');
const out = join(root, 'build', sanitize ? `lib-${sanitize}` : 'lib');
const cxx = process.env.CXX ?? 'g++';

if (process.platform !== 'linux' || spawnSync(cxx, ['--version']).status !== 0) {
  console.warn('dl-cuda-emulator: not built (it needs Linux and a C++ compiler, g++ or CXX).');
  process.exit(required ? 1 : 0);
}

const files = readdirSync(native, { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .sort();
const hash = createHash('sha256').update(String(sanitize)).update(cxx);
for (const name of files) hash.update(name).update(readFileSync(join(native, name)));
hash.update(readFileSync(fileURLToPath(import.meta.url)));
const digest = hash.digest('hex');
const stamp = join(out, 'stamp');
const upToDate = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
if (upToDate()) process.exit(0);

// Test files start together: one of them builds, the others wait for it.
mkdirSync(out, { recursive: true });
const lock = join(out, 'lock');
for (let waited = 0; ; waited++) {
  try {
    mkdirSync(lock);
    break;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (waited > 1800) rmdirSync(lock);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}
process.on('exit', () => rmdirSync(lock));
if (upToDate()) process.exit(0);

// Kernels that were compiled with other headers are not used again.
const kernels = createHash('sha256');
for (const name of files.filter((n) => /^(kernel|nvrtc)/.test(n))) {
  kernels.update(readFileSync(join(native, name)));
}
const flags = [
  '-std=c++17',
  '-O2',
  '-g1',
  '-fPIC',
  '-shared',
  '-pthread',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  `-DDL_STAMP="${kernels.digest('hex').slice(0, 16)}"`,
];
if (sanitize) flags.push(`-fsanitize=${sanitize}`, `-DDL_SANITIZE="${sanitize}"`);
const libraries = {
  'libcuda.so.1': ['driver', 'store.cc'],
  'libnvrtc.so.13': ['nvrtc', 'store.cc'],
  'libcublas.so.13': ['cublas'],
};
for (const [library, parts] of Object.entries(libraries)) {
  const units = files.filter((n) => n.endsWith('.cc') && parts.some((p) => n.startsWith(p)));
  const temporary = join(out, `.${library}.${process.pid}`);
  const args = [...flags, `-Wl,-soname,${library}`, ...units.map((n) => join(native, n))];
  const done = spawnSync(cxx, [...args, '-o', temporary, '-ldl', '-lm'], { stdio: 'inherit' });
  if (done.status !== 0) process.exit(1);
  renameSync(temporary, join(out, library));
}
cpSync(join(native, 'kernel'), join(out, 'kernel'), { recursive: true });
writeFileSync(stamp, digest);
console.log(`dl-cuda-emulator: built ${out}`);
