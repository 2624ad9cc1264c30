// What the builds of native code share: compilers, Node's headers, flags, one build at a time, and what binaries ask for.
// The published packages of addons have a copy beside their script (tools/scripts/pack-native.mjs).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The platform that this process runs on, by the names of the packages of binaries. */
export const here = `${process.platform}-${process.arch}`;

/** The value of `--name=value` on the command line. */
export const option = (name) =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);

/** The platform to build for. */
export const target = option('platform') ?? here;

/** Whether a build that is not possible is an error. */
export const required = process.argv.includes('--required') || option('platform') !== undefined;

/** Sanitizers by GCC's names, such as address,undefined. */
export const sanitize = option('sanitize');

/** Cross compilers. */
const cross = {
  'linux-x64': ['x86_64-linux-gnu-g++'],
  'linux-arm64': ['aarch64-linux-gnu-g++'],
  'win32-x64': ['x86_64-w64-mingw32-g++-posix', 'x86_64-w64-mingw32-g++'],
};

const run = (command, args) =>
  spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/** The folder of Node's headers, where there is one. */
export const headers = [
  process.env.DL_NODE_HEADERS,
  join(dirname(process.execPath), '..', 'include', 'node'),
  '/usr/include/node',
].find((folder) => folder && existsSync(join(folder, 'node_api.h')));

/** The C++ compiler for a platform: CXX, the system's, or a cross compiler; undefined where there is none. */
export function compilerFor(platform) {
  // On Windows itself nothing is built: its compiler is not known here, and node_api.h does not come with Node.
  const native = process.platform === 'win32' ? [] : ['g++', 'clang++', 'c++'];
  const names = [process.env.CXX, ...(platform === here ? native : []), ...(cross[platform] ?? [])];
  return names.find((name) => name && run(name, ['--version']).status === 0);
}

/** The compiler for an addon of the target's; says what is missing, and ends the process, if none can be built. */
export function compilerForAddon(name, without) {
  const compiler = compilerFor(target);
  if (compiler && headers) return compiler;
  const missing = compiler ? 'node_api.h' : `a C++ compiler for ${target}`;
  console.warn(`${name}: no addon built (${missing} is missing); ${without}.`);
  process.exit(required ? 1 : 0);
}

/** Flags of all that is built for a platform; `-Wall` stands in front of `own`, which may take back some of it. */
export const flagsFor = (platform, optimization, own) => [
  '-std=c++17',
  optimization,
  '-g1',
  ...(platform.startsWith('win32') ? [] : ['-fPIC']),
  '-fvisibility=hidden',
  '-Wall',
  ...own,
];

/** Flags of what is an addon of Node. */
export const addonFlags = (platform) => [
  ...(platform.startsWith('win32') ? ['-DBUILDING_NODE_EXTENSION', '-D_WIN32_WINNT=0x0A00'] : []),
  `-I${headers}`,
];

/** A digest of files, of what else a build depends on, and of the scripts themselves. */
export function digestOf(folder, names, script, about) {
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(join(folder, name)));
  hash.update(JSON.stringify(about));
  for (const url of [script, import.meta.url]) hash.update(readFileSync(fileURLToPath(url)));
  return hash.digest('hex');
}

/**
 * Builds where that is not done yet.
 *
 * @param work the folder of what is made on the way
 * @param product a file that the build makes
 * @param digest of all that the product depends on
 */
export async function buildOnce({ work, product, digest }, build) {
  const stamp = join(work, 'stamp');
  const upToDate = () =>
    existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
  if (upToDate()) return;
  mkdirSync(work, { recursive: true });
  mkdirSync(dirname(product), { recursive: true });
  lock(join(work, 'lock'));
  if (upToDate()) return;
  await build();
  writeFileSync(stamp, digest);
}

/** One build at a time: another one that has begun (test files start together) is waited for. */
function lock(folder) {
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      // Whoever holds it for so long has died.
      if (waited > 1800) rmdirSync(folder);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  process.on('exit', () => rmdirSync(folder));
}

/**
 * Compiles files, and returns their objects.
 *
 * @param units names of files in `source`, each with its flags
 * @param atOnce how many at the same time
 */
export async function compileAll(compiler, units, { source, work, atOnce = units.length }) {
  const compile = ([name, flags]) =>
    new Promise((done) => {
      const object = join(work, name.replace('.cc', '.o'));
      const args = [...flags, '-c', join(source, name), '-o', object];
      const child = spawn(compiler, args, { stdio: 'inherit' });
      child.on('exit', (status) => done({ object, status }));
    });
  const results = [];
  for (let i = 0; i < units.length; i += atOnce) {
    results.push(...(await Promise.all(units.slice(i, i + atOnce).map(compile))));
  }
  if (results.some((r) => r.status !== 0)) process.exit(1);
  return results.map((r) => r.object);
}

/** Makes a file and renames it into place, so that a process that has the old one loaded keeps it. */
export function link(compiler, args, file, check = () => {}) {
  const temporary = `${file}.${process.pid}`;
  const done = run(compiler, [...args, '-o', temporary]);
  if (done.stderr) process.stderr.write(done.stderr);
  if (done.status !== 0) process.exit(1);
  check(temporary);
  renameSync(temporary, file);
}

/** A tool of the compiler's: `x86_64-w64-mingw32-g++-posix` comes with `x86_64-w64-mingw32-dlltool`. */
const toolOf = (compiler, tool) => compiler.replace(/g\+\+(-posix)?$/, tool);

/** Node's functions by name, for Windows' linker: a library that says which program has them. */
export function nodeLibrary(compiler, files, work) {
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const names = new Set(text.match(/\b(?:napi|uv)_[a-z0-9_]+(?=\()/g));
  const definitions = join(work, 'node.def');
  writeFileSync(definitions, `LIBRARY node.exe\nEXPORTS\n${[...names].join('\n')}\n`);
  const library = join(work, 'libnode.a');
  const tool = toolOf(compiler, 'dlltool');
  const made = run(tool, ['-d', definitions, '-l', library]);
  if (made.status === 0) return library;
  console.error(`${tool}: ${made.stderr ?? made.error?.message}`);
  process.exit(1);
}

/**
 * What a binary asks for of a newer system than it is to run with, as text; null where objdump is missing.
 *
 * @param newest versions by the names of libraries: `{ GLIBC: [2, 28] }`
 */
export function tooNew(compiler, binary, newest) {
  const tools = [toolOf(compiler, 'objdump'), 'objdump'];
  const listed = tools.map((tool) => run(tool, ['-T', binary])).find((r) => r.status === 0);
  if (listed === undefined) return null;
  const later = (a, b) => {
    const at = a.findIndex((x, i) => x !== (b[i] ?? 0));
    return at >= 0 && a[at] > (b[at] ?? 0);
  };
  const found = listed.stdout.matchAll(/\b([A-Z]+)_(\d[\d.]*)\)?\s+(\S+)/g);
  return [...found]
    .filter(([, library, version]) => {
      const known = newest[library];
      return known !== undefined && later(version.split('.').map(Number), known);
    })
    .map(([, library, version, name]) => `${name} (${library} ${version})`);
}
