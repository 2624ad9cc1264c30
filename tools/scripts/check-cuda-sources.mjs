// Compiles every CUDA source that the conformance suite generates with the real NVRTC (or nvcc), for several
// architectures, without a GPU: warnings, registers and spills are reported, an error or warning fails.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: '75,80,90,100' },
    nvrtc: { type: 'string' },
    sources: { type: 'string' },
    filter: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    part: { type: 'string' },
    results: { type: 'string' },
    seconds: { type: 'string', default: 'Infinity' },
    help: { type: 'boolean', default: false },
  },
});

const usage = `Usage: pnpm cuda-sources [--arch 75,80,90,100] [--nvrtc <file>]
  [--filter <text>] [--jobs <n>] [--sources <folder>] [--results <file>] [--seconds <n>]

With --results what was compiled is kept in that file, and not compiled again: a run that --seconds
ends early goes on when it is started again. --sources keeps what was generated: without the folder
it is made, with it used as it is.
Needs the packages built, and NVRTC (--nvrtc, or where @dl/backend-cuda finds it) or nvcc.`;

const archs = values.arch.split(',').map(Number);
const require = createRequire(join(root, 'packages/backend-cuda/package.json'));
const options = ['--std=c++17', '--fmad=false', '-default-device', '--ptxas-options=-v'];

/** NVRTC through the addon, or nvcc; null if neither is there. */
async function compiler() {
  const { candidates } = await import(
    require.resolve('@dl/backend-cuda/recorder').replace('.cjs', '.js')
  );
  try {
    const addon = require(`@dl/backend-cuda-${process.platform}-${process.arch}/dl-cuda.node`);
    const found = addon.openNvrtc(values.nvrtc ? [values.nvrtc] : candidates('nvrtc', null));
    const known = archs.filter((a) => found.archs.includes(a));
    return {
      name: `NVRTC ${found.major}.${found.minor}`,
      archs: known,
      compile: (source, name, arch) =>
        addon.compile(source, name, [`--gpu-architecture=sm_${arch}`, ...options]).log,
    };
  } catch (error) {
    if (values.nvrtc) throw error;
  }
  const version = spawnSync('nvcc', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return null;
  return {
    name: `nvcc ${/V([\d.]+)/.exec(version.stdout)?.[1]}`,
    archs,
    compile: (_source, path, arch) => {
      const args = ['-cubin', '-std=c++17', '--fmad=false', '-Xptxas', '-v', `-arch=sm_${arch}`];
      const done = spawnSync('nvcc', [...args, '-o', '/dev/null', path], { encoding: 'utf8' });
      if (done.status !== 0) throw new Error(done.stderr);
      return done.stderr;
    },
  };
}

/** One part of the files: a line of JSON for each file and architecture. */
async function part(folder) {
  const [index, count] = values.part.split('/').map(Number);
  const { name, archs: known, compile } = await compiler();
  const done = new Set(before().map((r) => `${r.by} ${r.file} ${r.arch}`));
  const stop = performance.now() + Number(values.seconds) * 1000;
  const files = readdirSync(folder).filter((f) => f.endsWith('.cu') && f.includes(values.filter));
  for (const [i, file] of files.entries()) {
    if (i % count !== index) continue;
    for (const arch of known) {
      if (performance.now() > stop || done.has(`${name} ${file} ${arch}`)) continue;
      const result = { by: name, file, arch };
      const start = performance.now();
      try {
        const log = compile(readFileSync(join(folder, file), 'utf8'), join(folder, file), arch);
        const number = (pattern) => Number(pattern.exec(log)?.[1] ?? 0);
        result.seconds = (performance.now() - start) / 1000;
        result.registers = number(/Used (\d+) registers/);
        result.spills = number(/(\d+) bytes spill stores/);
        result.stack = number(/(\d+) bytes stack frame/);
        result.warnings = log
          .split('\n')
          .filter((l) => l.trim() !== '' && !/^ptxas( info)?\b/.test(l))
          .filter((l) => !/bytes (stack frame|gmem)/.test(l));
      } catch (error) {
        result.error = error.message;
      }
      console.log(JSON.stringify(result));
    }
  }
}

/** What an earlier run has left. */
function before() {
  if (values.results === undefined || !existsSync(values.results)) return [];
  return readFileSync(values.results, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l));
}

