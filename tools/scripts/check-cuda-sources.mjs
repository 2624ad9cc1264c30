// Compiles every CUDA source that the conformance suite generates with the real NVRTC (or nvcc), for several
// architectures, without a GPU: warnings, registers and spills are reported, an error or warning fails.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
    help: { type: 'boolean', default: false },
  },
});

const usage = `Usage: pnpm cuda-sources [--arch 75,80,90,100] [--nvrtc <file>]
  [--filter <text>] [--jobs <n>] [--sources <folder>]

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
  const { archs: known, compile } = await compiler();
  const files = readdirSync(folder).filter((f) => f.endsWith('.cu') && f.includes(values.filter));
  for (const [i, file] of files.entries()) {
    if (i % count !== index) continue;
    for (const arch of known) {
      const result = { file, arch };
      try {
        const log = compile(readFileSync(join(folder, file), 'utf8'), join(folder, file), arch);
        const number = (pattern) => Number(pattern.exec(log)?.[1] ?? 0);
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

/** Runs the suite, and operands that are larger, with the recording backend. */
function collect() {
  const folder = mkdtempSync(join(tmpdir(), 'dl-cuda-sources-'));
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
  return folder;
}

async function main() {
  const found = await compiler();
  if (found === null) {
    console.error('Neither NVRTC nor nvcc is here: nothing was compiled.');
    return 2;
  }
  const folder = values.sources ?? collect();
  const count = Number(values.jobs);
  const self = fileURLToPath(import.meta.url);
  const results = [];
  const runs = Array.from({ length: count }, (_, i) => {
    const args = [self, '--sources', folder, '--part', `${i}/${count}`, '--arch', values.arch];
    args.push('--filter', values.filter, ...(values.nvrtc ? ['--nvrtc', values.nvrtc] : []));
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    return new Promise((done, fail) => {
      child.on('close', (status) => {
        if (status !== 0) fail(new Error(`part ${i} ended with ${status}`));
        results.push(
          ...text
            .split('\n')
            .filter(Boolean)
            .map((l) => JSON.parse(l)),
        );
        done();
      });
    });
  });
  await Promise.all(runs);
  if (values.sources === undefined) rmSync(folder, { recursive: true });
  return report(found, results);
}

function report(found, results) {
  const bad = results.filter((r) => r.error || r.warnings.length > 0);
  for (const r of bad.slice(0, 20)) {
    console.log(`${r.file} sm_${r.arch}: ${r.error ?? r.warnings.join('\n')}`);
  }
  const missing = archs.filter((a) => !found.archs.includes(a));
  if (missing.length > 0) console.log(`not known to this compiler: ${missing.join(', ')}`);
  console.log('| kernel | arch | sources | registers, most | spill bytes, most | with spills |');
  console.log('|---|---|---|---|---|---|');
  const kinds = [...new Set(results.map((r) => r.file.split('-')[0]))].sort();
  for (const kind of kinds) {
    for (const arch of found.archs) {
      const rows = results.filter(
        (r) => r.file.startsWith(`${kind}-`) && r.arch === arch && !r.error,
      );
      const most = (name) => Math.max(0, ...rows.map((r) => r[name]));
      const spilled = rows.filter((r) => r.spills > 0).length;
      console.log(
        `| ${kind} | sm_${arch} | ${rows.length} | ${most('registers')} | ${most('spills')} | ${spilled} |`,
      );
    }
  }
  const errors = results.filter((r) => r.error).length;
  console.log(
    `${found.name}: ${results.length} compilations, ${errors} errors, ${bad.length - errors} with warnings`,
  );
  return bad.length === 0 && results.length > 0 ? 0 : 1;
}

if (values.help) console.log(usage);
else if (values.part !== undefined) await part(values.sources);
else process.exitCode = await main();
