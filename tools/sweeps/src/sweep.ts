// One function on one runner and dtype: every error, pass by pass.
import type { Runner } from 'dl-devices';
import { type Fixture, readFixture, type ReferenceType, type References } from './fixture.js';
import { type FloatType, smallestNormal, ulpOf } from './floats.js';
import type { Swept } from './functions.js';
import { exactIn } from './grid.js';
import { distance, narrowed, type Reference } from './judge.js';
import { type Answers, answersOf, firstDifference } from './run.js';

export const floatTypes: readonly FloatType[] = ['float32', 'float64', 'float16', 'bfloat16'];

/**
 * Devices that may take subnormal numbers for zero. WGSL: "any subnormal value may be flushed to zero", inputs,
 * intermediate results and outputs alike (W3C, WebGPU Shading Language, 15.7.2, Differences from IEEE-754).
 */
export const flushes = (device: string): boolean => device === 'webgpu';

/** Errors of one pass at some points. */
export interface PassErrors {
  readonly pass: string;
  readonly rows: readonly (readonly number[])[];
  readonly got: Float64Array;
  readonly near: Float64Array;
  /** In ulp of the dtype. */
  readonly errors: Float64Array;
  /** PyTorch's own in the dtype; of half types, which it computes in float32 and rounds, by that rule. */
  readonly torch: Float64Array;
}

export interface SweepResult {
  readonly passes: readonly PassErrors[];
  /** Faults that are no errors of rounding: results that depend on the place in memory, a missing gradient. */
  readonly faults: readonly string[];
}

const referenceType = (dtype: FloatType): ReferenceType =>
  dtype === 'float64' ? 'float64' : 'float32';

const isSubnormal = (x: number, dtype: FloatType): boolean =>
  x !== 0 && Math.abs(x) < smallestNormal(dtype);

/** Columns of operands at some positions. */
const columnsOf = (rows: readonly (readonly number[])[], arity: number): Float64Array[] =>
  Array.from({ length: arity }, (_, k) => Float64Array.from(rows, (row) => row[k] as number));

function errorsOf(
  references: References,
  positions: readonly number[],
  answers: Answers,
  dtype: FloatType,
  device: string,
): PassErrors[] {
  const rows = positions.map((i) => references.rows[i] as readonly number[]);
  const zeros = new Map<boolean, number>();
  for (const [i, row] of references.rows.entries()) {
    if (row.length === 1 && row[0] === 0) zeros.set(Object.is(row[0], -0), i);
  }
  return references.passes.map((pass, p): PassErrors => {
    const got = answers.passes[p] as Float64Array;
    const reference = (i: number): Reference => {
      const found = { near: pass.near[i] as number, rest: pass.rest[i] as number };
      return dtype === 'float16' || dtype === 'bfloat16' ? narrowed(found, dtype) : found;
    };
    const errors = Float64Array.from(positions, (i, j) => {
      const wanted = reference(i);
      const y = got[j] as number;
      const error = distance(y, wanted, dtype);
      if (error === 0 || !flushes(device)) return error;
      if (y === 0 && isSubnormal(wanted.near, dtype)) return 0;
      const row = references.rows[i] as readonly number[];
      if (!row.some((x) => isSubnormal(x, dtype))) return error;
      // With several operands the result for a zero is not known.
      if (row.length > 1) return 0;
      const zero = zeros.get((row[0] as number) < 0) as number;
      return Math.min(error, distance(y, reference(zero), dtype));
    });
    return {
      pass: pass.name,
      rows,
      got,
      near: Float64Array.from(positions, (i) => reference(i).near),
      errors,
      torch: Float64Array.from(positions, (i) => {
        const error = pass.torch[i] as number;
        if (dtype === referenceType(dtype) || error === Infinity) return error;
        const { near } = reference(i);
        if (!Number.isFinite(near)) return error === 0 ? 0 : 1;
        return 0.5 + (error * ulpOf(near, 'float32')) / ulpOf(near, dtype);
      }),
    };
  });
}

export interface SweepOptions {
  /** Takes some positions of a list of points. Default: all. */
  readonly choose?: (rows: readonly (readonly number[])[]) => readonly number[];
  /** Places in memory, in elements, that must give the same numbers. Default: 1. */
  readonly offsets?: readonly number[];
}

/** Sweeps one function in one dtype on an open runner. */
export async function sweep(
  f: Swept,
  dtype: FloatType,
  runner: Pick<Runner, 'device'>,
  { choose = (rows) => [...rows.keys()], offsets = [1] }: SweepOptions = {},
  fixture: Fixture = readFixture(f),
): Promise<SweepResult> {
  const references = fixture[referenceType(dtype)];
  const exact = new Set(
    dtype === referenceType(dtype) ? references.rows.keys() : exactIn(references.rows, dtype),
  );
  const positions = choose(references.rows).filter((i) => exact.has(i));
  const columns = columnsOf(
    positions.map((i) => references.rows[i] as readonly number[]),
    f.arity,
  );
  const { device } = runner;
  const answers = await answersOf(f, columns, dtype, device);
  const faults: string[] = [];
  if (answers.differentiable !== references.passes.length > 1) {
    faults.push(
      answers.differentiable
        ? 'has gradients and no references for them: add slopes in tools/oracle/sweep/definitions.py'
        : 'has references of gradients, and results that cannot be differentiated',
    );
    return { passes: [], faults };
  }
  for (const offset of offsets) {
    const moved = await answersOf(f, columns, dtype, device, offset);
    for (const [p, numbers] of answers.passes.entries()) {
      const i = firstDifference(numbers, moved.passes[p] as Float64Array);
      if (i < 0) continue;
      const at = columns.map((c) => c[i]).join(', ');
      const [a, b] = [numbers[i], moved.passes[p]?.[i]];
      faults.push(`${references.passes[p]?.name} at (${at}) is ${a}, and ${b} moved by ${offset} in memory`);
    }
  }
  return { passes: errorsOf(references, positions, answers, dtype, device), faults };
}
