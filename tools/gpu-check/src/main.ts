// `pnpm gpu-check`: everything that only a machine with a GPU can show, in one report to paste.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init as initCpu } from '@dl/backend-cpu';
import { cuda } from '@dl/backend-cuda';
import { DLError } from '@dl/core';
import { type Measured, measure } from './bench.js';
import { memoryFlat, parity, transfers } from './checks.js';
import { torchPeer } from './peer.js';
import { type Check, renderReport, type Section } from './report.js';
import { rows } from './rows.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const usage = `Usage: pnpm gpu-check [--out gpu-check.md] [--without conformance,bench] [--steps <n>] [--quick]

  --out      where the report goes
  --without  parts to leave out: conformance, parity, memory, bench; the report says so
  --steps    training steps whose losses are compared with the CPU's (default 100)
  --quick    small sizes, for an emulated device

Needs the packages built (\`pnpm build\`), no network, and works in a copied tree:
node tools/gpu-check/dist/main.js. PyTorch is measured beside it if the interpreter named by PYTHON
(default python3) has it with CUDA. Ends with 1 if a check fails.`;

const parts = ['conformance', 'parity', 'memory', 'bench'] as const;

/** Runs the suite in a process of its own: what it leaves in memory is its own affair. */
function conformance(): Check {
  const suite = join(root, 'tools/conformance/dist/main.js');
  const name = 'conformance';
  if (!existsSync(suite)) {
    return { name, well: false, text: `${suite} is not there: build first` };
  }
  const backend = createImport('@dl/backend-cuda');
  const start = performance.now();
  const done = spawnSync(process.execPath, [suite, '--device', 'cuda', '--backend', backend], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const lines = `${done.stdout}${done.stderr}`.trim().split('\n');
  const [summary] = lines.filter((l) => /^\d+ passed, \d+ failed$/.test(l)).slice(-1);
  const failures = lines.filter((l) => l.startsWith('FAILED')).slice(0, 30);
  return {
    name,
    well: done.status === 0 && summary !== undefined,
    text:
      summary === undefined
        ? `no result: ${lines.slice(-3).join(' / ')}`
        : `${summary} in ${seconds} s`,
    details: failures,
  };
}

const createImport = (name: string): string => import.meta.resolve(name);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'gpu-check.md' },
      without: { type: 'string', default: '' },
      steps: { type: 'string', default: '100' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const left = values.without.split(',').filter(Boolean);
  const unknown = left.find((p) => !(parts as readonly string[]).includes(p));
  const steps = Number(values.steps);
  if (unknown !== undefined || !Number.isInteger(steps) || steps < 1) {
    console.error(
      unknown !== undefined
        ? `gpu-check: there is no part '${unknown}'; there are ${parts.join(', ')}`
        : '--steps must be a whole number from 1 on',
    );
    return 2;
  }
  const wanted = (part: (typeof parts)[number]): boolean => !left.includes(part);
  const found = await cuda.init();
  initCpu();
  const properties = cuda.getDeviceProperties(0);
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const machine = [
    `${properties.name}, compute capability ${properties.major}.${properties.minor}, ${properties.multiProcessorCount} multiprocessors, ${gib(properties.totalMemory)}`,
    `${found.devices.length} device${found.devices.length === 1 ? '' : 's'}; driver for CUDA ${found.driver}, NVRTC ${found.nvrtc}, cuBLAS ${found.cublas ?? 'not there'}`,
    `Node ${process.version}, ${process.platform} ${process.arch}; ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} threads, ${gib(totalmem())}`,
  ];
  for (const line of machine) console.log(line);
  const say = (check: Check): Check => {
    console.log(`${check.well ? '✓' : '✗'} ${check.name}: ${check.text}`);
    return check;
  };
  const checks: Check[] = [];
  if (wanted('conformance')) checks.push(say(conformance()));
  if (wanted('parity')) checks.push(say(await parity(steps)));
  if (wanted('memory')) {
    checks.push(say(await memoryFlat(values.quick ? 20 : 2000)));
    checks.push(say(await transfers(values.quick ? 2 ** 16 : 2 ** 26)));
  }
  const sections: Section[] = [];
  if (wanted('bench')) {
    const peer = await torchPeer(join(root, 'tools/gpu-check/peers/torch_cuda.py'));
    console.log(peer.absent === null ? `beside ${peer.name}` : `without PyTorch: ${peer.absent}`);
    const measured: Measured[] = [];
    try {
      for (const row of rows(values.quick)) {
        const m = await measure(row, peer, values.quick);
        measured.push(m);
        const beside = m.peer === null ? '' : `, PyTorch ${m.peer.toFixed(1)} µs`;
        console.log(
          `${m.name}: ${m.ours.toFixed(1)} µs${beside}${m.differs ? `; ${m.differs}` : ''}`,
        );
      }
    } finally {
      peer.close();
    }
    sections.push({ peer: peer.absent === null ? peer.name : `none (${peer.absent})`, measured });
    const differing = measured.filter((m) => m.differs !== null);
    checks.push({
      name: 'bench results',
      well: differing.length === 0,
      text:
        peer.absent !== null
          ? `${measured.length} rows, nothing to compare them with`
          : `${measured.length - differing.length} of ${measured.length} rows agree with PyTorch`,
      details: differing.map((m) => `${m.name}: ${m.differs}`),
    });
  }
  const text = renderReport({ machine, checks, sections, left, memory: cuda.memorySummary(0) });
  writeFileSync(values.out, text);
  console.log(`report: ${values.out}`);
  return checks.every((c) => c.well) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  if (!(e instanceof DLError)) throw e;
  console.error(`gpu-check: ${e.message}`);
  process.exitCode = 1;
}
