// `pnpm gpu-check`: everything that only a machine with a GPU can show, in one report to paste.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init as initCpu } from '@dl/backend-cpu';
import { cuda } from '@dl/backend-cuda';
import { DLError } from '@dl/core';
import { type Measured, measure } from './bench.js';
import { memoryFlat, parity, transfers } from './checks.js';
import { conformance } from './conformance.js';
import { torchPeer } from './peer.js';
import { type Check, renderReport, type Section } from './report.js';
import { rows } from './rows.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const usage = `Usage: pnpm gpu-check [--out gpu-check.md] [--without conformance,bench] [--steps <n>] [--minutes <n>]
                      [--filter <text>] [--quick]

  --out      where the report goes
  --without  parts to leave out: conformance, parity, memory, bench; the report says so
  --steps    training steps whose losses are compared with the CPU's (default 100)
  --minutes  after so long nothing further is begun, and the report says what was not (default 8)
  --filter   of the suite only operators whose name holds this text
  --quick    small sizes, for an emulated device

Needs the packages built (\`pnpm build\`), no network, and works in a copied tree:
node tools/gpu-check/dist/main.js. PyTorch is measured beside it if the interpreter named by PYTHON
(default python3) has it with CUDA. The report is written anew after each step. Ends with 1 if a
check fails or was not reached.`;

const parts = ['conformance', 'parity', 'memory', 'bench'] as const;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'gpu-check.md' },
      without: { type: 'string', default: '' },
      steps: { type: 'string', default: '100' },
      minutes: { type: 'string', default: '8' },
      filter: { type: 'string', default: '' },
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
  const minutes = Number(values.minutes);
  const wrong =
    unknown !== undefined
      ? `there is no part '${unknown}'; there are ${parts.join(', ')}`
      : !Number.isInteger(steps) || steps < 1
        ? '--steps must be a positive integer'
        : !(minutes > 0)
          ? '--minutes must be a number above 0'
          : null;
  if (wrong !== null) {
    console.error(`gpu-check: ${wrong}`);
    return 2;
  }
  const end = performance.now() + minutes * 60_000;
  const late = (): boolean => performance.now() > end;
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
  const checks: Check[] = [];
  const sections: Section[] = [];
  const unreached: string[] = [];
  const write = (finished: boolean): void => {
    const memory = cuda.memorySummary(0);
    const found = { machine, checks, sections, left, unreached, finished, memory };
    writeFileSync(values.out, renderReport(found));
  };
  const step = async (name: string, run: () => Check | Promise<Check>): Promise<void> => {
    if (late()) {
      unreached.push(name);
      return;
    }
    console.log(`${name} ...`);
    const check = await run();
    console.log(`${check.well ? '✓' : '✗'} ${check.name}: ${check.text}`);
    checks.push(check);
    write(false);
  };
  write(false);
  // The short parts first: a run that is cut off has them. Memory comes before what the collector cleans up after.
  if (wanted('memory')) {
    await step('memory', () => memoryFlat(values.quick ? 20 : 2000));
    await step('transfers', () => transfers(values.quick ? 2 ** 16 : 2 ** 26));
  }
  if (wanted('parity')) await step('parity', () => parity(steps));
  if (wanted('bench')) {
    const peer = await torchPeer(join(root, 'tools/gpu-check/peers/torch_cuda.py'));
    console.log(peer.absent === null ? `beside ${peer.name}` : `without PyTorch: ${peer.absent}`);
    const measured: Measured[] = [];
    sections.push({ peer: peer.absent === null ? peer.name : `none (${peer.absent})`, measured });
    try {
      for (const row of rows(values.quick)) {
        if (late()) {
          unreached.push(row.name);
          continue;
        }
        const m = await measure(row, peer, values.quick);
        measured.push(m);
        const beside = m.peer === null ? '' : `, PyTorch ${m.peer.toFixed(1)} µs`;
        console.log(
          `${m.name}: ${m.ours.toFixed(1)} µs${beside}${m.differs ? `; ${m.differs}` : ''}`,
        );
        write(false);
      }
    } finally {
      peer.close();
    }
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
  if (wanted('conformance')) {
    // What the steps above kept is not needed any more, and the suite's processes share the device.
    cuda.emptyCache();
    const say = (line: string): void => console.log(line);
    await step('conformance', () => conformance(root, end - performance.now(), say, values.filter));
  }
  write(true);
  if (unreached.length > 0) console.log(`out of time before: ${unreached.join(', ')}`);
  console.log(`report: ${values.out}`);
  return checks.every((c) => c.well) && unreached.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  if (!(e instanceof DLError)) throw e;
  console.error(`gpu-check: ${e.message}`);
  process.exitCode = 1;
}
