// `pnpm gpu-check`: everything that only a machine with a GPU can show, in one report to paste.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init as initCpu } from '@dl/backend-cpu';
import { cuda } from '@dl/backend-cuda';
import { DLError } from '@dl/core';
import { type Measured, measure } from './gpu/bench.js';
import { memoryFlat, parity, transfers } from './gpu/checks.js';
import { conformance } from './gpu/conformance.js';
import { type Check, renderReport, type Section } from './gpu/findings.js';
import { torchPeer } from './gpu/peer.js';
import { rows } from './gpu/rows.js';
import { devices, linesOf, machine, openedCuda } from './report.js';

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
node tools/doctor/dist/gpu-check.js. PyTorch is measured beside it if the interpreter named by PYTHON
(default python3) has it with CUDA. The report is written anew after each step. Ends with 1 if a
check fails or was not reached.`;

const parts = ['conformance', 'parity', 'memory', 'bench'] as const;
type Part = (typeof parts)[number];

interface Options {
  readonly out: string;
  readonly filter: string;
  readonly quick: boolean;
  readonly steps: number;
  readonly minutes: number;
  /** Parts that are left out. */
  readonly left: readonly string[];
}

/** What was asked for; a number where the command ends with that at once. */
function asked(): Options | number {
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
  const { out, filter, quick } = values;
  return { out, filter, quick, steps, minutes, left };
}

/** A run: what it has found so far, and the time that it still has. */
class Run {
  private readonly checks: Check[] = [];
  private readonly sections: Section[] = [];
  private readonly unreached: string[] = [];
  private readonly end: number;

  constructor(
    private readonly options: Options,
    private readonly about: {
      readonly machine: readonly string[];
      readonly devices: readonly string[];
    },
  ) {
    // Since the process has begun.
    this.end = options.minutes * 60_000;
  }

  /** Milliseconds that are left; below 0 nothing is begun. */
  get rest(): number {
    return this.end - performance.now();
  }

  wants(part: Part): boolean {
    return !this.options.left.includes(part);
  }

  /** Writes the report as it is by now. */
  write(finished = false): void {
    const { checks, sections, unreached } = this;
    const { left, out } = this.options;
    const memory = cuda.memorySummary(0);
    const found = { ...this.about, checks, sections, left, unreached, finished, memory };
    writeFileSync(out, renderReport(found));
  }

  async step(name: string, run: () => Check | Promise<Check>): Promise<void> {
    if (this.rest < 0) {
      this.unreached.push(name);
      return;
    }
    console.log(`${name} ...`);
    const check = await run();
    console.log(`${check.well ? '✓' : '✗'} ${check.name}: ${check.text}`);
    this.checks.push(check);
    this.write();
  }

  /** Times the rows, beside PyTorch where it is there. */
  async timings(): Promise<void> {
    const { quick } = this.options;
    const peer = await torchPeer(join(root, 'tools/doctor/peers/torch_cuda.py'));
    console.log(peer.absent === null ? `beside ${peer.name}` : `without PyTorch: ${peer.absent}`);
    const measured: Measured[] = [];
    const name = peer.absent === null ? peer.name : `none (${peer.absent})`;
    this.sections.push({ peer: name, measured });
    try {
      for (const row of rows(quick)) {
        if (this.rest < 0) {
          this.unreached.push(row.name);
          continue;
        }
        const m = await measure(row, peer, quick);
        measured.push(m);
        const beside = m.peer === null ? '' : `, PyTorch ${m.peer.toFixed(1)} µs`;
        const differs = m.differs === null ? '' : `; ${m.differs}`;
        console.log(`${m.name}: ${m.ours.toFixed(1)} µs${beside}${differs}`);
        this.write();
      }
    } finally {
      peer.close();
    }
    const differing = measured.filter((m) => m.differs !== null);
    this.checks.push({
      name: 'bench results',
      well: differing.length === 0,
      text:
        peer.absent !== null
          ? `${measured.length} rows, nothing to compare them with`
          : `${measured.length - differing.length} of ${measured.length} rows agree with PyTorch`,
      details: differing.map((m) => `${m.name}: ${m.differs}`),
    });
  }

  /** Writes the report for the last time; returns whether all is well. */
  finish(): boolean {
    const { checks, unreached } = this;
    this.write(true);
    if (unreached.length > 0) console.log(`out of time before: ${unreached.join(', ')}`);
    console.log(`report: ${this.options.out}`);
    return checks.every((c) => c.well) && unreached.length === 0;
  }
}

async function main(): Promise<number> {
  const options = asked();
  if (typeof options === 'number') return options;
  const { quick, steps, filter } = options;
  const found = await cuda.init();
  initCpu();
  const about = {
    machine: [...openedCuda(found), ...machine()],
    // Without WebGPU, whose driver would share the device that is checked.
    devices: linesOf(await devices(['cpu', 'cuda'])),
  };
  for (const line of [...about.machine, ...about.devices]) console.log(line);
  const run = new Run(options, about);
  run.write();
  // The short parts first: a run that is cut off has them. Memory comes before what the collector cleans up after.
  if (run.wants('memory')) {
    await run.step('memory', () => memoryFlat(quick ? 20 : 2000));
    await run.step('transfers', () => transfers(quick ? 2 ** 16 : 2 ** 26));
  }
  if (run.wants('parity')) await run.step('parity', () => parity(steps));
  if (run.wants('bench')) await run.timings();
  if (run.wants('conformance')) {
    // What the steps above kept is not needed any more, and the suite's processes share the device.
    cuda.emptyCache();
    const say = (line: string): void => console.log(line);
    await run.step('conformance', () => conformance(root, run.rest, say, filter));
  }
  return run.finish() ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  if (!(e instanceof DLError)) throw e;
  console.error(`gpu-check: ${e.message}`);
  process.exitCode = 1;
}
