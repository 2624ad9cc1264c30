// One function on one runner and dtype: every error, pass by pass.
import type { Runner } from 'dl-devices';
import { type Fixture, readFixture } from './fixture.js';
import { type FloatType, smallestNormal } from './floats.js';
import type { Swept } from './functions.js';
import { distance } from './judge.js';
import { type Answers, answersOf, firstDifference } from './run.js';
import { type Selection, selectionOf, type Target } from './selection.js';

export const floatTypes: readonly FloatType[] = ['float32', 'float64', 'float16', 'bfloat16'];

/**
 * Devices that may take subnormal numbers for zero, operands, intermediate results and results alike, and ignore the
 * sign of a zero (WGSL, "Differences from IEEE-754").
 */
const flushes = (device: string): boolean => device === 'webgpu';

/** Errors of one pass. */
export interface PassErrors extends Target {
  readonly rows: readonly (readonly number[])[];
  readonly got: Float64Array;
  /** In ulp of the dtype. */
  readonly errors: Float64Array;
}

export interface SweepResult {
  readonly passes: readonly PassErrors[];
  /** Faults that are no errors of rounding: results that depend on the place in memory, a missing gradient. */
  readonly faults: readonly string[];
}

/** What a flushing device's error is, where the one by the reference is not zero. */
function flushed(
  error: number,
  i: number,
  got: number,
  { rows }: Selection,
  { references }: Target,
  dtype: FloatType,
): number {
  const least = smallestNormal(dtype);
  const { near } = references[i];
  // Zeros of either sign; and what is rounded up to the smallest normal number was subnormal before.
  if (got === 0 && Math.abs(near) <= least) return 0;
  const row = rows[i];
  if (!row.some((x) => x !== 0 && Math.abs(x) < least)) return error;
  // With several operands the result for a zero is not known.
  if (row.length > 1) return 0;
  const sign = Math.sign(row[0]) * 0;
  const zero = rows.findIndex(([x]) => Object.is(x, sign));
  return Math.min(error, distance(got, references[zero], dtype));
}

function errorsOf(
  selection: Selection,
  answers: Answers,
  dtype: FloatType,
  device: string,
): PassErrors[] {
  return selection.targets.map((target, p): PassErrors => {
    const got = answers.passes[p];
    const errors = got.map((y, i) => {
      const error = distance(y, target.references[i], dtype);
      return error === 0 || !flushes(device)
        ? error
        : flushed(error, i, y, selection, target, dtype);
    });
    return { ...target, rows: selection.rows, got, errors };
  });
}

/** Results at other places in memory that are not the same, bit for bit. */
async function movedFaults(
  f: Swept,
  selection: Selection,
  answers: Answers,
  dtype: FloatType,
  device: string,
  offset: number,
): Promise<string[]> {
  const moved = await answersOf(f, selection.columns, dtype, device, offset);
  return answers.passes.flatMap((numbers, p) => {
    const others = moved.passes[p];
    const i = firstDifference(numbers, others);
    if (i < 0) return [];
    const at = `${selection.targets[p]?.pass} at (${selection.rows[i]?.join(', ')})`;
    return [`${at} is ${numbers[i]}, and ${others[i]} when moved by ${offset} in memory`];
  });
}

/** Points whose results are others when they are computed alone: in vectors, tails are other code than bodies. */
async function aloneFaults(
  f: Swept,
  selection: Selection,
  answers: Answers,
  dtype: FloatType,
  device: string,
): Promise<string[]> {
  const { rows, columns } = selection;
  const faults: string[] = [];
  for (const part of [0.2, 0.5, 0.8]) {
    const i = Math.floor(part * rows.length);
    const single = columns.map((xs) => xs.slice(i, i + 1));
    const alone = await answersOf(f, single, dtype, device);
    for (const [p, numbers] of answers.passes.entries()) {
      const y = alone.passes[p]?.[0];
      if (Object.is(y, numbers[i])) continue;
      const at = `${selection.targets[p]?.pass} at (${rows[i]?.join(', ')})`;
      faults.push(`${at} is ${numbers[i]} among others, and ${y} alone`);
    }
  }
  return faults;
}

/**
 * Sweeps one function in one dtype on an open runner. `offsets` are places in memory, in elements, where the same
 * numbers must come out.
 */
export async function sweep(
  f: Swept,
  dtype: FloatType,
  { device }: Pick<Runner, 'device'>,
  offsets: readonly number[] = [1],
  fixture: Fixture = readFixture(f),
): Promise<SweepResult> {
  const selection = selectionOf(fixture, dtype);
  const answers = await answersOf(f, selection.columns, dtype, device);
  if (answers.differentiable !== selection.targets.length > 1) {
    const fault = answers.differentiable
      ? 'has gradients and no references for them: add slopes in tools/oracle/sweep/definitions.py'
      : 'has references of gradients, and results that cannot be differentiated';
    return { passes: [], faults: [fault] };
  }
  const faults = await aloneFaults(f, selection, answers, dtype, device);
  for (const offset of offsets) {
    faults.push(...(await movedFaults(f, selection, answers, dtype, device, offset)));
  }
  return { passes: errorsOf(selection, answers, dtype, device), faults };
}
