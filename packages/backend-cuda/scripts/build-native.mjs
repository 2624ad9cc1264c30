// Builds the addon with g++, clang++ or a cross compiler and Node's own headers, into the package of its platform. CUDA
// is not needed: its libraries are opened at run time.
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
const sanitize = value('sanitize');
const required = process.argv.includes('--required') || value('platform') !== undefined;

/** The platforms with CUDA; each has its own package for its binary. */
const known = ['linux-x64', 'linux-arm64', 'win32-x64'];
const home = join(root, '..', `backend-cuda-${target}`);
const out = join(existsSync(home) ? home : root, 'prebuilds');
const file = join(out, sanitize ? `dl-cuda-${sanitize}.node` : 'dl-cuda.node');
const work = join(root, 'build', sanitize ? `${target}-${sanitize}` : target);

const cross = {
  'linux-x64': ['x86_64-linux-gnu-g++'],
  'linux-arm64': ['aarch64-linux-gnu-g++'],
  'win32-x64': ['x86_64-w64-mingw32-g++-posix', 'x86_64-w64-mingw32-g++'],
};

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

const headers = [
  process.env.DL_NODE_HEADERS,
  join(dirname(process.execPath), '..', 'include', 'node'),
  '/usr/include/node',
].find((folder) => folder && existsSync(join(folder, 'node_api.h')));
const native = process.platform === 'win32' ? [] : ['g++', 'clang++', 'c++'];
const compiler = [
  process.env.CXX,
  ...(target === here ? native : []),
  ...(cross[target] ?? []),
].find((name) => name && run(name, ['--version']).status === 0);

if (!known.includes(target)) {
  console.warn(`@dl/backend-cuda: no addon built (CUDA does not support ${target}).`);
  process.exit(required ? 1 : 0);
}
if (!compiler || !headers) {
  const missing = compiler ? 'node_api.h' : `a C++ compiler for ${target}`;
  console.warn(
    `@dl/backend-cuda: no addon built (${missing} is missing); device cuda is not available.`,
  );
  process.exit(required ? 1 : 0);
}

const windows = target.startsWith('win32');
const flags = [
  '-std=c++17',
  '-O2',
  '-g1',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Wno-missing-field-initializers',
  `-I${headers}`,
  ...(windows ? ['-DBUILDING_NODE_EXTENSION', '-D_WIN32_WINNT=0x0A00'] : ['-fPIC']),
];
if (sanitize) flags.push(`-fsanitize=${sanitize}`, '-fno-omit-frame-pointer');
const units = readdirSync(source).filter((name) => name.endsWith('.cc'));

const stamp = createHash('sha256');
for (const name of readdirSync(source).sort())
  stamp.update(name).update(readFileSync(join(source, name)));
stamp.update(
  JSON.stringify([flags, compiler, readFileSync(fileURLToPath(import.meta.url), 'utf8')]),
);
const digest = stamp.digest('hex');
const stampFile = join(work, 'stamp');
const upToDate = () =>
  existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest;
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

const compile = (name) =>
  new Promise((done) => {
    const object = join(work, name.replace('.cc', '.o'));
    const child = spawn(compiler, [...flags, '-c', join(source, name), '-o', object], {
      stdio: 'inherit',
    });
    child.on('exit', (status) => done({ object, status }));
  });
const results = [];
for (let i = 0; i < units.length; i += 2) {
  results.push(...(await Promise.all(units.slice(i, i + 2).map(compile))));
}
if (results.some((r) => r.status !== 0)) process.exit(1);

const link = ['-shared', ...results.map((r) => r.object), '-pthread'];
if (sanitize) link.push(`-fsanitize=${sanitize}`);
if (windows) link.push(...windowsLibrary());
if (target.startsWith('linux')) link.push('-ldl');
const temporary = `${file}.${process.pid}`;
const done = run(compiler, [...link, '-o', temporary]);
if (done.stderr) process.stderr.write(done.stderr);
if (done.status !== 0) process.exit(1);
if (target.startsWith('linux') && !sanitize) checkAge(temporary);
// Renamed into place, so that a process that has loaded the old one keeps it.
renameSync(temporary, file);
writeFileSync(stampFile, digest);
console.log(`@dl/backend-cuda: built ${target} with ${compiler}`);

/** Node's functions by name, for the linker: on Windows a library says which program exports them. */
function windowsLibrary() {
  const names = new Set();
  for (const name of readdirSync(source)) {
    for (const [word] of readFileSync(join(source, name), 'utf8').matchAll(
      /\b(?:napi|uv)_[a-z0-9_]+(?=\()/g,
    )) {
      names.add(word);
    }
  }
  const definitions = join(work, 'node.def');
  writeFileSync(
    definitions,
    `LIBRARY node.exe\nEXPORTS\n${[...names].map((n) => `  ${n}\n`).join('')}`,
  );
  const library = join(work, 'libnode.a');
  const tool = compiler.replace(/g\+\+(-posix)?$/, 'dlltool');
  const made = run(tool, ['-d', definitions, '-l', library]);
  if (made.status !== 0) {
    process.stderr.write(made.stderr ?? '');
    process.exit(1);
  }
  return [library, '-static', '-static-libstdc++', '-static-libgcc'];
}

/** Refuses a binary that requires a newer system than Node itself does (glibc 2.28). */
function checkAge(binary) {
  const tool = (cross[target]?.[0] ?? '').replace(/g\+\+$/, 'objdump');
  const listed = [tool, 'objdump'].map((t) => run(t, ['-T', binary])).find((r) => r.status === 0);
  if (listed === undefined) return;
  const newest = { GLIBC: [2, 28], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11] };
  const later = (a, b) => {
    const at = a.findIndex((x, i) => x !== (b[i] ?? 0));
    return at >= 0 && a[at] > (b[at] ?? 0);
  };
  const bad = listed.stdout.split('\n').filter((line) => {
    const [, name, version] = /\((GLIBC|GLIBCXX|CXXABI)_([\d.]+)\)/.exec(line) ?? [];
    return name !== undefined && later(version.split('.').map(Number), newest[name]);
  });
  if (bad.length === 0) return;
  console.error(
    `@dl/backend-cuda: the binary requires a newer system than glibc 2.28:\n${bad.join('\n')}`,
  );
  process.exit(1);
}
