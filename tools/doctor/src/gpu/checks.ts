// What must hold on the device: the CPU's losses, flat memory, whole transfers.
import { cuda } from '@dl/backend-cuda';
import { fromTypedArray, manualSeed, memory, scope, type Tensor, tensor } from '@dl/core';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { SGD } from '@dl/optim';
import { digitsNet } from 'dl-bench/nets';
import type { Check } from './findings.js';

const BATCH = 64;

/** Pictures that can be told apart: each class has its own wave, with noise on it. */
function batchOf(step: number): { x: Tensor; y: Tensor } {
  const pixels = new Float32Array(BATCH * 784);
  const labels = new Int32Array(BATCH);
  for (let i = 0; i < BATCH; i++) {
    const label = (i * 7 + step * 3) % 10;
    labels[i] = label;
    for (let j = 0; j < 784; j++) {
      const noise = Math.sin((step * BATCH + i) * 12.9898 + j * 78.233) * 43758.5453;
      pixels[i * 784 + j] = Math.sin(j * 0.05 * (label + 1)) + (noise - Math.floor(noise) - 0.5);
    }
  }
  return { x: fromTypedArray(pixels).view([BATCH, 784]), y: fromTypedArray(labels, null) };
}

/** The digits net's losses over some steps on a device. */
export async function losses(device: string, steps: number): Promise<number[]> {
  manualSeed(0);
  const net = digitsNet();
  net.to(device);
  const optimizer = new SGD(net.parameters(), { lr: 0.02, momentum: 0.9 });
  const found: number[] = [];
  for (let i = 0; i < steps; i++) {
    const loss = scope(() => {
      const { x, y } = batchOf(i);
      optimizer.zeroGrad();
      const l = crossEntropy(net.forward(x.to(device)), y.to(device));
      l.backward();
      optimizer.step();
      return l.detach();
    });
    found.push((await loss.cpu()).item());
    loss.dispose();
  }
  return found;
}

/** The device's losses beside the CPU's, which may be 1e-4 apart relative to their size. */
export async function parity(steps: number): Promise<Check> {
  const cpu = await losses('cpu', steps);
  const gpu = await losses('cuda', steps);
  let worst = 0;
  cpu.forEach((x, i) => {
    worst = Math.max(worst, Math.abs(x - gpu[i]) / Math.abs(x));
  });
  const ends = `${cpu[0].toFixed(4)} to ${(cpu.at(-1) as number).toFixed(4)}`;
  return {
    name: 'digits losses',
    well: worst <= 1e-4,
    text: `${steps} steps, ${ends}, at most ${worst.toExponential(1)} apart from the CPU's, relative`,
  };
}

/** Live bytes after many steps in a scope, which must be those after the first ones. */
export async function memoryFlat(steps: number): Promise<Check> {
  const x = batchOf(0);
  const device = 'cuda';
  const net = new Sequential(new Linear(784, 64), new ReLU(), new Linear(64, 10));
  net.to(device);
  const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
  const [input, label] = [x.x.to(device), x.y.to(device)];
  const step = (): void =>
    scope(() => {
      optimizer.zeroGrad();
      crossEntropy(net.forward(input), label).backward();
      optimizer.step();
    });
  for (let i = 0; i < 3; i++) step();
  await cuda.synchronize();
  const name = `cuda:${cuda.currentDevice()}`;
  const before = memory()[name];
  for (let i = 0; i < steps; i++) step();
  await cuda.synchronize();
  const after = memory()[name];
  const bytes = `${before.live} live and ${before.pooled} pooled bytes before, ${after.live} and ${after.pooled} after`;
  return {
    name: 'memory',
    well: after.live === before.live && after.pooled === before.pooled,
    text: `${steps} steps without waiting: ${bytes}`,
  };
}

/** Bytes go there and come back as they were; how fast, and whether the event loop goes on meanwhile. */
export async function transfers(length: number): Promise<Check> {
  const values = Int32Array.from({ length }, (_, i) => (i * 2654435761) | 0);
  const x = fromTypedArray(values);
  const start = performance.now();
  const there = x.to('cuda');
  await cuda.synchronize();
  const middle = performance.now();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const back = (await there.cpu()).data() as Int32Array;
  const end = performance.now();
  clearInterval(timer);
  there.dispose();
  let wrong = 0;
  for (let i = 0; i < length; i++) if (back[i] !== values[i]) wrong++;
  const gigabytes = (ms: number): string => ((length * 4) / ms / 1e6).toFixed(2);
  const zero = (await tensor([]).to('cuda').cpu()).numel();
  return {
    name: 'transfers',
    well: wrong === 0 && zero === 0,
    text: `${(length * 4) / 2 ** 20} MiB there with ${gigabytes(middle - start)} GB/s, back with ${gigabytes(end - middle)} GB/s, ${turns} turns of the event loop meanwhile, ${wrong} wrong numbers`,
  };
}
