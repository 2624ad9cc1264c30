// Our own side of every row.
import { runSteps } from '../peers/steps.mjs';
import type { Peer, Row, Work } from './row.js';

/** Runs rows in this process, on a device; `done` resolves when that has done a step. */
export function ours(device = 'cpu', done?: () => Promise<void>): Peer {
  const states = new Map<string, Work>();
  return {
    name: 'dl',
    absent: null,
    async time(row: Row, steps: number): Promise<number> {
      let work = states.get(row.name);
      if (work === undefined) {
        work = row.make(device);
        states.set(row.name, work);
      }
      const start = process.hrtime.bigint();
      await runSteps(work, steps, done, row.together);
      return Number(process.hrtime.bigint() - start) / 1e9;
    },
    async result(row: Row, steps: number): Promise<number[]> {
      const work = row.make(device);
      for (let i = 0; i < steps; i++) await work.step();
      const found = await work.result();
      work.end?.();
      return found;
    },
    async end(row: Row): Promise<void> {
      states.get(row.name)?.end?.();
      states.delete(row.name);
    },
    close: () => {
      for (const work of states.values()) work.end?.();
      states.clear();
    },
  };
}
