// Timing rows beside their peers: warm-up, alternation, medians, and a check that results agree.
import type { Limits } from './limits.js';
import type { Peer, Row } from './row.js';

/** One measured row against one peer. */
export interface Measurement {
  readonly suite: string;
  readonly row: string;
  /** Microseconds a step, median. */
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  readonly unit: 'µs' | 'MB' | 'dispatches' | 'submits';
  /** Above 1: ours is faster, smaller, or asks for less. */
  readonly ratio: number | null;
  /** Share of the machine's limit that ours reaches, where the row has one. */
  readonly share: number | null;
  /** The rounds differ so much that something else must have been running. */
  readonly unsteady?: boolean;
}

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  /** Seconds that one timed batch should take at least. */
  readonly batch: number;
  /** The machine's limits, if they are known. */
  readonly limits?: Limits | null;
}

/** The larger share of the two limits that a step of so many microseconds reaches. */
function shareOf(row: Row, time: number, limits: Limits | null | undefined): number | null {
  if (!limits || (row.flops === undefined && row.bytes === undefined)) return null;
  const seconds = time / 1e6;
  return Math.max(
    (row.flops ?? 0) / seconds / (limits.gflops * 1e9),
    (row.bytes ?? 0) / seconds / (limits.gigabytes * 1e9),
  );
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]) / 2;
};

/** Steps in a batch that takes at least `seconds`, found while warming up; null without the row. */
async function calibrate(peer: Peer, row: Row, seconds: number): Promise<number | null> {
  for (let steps = 1; ; steps *= 2) {
    const took = await peer.time(row, steps);
    if (took === null) return null;
    if (took >= seconds) {
      // Once more at that size, so that the first batch that counts runs compiled code.
      await peer.time(row, steps);
      return steps;
    }
  }
}

/** Whether two lists of numbers agree as far as float32 arithmetic in another order allows. */
export function agree(a: readonly number[], b: readonly number[]): boolean {
  return (
    a.length === b.length && a.every((x, i) => Math.abs(x - b[i]) <= 1e-5 + 1e-3 * Math.abs(b[i]))
  );
}

const STEPS_COMPARED = 10;

/** Measures a row here and in each peer, batch by batch in turn. */
export async function measure(
  row: Row,
  us: Peer,
  peers: readonly Peer[],
  effort: Effort,
): Promise<Measurement[]> {
  const mine = await us.result(row, row.compared ?? STEPS_COMPARED);
  const sides = [us, ...peers.filter((p) => p.absent === null)];
  const running: { peer: Peer; steps: number; times: number[] }[] = [];
  for (const peer of sides) {
    const theirs = await peer.result(row, row.compared ?? STEPS_COMPARED);
    if (theirs === null) continue;
    if (!agree(mine ?? [], theirs)) {
      throw new Error(
        `bench: ${row.name}: ${peer.name} computes [${theirs.join(', ')}], ours is [${(mine ?? []).join(', ')}]`,
      );
    }
    const steps = await calibrate(peer, row, effort.batch);
    if (steps !== null) running.push({ peer, steps, times: [] });
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const side of running) {
      // A peer that gave up in the middle has no figure.
      const took = (await side.peer.time(row, side.steps)) ?? NaN;
      side.times.push((took / side.steps) * 1e6);
    }
  }
  for (const side of sides) await side.end(row);
  const [first, ...others] = running
    .filter((s) => !s.times.some(Number.isNaN))
    .map((s) => ({ name: s.peer.name, time: median(s.times) }));
  const { time: own } = first as { time: number };
  const share = shareOf(row, own, effort.limits);
  const base = { suite: row.suite, row: row.name, ours: own, share };
  if (others.length === 0) {
    return [{ ...base, peer: null, peerName: null, unit: 'µs', ratio: null }];
  }
  return others.map(({ name, time }) => ({
    ...base,
    peer: time,
    peerName: name,
    unit: 'µs' as const,
    ratio: time / base.ours,
  }));
}
