// Builds the addon for this machine, or with a cross compiler for another, with Node's own headers. Each instruction
// set has its own source file and flags, so that none leaks into another.
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
const value = (name) =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const here = `${process.platform}-${process.arch}`;
const target = value('platform') ?? here;
const [platform, arch] = target.split('-');
// The package of the platform if it is next to this one; otherwise, and for tests, this one.
const home = join(root, '..', `backend-cpu-${target}`);
// Sanitizers by GCC's names, such as address,undefined; the result is stored next to the addon and replaces nothing.
const sanitize = value('sanitize');
const suffix = sanitize ? `-${sanitize.replaceAll(',', '-')}` : '';
const out =
  existsSync(join(home, 'package.json')) && !sanitize
    ? join(home, 'prebuilds')
    : join(root, 'prebuilds', target);
const addon = join(out, `dl-cpu${suffix}.node`);
const work = join(root, 'build', `${target}${suffix}`);

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

const headers = [
  process.env.DL_NODE_HEADERS,
  join(dirname(process.execPath), '..', 'include', 'node'),
  '/usr/include/node',
].find((folder) => folder && existsSync(join(folder, 'node_api.h')));
const cross = {
  'linux-x64': ['x86_64-linux-gnu-g++'],
  'linux-arm64': ['aarch64-linux-gnu-g++'],
  'win32-x64': ['x86_64-w64-mingw32-g++-posix', 'x86_64-w64-mingw32-g++'],
};
// On Windows itself nothing is built: its compiler is not supported, and node_api.h does not come with Node.
const native = process.platform === 'win32' ? [] : ['g++', 'clang++', 'c++'];
const compiler = [
  process.env.CXX,
  ...(target === here ? native : []),
  ...(cross[target] ?? []),
].find((name) => name && run(name, ['--version']).status === 0);

if (!compiler || !headers) {
  const missing = compiler ? 'node_api.h is missing' : `a C++ compiler for ${target} is missing`;
  const required = process.argv.includes('--required') || value('platform') !== undefined;
  console.warn(`@dl/backend-cpu: no addon built (${missing}); core's own backend is used instead.`);
  process.exit(required ? 1 : 0);
}

const windows = platform === 'win32';
const flags = [
  '-std=c++17',
  // With sanitizer checks, GCC at -O3 takes a quarter of an hour for the kernels.
  sanitize ? '-O1' : '-O3',
  '-g1',
  // On Windows, GCC does not align the stack for vectors of 32 bytes (its bug 54412): they are moved as unaligned.
  ...(windows
    ? ['-DBUILDING_NODE_EXTENSION', '-D_WIN32_WINNT=0x0A00', '-Wa,-muse-unaligned-vector-move']
    : ['-fPIC']),
  '-fvisibility=hidden',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wno-psabi',
  // GCC's own AVX-512 headers cause these warnings.
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
// UBSan's findings end the process too: next to AddressSanitizer it writes to no file.
if (sanitize) {
  flags.push(`-fsanitize=${sanitize}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer');
}

const files = readdirSync(source).sort();
const stamp = createHash('sha256');
for (const name of files) stamp.update(name).update(readFileSync(join(source, name)));
stamp.update(
  JSON.stringify([flags, units, compiler, readFileSync(fileURLToPath(import.meta.url), 'utf8')]),
);
const digest = stamp.digest('hex');
const stampFile = join(work, 'stamp');
const upToDate = () =>
  existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest;
if (upToDate()) process.exit(0);

mkdirSync(work, { recursive: true });
mkdirSync(out, { recursive: true });
// Only one build at a time: waits for a build that has begun (test files start together).
const lock = join(work, 'lock');
for (let waited = 0; ; waited++) {
  try {
    mkdirSync(lock);
    break;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    // A process that holds the lock for so long has died.
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
const still = platform === 'darwin' || sanitize ? [] : ['-static-libstdc++', '-static-libgcc'];
const link = [...shared, ...still, ...(sanitize ? [`-fsanitize=${sanitize}`] : []), '-pthread'];
if (windows) objects.push(nodeLibrary(), '-static');
const temporary = `${addon}.${process.pid}`;
const done = run(compiler, [...link, ...objects, '-o', temporary]);
if (done.stderr) process.stderr.write(done.stderr);
if (done.status !== 0) process.exit(1);
const oldest = value('oldest-glibc');
if (oldest) checkAge(temporary, oldest);
// Renamed into place, so that a process that has loaded the old one keeps it.
renameSync(temporary, addon);
writeFileSync(stampFile, digest);
console.log(`@dl/backend-cpu: built ${target} with ${compiler}`);

/** Node's functions by name, for Windows' linker: a library that says which program exports them. */
function nodeLibrary() {
  const text = files.map((name) => readFileSync(join(source, name), 'utf8')).join('\n');
  const names = new Set(text.match(/\bnapi_[a-z0-9_]+(?=\()/g));
  const definitions = join(work, 'node.def');
  writeFileSync(definitions, `LIBRARY node.exe\nEXPORTS\n${[...names].join('\n')}\n`);
  const library = join(work, 'libnode.a');
  const tool = compiler.replace(/g\+\+(-posix)?$/, 'dlltool');
  const made = run(tool, ['-d', definitions, '-l', library]);
  if (made.status === 0) return library;
  console.error(`@dl/backend-cpu: ${tool}: ${made.stderr ?? made.error?.message}`);
  process.exit(1);
}

/** Refuses a binary that requires a newer glibc than the oldest supported one. */
function checkAge(binary, version) {
  const tools = [compiler.replace(/g\+\+$/, 'objdump'), 'objdump'];
  const listed = tools.map((tool) => run(tool, ['-T', binary])).find((r) => r.status === 0);
  if (listed === undefined)
    throw new Error('objdump is missing: the required glibc version is unknown');
  const [, minor] = version.split('.').map(Number);
  const bad = [...listed.stdout.matchAll(/\(?GLIBC_2\.(\d+)[.\d]*\)?\s+(\S+)/g)].filter(
    ([, m]) => m > minor,
  );
  if (bad.length === 0) return;
  const names = bad.map(([, m, name]) => `${name} (2.${m})`);
  console.error(
    `@dl/backend-cpu: the binary requires a newer glibc than ${version}: ${names.join(', ')}`,
  );
  process.exit(1);
}
