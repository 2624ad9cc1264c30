// What is wrong with a sweep: errors beyond their limits that no exception allows, and exceptions that are not needed.
import { type Exception, exceptions } from './exceptions.js';
import type { FloatType } from './floats.js';
import type { PassErrors, SweepResult } from './sweep.js';

/** One pass of a function, in one dtype on one runner, in figures. */
export interface Figures {
  readonly function: string;
  readonly pass: string;
  readonly dtype: FloatType;
  readonly runner: string;
  readonly points: number;
  /** The largest finite error in ulp, and where it is. */
  readonly largest: number;
  readonly at: readonly number[];
  /** PyTorch's largest finite error at the same points. */
  readonly torch: number;
  /** Results of another kind: NaN for a number, another infinity, a zero of the other sign. */
  readonly strange: number;
  /** Results that are 0 where the value is not, and not too small for the dtype. */
  readonly lost: number;
  /** Points beyond the limit, and the largest error and the range of the first operand there. */
  readonly beyond: number;
  readonly worst: number;
  readonly range: readonly [number, number];
}

const largestFinite = (xs: Float64Array): number =>
  xs.reduce((most, x) => (Number.isFinite(x) && x > most ? x : most), 0);

const kindOf = (runner: string): string => runner.split(':').slice(0, 2).join(':');

const covers = (
  e: Exception,
  figures: Pick<Figures, 'function' | 'pass' | 'dtype' | 'runner'>,
): boolean =>
  e.of === figures.function &&
  e.pass === figures.pass &&
  e.limits[figures.dtype] !== undefined &&
  e.on.includes(kindOf(figures.runner));

/** The exceptions for a pass. */
const exceptionsFor = (
  key: Pick<Figures, 'function' | 'pass' | 'dtype' | 'runner'>,
  list: readonly Exception[],
): Exception[] => list.filter((e) => covers(e, key));

const show = (x: number | undefined): string => (Object.is(x, -0) ? '-0' : String(x));

interface Judged {
  readonly figures: Figures;
  readonly problems: readonly string[];
}

function judgePass(
  errors: PassErrors,
  key: Pick<Figures, 'function' | 'dtype' | 'runner'>,
  list: readonly Exception[],
): Judged {
  const { pass, rows, got, limits } = errors;
  const near = errors.references.map((reference) => reference.near);
  const problems: string[] = [];
  const beyond = [...rows.keys()].filter((i) => errors.errors[i] > limits[i]);
  const title = `${key.function} ${pass} ${key.dtype} on ${key.runner}`;
  let left = beyond;
  for (const e of exceptionsFor({ ...key, pass }, list)) {
    const [ulp, points] = e.limits[key.dtype] as readonly [number, number];
    const inside = left.filter((i) => {
      const a = rows[i]?.[0];
      return errors.errors[i] <= ulp && !(a < e.from || a > e.to);
    });
    if (inside.length === 0 && e.fault) {
      problems.push(`${title}: fixed, so delete its line from src/faults.ts: ${e.why}`);
    }
    if (inside.length > points) {
      problems.push(`${title}: ${inside.length} points are off where ${points} were: ${e.why}`);
    }
    const taken = new Set(inside);
    left = left.filter((i) => !taken.has(i));
  }
  const order = left.sort((i, j) => errors.errors[j] - errors.errors[i]);
  if (order.length > 0) {
    const lines = order.slice(0, 3).map((i) => {
      const [error, limit] = [errors.errors[i], limits[i]];
      const found = `(${rows[i]?.map(show).join(', ')}) is ${show(got[i])}, not ${show(near[i])}`;
      return `${found}: ${error.toPrecision(3)} ulp, ${limit.toPrecision(3)} allowed`;
    });
    problems.push(
      `${title}: ${order.length} of ${rows.length} points are off: ${lines.join('; ')}`,
    );
  }
  let largest = 0;
  for (const [i, e] of errors.errors.entries()) {
    if (Number.isFinite(e) && e > errors.errors[largest]) largest = i;
  }
  const first = beyond.map((i) => rows[i]?.[0]).filter((a) => !Number.isNaN(a));
  const figures: Figures = {
    ...key,
    pass,
    points: rows.length,
    largest: largestFinite(errors.errors),
    at: rows[largest],
    torch: largestFinite(errors.torch),
    strange: errors.errors.filter((e) => e === Infinity).length,
    lost: [...rows.keys()].filter((i) => got[i] === 0 && near[i] !== 0 && errors.errors[i] > 1)
      .length,
    beyond: beyond.length,
    worst: beyond.reduce((most, i) => Math.max(most, errors.errors[i]), 0),
    range: [Math.min(...first), Math.max(...first)],
  };
  return { figures, problems };
}

/** The figures of a sweep, and a sentence for each thing that is wrong. */
export function judge(
  result: SweepResult,
  key: Pick<Figures, 'function' | 'dtype' | 'runner'>,
  list: readonly Exception[] = exceptions,
): { readonly figures: readonly Figures[]; readonly problems: readonly string[] } {
  const judged = result.passes.map((pass) => judgePass(pass, key, list));
  return {
    figures: judged.map((j) => j.figures),
    problems: [
      ...result.faults.map((fault) => `${key.function} ${key.dtype} on ${key.runner}: ${fault}`),
      ...judged.flatMap((j) => j.problems),
    ],
  };
}
