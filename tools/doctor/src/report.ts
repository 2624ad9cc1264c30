// What the machine is, which packages and devices it has, and whether the default device works: for both commands.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import * as native from '@dl/backend-cpu';
import { cuda } from '@dl/backend-cuda';
import { webgpu } from '@dl/backend-webgpu';
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

const packages = ['core', 'nn', 'optim', 'losses', 'backend-cpu', 'backend-webgpu', 'backend-cuda'];

/** Versions of the packages, those of the same one together. */
function versions(): string {
  const { resolve } = createRequire(import.meta.url);
  const names = new Map<string, string[]>();
  for (const name of packages) {
    const { version } = JSON.parse(readFileSync(resolve(`@dl/${name}/package.json`), 'utf8'));
    names.set(version, [...(names.get(version) ?? []), name]);
  }
  return [...names].map(([version, same]) => `${same.join(', ')} ${version}`).join('; ');
}

/** Memory in GiB, with one digit. */
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** The machine and the packages on it. */
export function machine(): string[] {
  const processors = cpus();
  return [
    `Node ${process.version}, ${process.platform} ${process.arch}`,
    `${processors[0]?.model.trim() || 'unknown processor'}, ${processors.length} threads, ${gib(totalmem())}`,
    `features: ${features()}`,
    `packages: ${versions()}`,
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

/** A device of a package of its own: `why` it cannot be used, null if it can. */
const device = (name: string, why: string | null, ready: string, advice: string): Finding => ({
  name,
  well: why === null,
  text: why ?? ready,
  advice: why === null ? null : advice,
});

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
    const well = (losses.at(-1) as number) < losses[0] / 10;
    const text = `a training step works: loss ${losses[0]?.toFixed(3)} to ${losses.at(-1)?.toFixed(3)}`;
    return { name, well, text, advice: well ? null : report };
  } catch (error) {
    return { name, well: false, text: (error as Error).message, advice: report };
  }
}

const report = 'please report this with the lines above';

/** The devices of each package, by kind. */
const findings = {
  cpu: () => [{ name: 'cpu', well: true, text: 'ready, the default', advice: null }, accelerator()],
  webgpu: async () => [
    device(
      'webgpu',
      await webgpu.unavailable(),
      'an adapter is there; `await webgpu.init()` opens it',
      'a GPU with its driver and, in Node, npm i webgpu; until then use cpu',
    ),
  ],
  cuda: () => [
    device(
      'cuda',
      cuda.unavailable(),
      `${cuda.deviceCount()} of them; \`await cuda.init()\` opens them`,
      'an NVIDIA GPU with its driver, and NVRTC; until then use cpu',
    ),
  ],
} satisfies Record<string, () => Finding[] | Promise<Finding[]>>;

/** Which devices there are, and what is missing for the others. */
export async function devices(kinds: readonly (keyof typeof findings)[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const kind of kinds) found.push(...(await findings[kind]()));
  return found;
}

type Opened = Awaited<ReturnType<typeof cuda.init>>;

/** The NVIDIA devices that `cuda.init()` has opened, and what opened them. */
export function openedCuda({ devices: all, driver, nvrtc, cublas }: Opened): string[] {
  const { name, major, minor, multiProcessorCount, totalMemory } = cuda.getDeviceProperties(0);
  return [
    `${name}, compute capability ${major}.${minor}, ${multiProcessorCount} multiprocessors, ${gib(totalMemory)}`,
    `${all.length} device${all.length === 1 ? '' : 's'}; driver for CUDA ${driver}, NVRTC ${nvrtc}, cuBLAS ${cublas ?? 'not there'}`,
  ];
}

/** Looks at everything. */
export async function examine(): Promise<Report> {
  return {
    machine: machine(),
    devices: await devices(['cpu', 'webgpu', 'cuda']),
    check: check(),
  };
}

/** Findings as lines of text, their names below each other. */
export function linesOf(all: readonly Finding[]): string[] {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(
    ({ name, well, text, advice }) =>
      `${well ? '✓' : '✗'} ${name.padEnd(width)}  ${text}${advice === null ? '' : `\n  ${' '.repeat(width)}  → ${advice}`}`,
  );
}

/** The report as text. */
export function textOf({ machine: lines, devices: all, check: last }: Report): string {
  const found = linesOf([...all, last]);
  return [...lines, '', ...found.slice(0, -1), '', found.at(-1)].join('\n');
}
