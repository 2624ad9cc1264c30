// Timing a row on the device: batches that end with a synchronization, and the same row in PyTorch.
import { cuda } from '@dl/backend-cuda';
import type { Tensor } from '@dl/core';
import type { Peer } from './peer.js';

/** Something that is timed, here and in the peer that knows it by its name. */
export interface Row {
  readonly name: string;
  /** Floating-point operations, or bytes, of a step. */
  readonly flops?: number;
  readonly bytes?: number;
  /** How far results may be apart, relative to their size; 1e-4 if left out. */
  readonly tolerance?: number;
  /** Fresh state: a step only enqueues work; the result is read at the end. */
  make(): { step(): void; result(): Tensor; end(): void };
}

/** A row's figures. */
export interface Measured {
  readonly name: string;
  /** Microseconds a step. */
  readonly ours: number;
  readonly peer: number | null;
  readonly flops?: number;
  readonly bytes?: number;
  /** The most bytes that tensors held while steps ran, and in the peer. */
  readonly peak: number;
  readonly peerPeak: number | null;
  /** Kernels and products that a step enqueues. */
  readonly launches: number;
  /** How the results differ from the peer's; null if they do not, or there is no peer. */
  readonly differs: string | null;
}

const launches = (): number => cuda.kernelStats().launches;

/** Steps after which numbers are compared: the same number in the peer. */
export const COMPARED = 3;

/** The first, middle and last number of a result. */
async function numbersOf(x: Tensor): Promise<number[]> {
  const values = (await x.cpu()).data();
  return [0, values.length >> 1, values.length - 1].map((i) => Number(values[i]));
}

/** Times a row. */
export async function measure(row: Row, peer: Peer, quick: boolean): Promise<Measured> {
  // What the collector has not come to yet is not this row's.
  const before = cuda.memoryAllocated();
  const work = row.make();
  for (let i = 0; i < COMPARED; i++) work.step();
  const numbers = await numbersOf(work.result());
  await cuda.synchronize();
  const enqueued = launches();
  cuda.resetPeakMemoryStats();
  work.step();
  const count = launches() - enqueued;
  await cuda.synchronize();
  const batch = async (steps: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) work.step();
    await cuda.synchronize();
    return ((performance.now() - start) * 1000) / steps;
  };
  const once = await batch(quick ? 1 : 5);
  const steps = quick ? 1 : Math.max(1, Math.min(2000, Math.round(50_000 / once)));
  const times: number[] = [];
  for (let i = 0; i < (quick ? 1 : 9); i++) times.push(await batch(steps));
  times.sort((a, b) => a - b);
  const peak = Math.max(0, cuda.maxMemoryAllocated() - before);
  work.end();
  const beside = await peer.run(row.name, quick);
  const tolerance = row.tolerance ?? 1e-4;
  const differs =
    beside?.result.find((x, i) => !(Math.abs(x - numbers[i]) <= tolerance * (1 + Math.abs(x)))) ===
    undefined
      ? null
      : `${numbers.join(', ')} instead of ${beside?.result.join(', ')}`;
  return {
    name: row.name,
    ours: times[times.length >> 1],
    peer: beside?.micros ?? null,
    ...(row.flops === undefined ? {} : { flops: row.flops }),
    ...(row.bytes === undefined ? {} : { bytes: row.bytes }),
    peak,
    peerPeak: beside?.peak ?? null,
    launches: count,
    differs,
  };
}