/** Runs the suite, and operands that are larger, with the recording backend. */
function collect(folder) {
  const recorder = join(root, 'tools/scripts/lib/cuda-recorder.mjs');
  const suite = join(root, 'tools/conformance/dist/main.js');
  const larger = join(root, 'tools/cuda-emulator/test/shapes.mjs');
  const runs = [
    [[suite, '--device', 'cuda', '--backend', recorder], {}],
    [[larger], {}],
    [[larger], { DL_CUDA_WIDE: '1' }],
  ];
  for (const [args, extra] of runs) {
    const done = spawnSync(process.execPath, args, {
      cwd: root,
      env: { ...process.env, DL_CUDA_SOURCES: folder, ...extra },
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(`${args[0]}:\n${done.stdout}${done.stderr}`);
  }
}

async function main() {
  const found = await compiler();
  if (found === null) {
    console.error('Neither NVRTC nor nvcc is here: nothing was compiled.');
    return 2;
  }
  const folder = values.sources ?? mkdtempSync(join(tmpdir(), 'dl-cuda-sources-'));
  if (values.sources === undefined || !existsSync(folder)) collect(folder);
  const files = new Set(readdirSync(folder).filter((f) => f.includes(values.filter)));
  const count = Number(values.jobs);
  const self = fileURLToPath(import.meta.url);
  const wanted = (r) => r.by === found.name && files.has(r.file) && found.archs.includes(r.arch);
  const results = before().filter(wanted);
  const runs = Array.from({ length: count }, (_, i) => {
    const args = [self, '--sources', folder, '--part', `${i}/${count}`, '--arch', values.arch];
    args.push('--filter', values.filter, '--seconds', values.seconds);
    for (const name of ['nvrtc', 'results']) {
      if (values[name] !== undefined) args.push(`--${name}`, values[name]);
    }
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      results.push(JSON.parse(line));
      if (values.results !== undefined) appendFileSync(values.results, `${line}\n`);
    });
    return new Promise((done, fail) => {
      let ends = 2;
      const end = () => --ends === 0 && done();
      lines.on('close', end);
      child.on('close', (status) => {
        if (status !== 0) fail(new Error(`part ${i} ended with ${status}`));
        end();
      });
    });
  });
  await Promise.all(runs);
  if (values.sources === undefined) rmSync(folder, { recursive: true });
  return report(found, results, files.size * found.archs.length);
}

/** A line of a table over some results. */
function line(name, arch, rows) {
  const sorted = rows.map((r) => r.registers).sort((a, b) => a - b);
  const most = (what) => Math.max(0, ...rows.map((r) => r[what]));
  const spilled = rows.filter((r) => r.spills > 0).length;
  const columns = [name, `sm_${arch}`, rows.length, sorted[sorted.length >> 1] ?? 0];
  return `| ${[...columns, most('registers'), spilled, most('spills'), most('stack')].join(' | ')} |`;
}

function report(found, results, all) {
  const bad = results.filter((r) => r.error || r.warnings.length > 0);
  for (const r of bad.slice(0, 20)) {
    console.log(`${r.file} sm_${r.arch}: ${r.error ?? r.warnings.join('\n')}`);
  }
  const missing = archs.filter((a) => !found.archs.includes(a));
  if (missing.length > 0) console.log(`not known to this compiler: ${missing.join(', ')}`);
  console.log(
    '| kernel | arch | sources | registers, median | most | with spills | spill bytes, most | stack, most |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  const good = results.filter((r) => !r.error);
  const kinds = [...new Set(results.map((r) => r.file.split('-')[0]))].sort();
  for (const kind of [...kinds, 'all']) {
    for (const arch of found.archs) {
      const mine = (r) => r.arch === arch && (kind === 'all' || r.file.startsWith(`${kind}-`));
      console.log(line(kind, arch, good.filter(mine)));
    }
  }
  for (const r of good.filter((r) => r.spills > 0 || r.registers > 128).slice(0, 20)) {
    console.log(`${r.file} sm_${r.arch}: ${r.registers} registers, ${r.spills} bytes of spills`);
  }
  const slow = good.reduce((a, r) => (r.seconds > (a?.seconds ?? 0) ? r : a), null);
  if (slow !== null) {
    console.log(`slowest: ${slow.file} for sm_${slow.arch}, ${slow.seconds.toFixed(2)} s`);
  }
  const errors = results.length - good.length;
  console.log(
    `${found.name}: ${results.length} compilations, ${errors} errors, ${bad.length - errors} with warnings`,
  );
  if (results.length < all) console.log(`${all - results.length} are still to be compiled`);
  return bad.length === 0 && results.length > 0 && results.length >= all ? 0 : 1;
}

if (values.help) console.log(usage);
else if (values.part !== undefined) await part(values.sources);
else process.exitCode = await main();
