// Builds the addon for this machine into prebuilds/, with g++ or clang++ and Node's own headers.
// Instruction sets are files of their own with flags of their own, so none leaks into another.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
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
const source = join(root, 'native');
const { platform, arch } = process;
// The platform's own package where it stands beside this one; else, and for tests, this one.
const home = join(root, '..', `backend-cpu-${platform}-${arch}`);
const sanitize = process.argv.find((a) => a.startsWith('--sanitize='))?.slice(11);
const out =
  existsSync(join(home, 'package.json')) && !sanitize
    ? join(home, 'prebuilds')
    : join(root, 'prebuilds', `${platform}-${arch}`);
const target = join(out, sanitize ? `dl-cpu-${sanitize}.node` : 'dl-cpu.node');
const work = join(root, 'build', sanitize ?? 'release');

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

const headers = [
  process.env.DL_NODE_HEADERS,
  join(dirname(process.execPath), '..', 'include', 'node'),
  '/usr/include/node',
].find((folder) => folder && existsSync(join(folder, 'node_api.h')));
const compiler = [process.env.CXX, 'g++', 'clang++', 'c++'].find(
  (name) => name && run(name, ['--version']).status === 0,
);

if (platform === 'win32' || !compiler || !headers) {
  const missing = platform === 'win32' ? 'MSVC is not supported' : compiler ? 'node_api.h' : 'g++';
  console.warn(`@dl/backend-cpu: no addon built (${missing}); core's own backend is used instead.`);
  process.exit(process.argv.includes('--required') ? 1 : 0);
}

const flags = [
  '-std=c++17',
  '-O3',
  '-g1',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wno-psabi',
  // GCC's own headers of AVX-512 draw these.
  '-Wno-uninitialized',
  '-Wno-maybe-uninitialized',
  `-I${headers}`,
];
const units = [
  ['addon.cc', []],
  ['pool.cc', []],
  ['isa_portable.cc', []],
];
if (arch === 'x64') {
  const avx2 = ['-mavx2', '-mfma', '-mf16c', '-mbmi2'];
  const avx512 = ['f', 'bw', 'dq', 'vl'].map((x) => `-mavx512${x}`);
  units.push(['isa_avx2.cc', avx2]);
  units.push(['isa_avx512.cc', [...avx2, ...avx512, '-mprefer-vector-width=512']]);
}
if (sanitize) flags.push(`-fsanitize=${sanitize}`, '-fno-omit-frame-pointer');

const files = readdirSync(source).sort();
const stamp = createHash('sha256');
for (const name of files) stamp.update(name).update(readFileSync(join(source, name)));
stamp.update(
  JSON.stringify([flags, units, compiler, readFileSync(fileURLToPath(import.meta.url), 'utf8')]),
);
const digest = stamp.digest('hex');
const stampFile = join(work, 'stamp');
const upToDate = () =>
  existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest;
if (upToDate()) process.exit(0);

mkdirSync(work, { recursive: true });
mkdirSync(out, { recursive: true });
// One build at a time: another one that has begun (test files start together) is waited for.
const lock = join(work, 'lock');
for (let waited = 0; ; waited++) {
  try {
    mkdirSync(lock);
    break;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    // Whoever holds it for so long has died.
    if (waited > 1800) rmdirSync(lock);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}
process.on('exit', () => rmdirSync(lock));
if (upToDate()) process.exit(0);
const compile = ([name, extra]) =>
  new Promise((done) => {
    const object = join(work, name.replace('.cc', '.o'));
    const args = [...flags, ...extra, '-c', join(source, name), '-o', object];
    const child = spawn(compiler, args, { stdio: 'inherit' });
    child.on('exit', (status) => done({ object, status }));
  });
const results = await Promise.all(units.map(compile));
if (results.some((r) => r.status !== 0)) process.exit(1);
const objects = results.map((r) => r.object);
const shared = platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
const still = platform === 'linux' && !sanitize ? ['-static-libstdc++', '-static-libgcc'] : [];
const link = [...shared, ...still, ...(sanitize ? [`-fsanitize=${sanitize}`] : []), '-pthread'];
const temporary = `${target}.${process.pid}`;
const done = run(compiler, [...link, ...objects, '-o', temporary]);
if (done.stderr) process.stderr.write(done.stderr);
if (done.status !== 0) process.exit(1);
const oldest = process.argv.find((a) => a.startsWith('--oldest-glibc='))?.slice(15);
if (oldest) checkAge(temporary, oldest);
// Renamed into place, so that a process that has the old one loaded keeps it.
renameSync(temporary, target);
writeFileSync(stampFile, digest);
console.log(`@dl/backend-cpu: built ${platform}-${arch} with ${compiler}`);

/** Refuses a binary that asks for a newer glibc than the oldest that it is to run with. */
function checkAge(binary, version) {
  const listed = run('objdump', ['-T', binary]);
  if (listed.status !== 0)
    throw new Error('objdump is missing: the glibc that is needed is not known');
  const [, minor] = version.split('.').map(Number);
  const bad = [...listed.stdout.matchAll(/\(?GLIBC_2\.(\d+)[.\d]*\)?\s+(\S+)/g)].filter(
    ([, m]) => m > minor,
  );
  if (bad.length === 0) return;
  const names = bad.map(([, m, name]) => `${name} (2.${m})`);
  console.error(
    `@dl/backend-cpu: the binary asks for a newer glibc than ${version}: ${names.join(', ')}`,
  );
  process.exit(1);
}
