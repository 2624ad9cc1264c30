// What the doctor finds: the machine, the devices, and whether the default one works.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import * as native from '@dl/backend-cpu';
import { manualSeed, rand, tensor } from '@dl/core';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

/** One line of the report: a thing, whether it is well, and what to do. */
export interface Finding {
  readonly name: string;
  readonly well: boolean;
  readonly text: string;
  readonly advice: string | null;
}

/** The whole report. */
export interface Report {
  readonly machine: readonly string[];
  readonly devices: readonly Finding[];
  readonly check: Finding;
}

const wanted = ['sse4_2', 'avx', 'avx2', 'fma', 'f16c', 'avx512f', 'avx512bw', 'asimd', 'sve'];

/** Features of the processor that matter here, where the system tells them. */
function features(): string {
  if (process.platform !== 'linux') return 'not told by this system';
  try {
    const info = readFileSync('/proc/cpuinfo', 'utf8');
    const [, list = ''] = /^(?:flags|Features)\s*: (.*)$/m.exec(info) ?? [];
    const own = new Set(list.split(' '));
    return wanted.filter((name) => own.has(name)).join(' ') || 'none that are used';
  } catch {
    return 'not told by this system';
  }
}

function machine(): string[] {
  const processors = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(1);
  return [
    `Node ${process.version}, ${process.platform} ${process.arch}`,
    `${processors[0]?.model.trim() || 'unknown processor'}, ${processors.length} threads, ${gib} GiB`,
    `features: ${features()}`,
  ];
}

function accelerator(): Finding {
  const { active, reason, isa, threads } = native.info();
  if (native.isAvailable()) {
    return {
      name: 'cpu, @dl/backend-cpu',
      well: true,
      text: `${isa}, ${threads} threads${active ? '' : '; not in use until init() is called'}`,
      advice: null,
    };
  }
  return {
    name: 'cpu, @dl/backend-cpu',
    well: false,
    text: reason ?? 'not there',
    advice: 'everything works without it, slower; a C++ compiler and `pnpm build` make it here',
  };
}

/** Whether a package can be found from here. */
function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function device(name: string): Finding {
  try {
    tensor([0]).to(name);
    return { name, well: true, text: 'ready', advice: null };
  } catch (error) {
    const there = installed(`@dl/backend-${name}`);
    return {
      name,
      well: false,
      text: there ? (error as Error).message : `the package @dl/backend-${name} is not there`,
      advice: there
        ? `call \`await ${name}.init()\` once, which says what is missing`
        : `npm i @dl/backend-${name} where it is published; until then use cpu`,
    };
  }
}

/** A random number and a training step whose results are known. */
function check(): Finding {
  const name = 'self-check';
  try {
    manualSeed(0);
    const drawn = rand([1]).item();
    if (Math.abs(drawn - 0.4962565898895264) > 1e-12) {
      return { name, well: false, text: `rand after manualSeed(0) gives ${drawn}`, advice: report };
    }
    const net = new Linear(1, 1);
    const optimizer = new SGD(net.parameters(), { lr: 0.1 });
    const [x, y] = [tensor([[1], [2]]), tensor([[2], [4]])];
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      optimizer.zeroGrad();
      const loss = mseLoss(net.forward(x), y);
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
    const well = (losses.at(-1) as number) < (losses[0] as number) / 10;
    const text = `a training step works: loss ${losses[0]?.toFixed(3)} to ${losses.at(-1)?.toFixed(3)}`;
    return { name, well, text, advice: well ? null : report };
  } catch (error) {
    return { name, well: false, text: (error as Error).message, advice: report };
  }
}

const report = 'please report this with the lines above';

/** Looks at everything. */
export function examine(): Report {
  return {
    machine: machine(),
    devices: [
      { name: 'cpu', well: true, text: 'ready, the default', advice: null },
      accelerator(),
      device('webgpu'),
      device('cuda'),
    ],
    check: check(),
  };
}

/** The report as text. */
export function textOf({ machine: lines, devices, check: last }: Report): string {
  const width = Math.max(...devices.map(({ name }) => name.length));
  const line = ({ name, well, text, advice }: Finding): string =>
    `${well ? '✓' : '✗'} ${name.padEnd(width)}  ${text}${advice === null ? '' : `\n  ${' '.repeat(width)}  → ${advice}`}`;
  return [...lines, '', ...devices.map(line), '', line(last)].join('\n');
}
