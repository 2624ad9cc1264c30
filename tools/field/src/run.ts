// Runs many cases, two processes at a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, idOf, sociable } from './cases.js';
import { type Result, runTogether } from './process.js';

/** What to run, and how. */
export interface Work {
  readonly cases: readonly Case[];
  /** Those that are expected to pass may share a process with others of their kind; whatever fails there runs once more, alone. */
  readonly together: ReadonlySet<string>;
  /** The folder of the kinds, if not `cases`. */
  readonly from?: string;
  /** Called as each case ends. */
  readonly done?: (one: Case, result: Result) => void;
}

/** How all of it ended. */
export interface Outcome {
  readonly results: ReadonlyMap<string, Result>;
  /** Failed in a process that others had used before, and passed alone: something was left there that nothing noticed. */
  readonly leaks: readonly string[];
}

/** Cases that one process runs: those of a kind that may be together, and each other one by itself. */
export function batchesOf({ cases, together }: Pick<Work, 'cases' | 'together'>): Case[][] {
  const kinds = new Map<string, Case[]>();
  const single: Case[][] = [];
  for (const one of cases) {
    const shared = sociable(one) && together.has(idOf(one));
    if (!shared) single.push([one]);
    else kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  }
  // What may take long comes first, so that it isn't waited for at the end.
  const slow = (batch: readonly Case[]): boolean => !sociable(batch[0]);
  return [...single.filter(slow), ...kinds.values(), ...single.filter((batch) => !slow(batch))];
}

/** Runs cases and gives each one's result. */
export async function runCases(work: Work): Promise<Outcome> {
  const folders = mkdtempSync(join(tmpdir(), 'dl-field-'));
  const remove = (): void => rmSync(folders, { recursive: true, force: true });
  process.once('exit', remove);
  let count = 0;
  const run = (batch: readonly Case[]): Promise<Map<string, Result>> => {
    count += 1;
    return runTogether(batch, join(folders, String(count)), work.from);
  };
  const results = new Map<string, Result>();
  const leaks: string[] = [];
  const note = (one: Case, result: Result): void => {
    results.set(idOf(one), result);
    work.done?.(one, result);
  };

  async function runBatch(batch: readonly Case[]): Promise<void> {
    for (let rest = batch; rest.length > 0; ) {
      const found = await run(rest);
      for (const [i, one] of rest.entries()) {
        const result = found.get(idOf(one));
        if (result === undefined) break;
        if (result.passed || i === 0) {
          note(one, result);
          continue;
        }
        const again = (await run([one])).get(idOf(one));
        if (again?.passed) leaks.push(idOf(one));
        note(one, again ?? result);
      }
      if (found.size === 0) throw new Error(`field: ${idOf(rest[0])} did not run`);
      rest = rest.slice(found.size);
    }
  }

  const queue = batchesOf({ ...work, cases: work.cases.filter((one) => !one.heavy) });
  async function worker(): Promise<void> {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      await runBatch(batch);
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
    // One at a time, and nothing beside it.
    for (const one of work.cases) if (one.heavy) await runBatch([one]);
  } finally {
    process.off('exit', remove);
    remove();
  }
  return { results, leaks };
}
