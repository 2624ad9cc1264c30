// The suite on one device: what is run, operator by operator, and how many cases at once.
import { registerBackend, zeros } from '@dl/core';
import { isIn, type Sample, whole } from 'dl-testing/sampling';
import type { Calls, Method } from './calls.js';
import type { Case } from './case.js';
import { backendChecks } from './checks/backend.js';
import { type CaseOptions, type Result, runCase } from './checks/case.js';
import { edgeChecks } from './checks/edges.js';
import { errorChecks } from './checks/errors.js';
import { elementwiseCases, elementwiseExports } from './elementwise.js';
import { guarded } from './guard.js';
import { rowCases } from './table/index.js';

/** What cases ask of a device; `checks/backend.ts` asks for the rest. */
type CaseMethod = Exclude<
  Method,
  'alloc' | 'free' | 'memory' | 'emptyCache' | 'upload' | 'download' | 'prepare' | 'sync'
>;

/** One case, or one call that must be refused. */
export interface Part {
  readonly name: string;
  run(): Promise<Result[]>;
}

/** Everything about one operator. */
export interface Group {
  readonly operator: string;
  readonly parts: readonly Part[];
}

/** What the suite runs on. */
export interface SuiteOptions extends CaseOptions {
  /** Only these of the cases, and of the calls that must be refused. Default: all. */
  readonly sample?: Sample;
  /** Of which operators a sample holds at least one case. Default: of all. */
  readonly operators?: Sample;
  /** At which of the lengths and sizes that kernels may cut at nothing is left out. Default: at all. */
  readonly lengths?: Sample;
  /** Takes note of what the device was asked for. */
  readonly calls: Calls;
}

/** An operator for each method of the contract that cases reach: no sample leaves it out. */
const reachedBy: { readonly [M in CaseMethod]: string } = {
  map: 'add',
  reduce: 'sum',
  fold: 'softmax',
  contract: 'matmul',
  scan: 'cumsum',
  gather: 'at',
  scatter: 'scatter',
  sort: 'sort',
};
const always: ReadonlySet<string> = new Set(Object.values(reachedBy));

/** All cases, as the oracle needs them. */
export const allCases = (): { elementwise: Case[]; table: Case[] } => ({
  elementwise: elementwiseExports().flatMap(elementwiseCases),
  table: rowCases(),
});

/** The group of what no operator does. */
export const BACKEND = 'backend';

/** The groups of the suite: one for each operator, and one for what no operator does. */
export function suite(options: SuiteOptions): Group[] {
  const { device, without = [], sample = whole, operators = whole, lengths = whole } = options;
  const elementwise = new Map(elementwiseExports().map((e) => [e.name, e]));
  const rows = rowCases();
  const errors = errorChecks(device, without);
  const names = new Set([...elementwise.keys(), ...rows.map((c) => c.operator), ...errors.keys()]);
  let position = 0;
  const taken = (): boolean => isIn(sample, position++);
  const groups = [...names].map((operator, nth): Group => {
    const e = elementwise.get(operator) ?? null;
    const here = [
      ...(e === null ? [] : elementwiseCases(e)).map((c) => ({ c, e })),
      ...rows.filter((c) => c.operator === operator).map((c) => ({ c, e: null })),
    ].filter(({ c }) => !c.inputs.some((x) => without.includes(x.dtype)));
    const some = here.filter(taken);
    // The first case reaches the method; another of the operator may not.
    const needed = always.has(operator) || (some.length === 0 && isIn(operators, nth));
    const cases = needed ? [...new Set([...here.slice(0, 1), ...some])] : some;
    const refused = (errors.get(operator) ?? []).filter(taken);
    return {
      operator,
      parts: [
        ...cases.map(({ c, e }): Part => ({ name: c.id, run: () => runCase(c, e, options) })),
        ...refused.map((check): Part => ({ name: operator, run: async () => [check()] })),
      ],
    };
  });
  const backend: Group = {
    operator: BACKEND,
    parts: [...backendChecks, ...edgeChecks(lengths)].map(
      ({ name, body }): Part => ({
        name,
        run: async () => [{ id: BACKEND, check: name, failure: await body(device) }],
      }),
    ),
  };
  return [...groups.filter((g) => g.parts.length > 0), backend];
}

/** How many cases run side by side: reading values waits for a device, and they wait together. */
const AT_ONCE = 16;

/**
 * Runs parts of the suite with every buffer of the device guarded. Where a guard was written over, the parts
 * run again one by one to tell whose it was.
 */
export async function runParts(parts: readonly Part[], options: SuiteOptions): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < parts.length; i += AT_ONCE) {
    results.push(...(await runGuarded(parts.slice(i, i + AT_ONCE), options)));
  }
  return results;
}

async function runGuarded(parts: readonly Part[], options: SuiteOptions): Promise<Result[]> {
  const inner = zeros([0], { device: options.device }).storage.backend;
  const guard = guarded(inner, options.calls);
  let results: Result[];
  let written: string | null;
  registerBackend(guard.backend);
  try {
    results = (await Promise.all(parts.map(run))).flat();
  } finally {
    written = await guard.check();
    registerBackend(inner);
  }
  if (written === null) return results;
  if (parts.length > 1) {
    const alone: Result[] = [];
    for (const part of parts) alone.push(...(await runGuarded([part], options)));
    if (alone.some((r) => r.failure !== null)) return alone;
  }
  const id = parts.map((p) => p.name).join(', ');
  return [...results, { id, check: 'nothing is written past the end', failure: written }];
}

/** A part whose error is a result. */
async function run({ name, run }: Part): Promise<Result[]> {
  try {
    return await run();
  } catch (e) {
    const failure = e instanceof Error ? (e.stack ?? e.message) : String(e);
    return [{ id: name, check: 'runs to its end', failure }];
  }
}
