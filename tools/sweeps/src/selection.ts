// The points of a function that a dtype has, with their references and limits in it: the same on every runner.
import { gradientByResult } from './by-result.js';
import type { Fixture, Pass, ReferenceType } from './fixture.js';
import { type FloatType, roundTo, ulpOf } from './floats.js';
import { exactIn } from './grid.js';
import { distance, narrowed, type Reference } from './judge.js';
import { limitsOf } from './limits.js';

/** What the results of one pass are held against. */
export interface Target {
  /** `forward`, `d/da`, `d/db`, `d/dc`. */
  readonly pass: string;
  readonly references: readonly Reference[];
  /** PyTorch's error in ulp of the dtype. */
  readonly torch: Float64Array;
  /** The largest error that is allowed. */
  readonly limits: Float64Array;
}

export interface Selection {
  readonly rows: readonly (readonly number[])[];
  readonly columns: readonly Float64Array[];
  readonly targets: readonly Target[];
}

const made = new WeakMap<Fixture, Map<FloatType, Selection>>();

const referenceType = (dtype: FloatType): ReferenceType =>
  dtype === 'float64' ? 'float64' : 'float32';

/** The errors of a pass that PyTorch computes from its result, rounded to a half type and nearest to what is exact. */
function errorsByResult(
  gradient: (y: number, row: readonly number[]) => number,
  results: readonly Reference[],
  references: readonly Reference[],
  rows: readonly (readonly number[])[],
  dtype: 'float16' | 'bfloat16',
): Float64Array {
  return Float64Array.from(references, (reference, i) => {
    const slope = gradient(results[i].near, rows[i]);
    return distance(roundTo(Math.fround(slope), dtype), reference, dtype);
  });
}

function targetOf(
  of: string,
  forward: Pass,
  pass: Pass,
  rows: readonly (readonly number[])[],
  positions: readonly number[],
  dtype: FloatType,
): Target {
  const half = dtype === 'float16' || dtype === 'bfloat16';
  const referencesOf = ({ near, rest }: Pass): Reference[] =>
    positions.map((i) => {
      const found = { near: near[i], rest: rest[i] };
      return half ? narrowed(found, dtype) : found;
    });
  const references = referencesOf(pass);
  const computed = Float64Array.from(positions, (i, j) => {
    const error = pass.torch[i];
    if (!half || error === Infinity) return error;
    // PyTorch computes half types in float32 and rounds once.
    const { near } = references[j];
    if (!Number.isFinite(near)) return error === 0 ? 0 : 1;
    return 0.5 + (error * ulpOf(near, 'float32')) / ulpOf(near, dtype);
  });
  const gradient = half ? gradientByResult(of, pass.name) : null;
  const torch =
    half && gradient !== null
      ? errorsByResult(gradient, referencesOf(forward), references, rows, dtype).map((error, i) =>
          Math.max(error, computed[i]),
        )
      : computed;
  return { pass: pass.name, references, torch, limits: limitsOf(rows, torch, dtype) };
}

function select(fixture: Fixture, dtype: FloatType): Selection {
  const { rows: all, passes } = fixture[referenceType(dtype)];
  const [forward] = passes as readonly [Pass, ...Pass[]];
  const positions = dtype === referenceType(dtype) ? [...all.keys()] : exactIn(all, dtype);
  const rows = positions.map((i) => all[i]);
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, k) =>
    Float64Array.from(rows, (row) => row[k]),
  );
  return {
    rows,
    columns,
    targets: passes.map((pass) => targetOf(fixture.name, forward, pass, rows, positions, dtype)),
  };
}

/** The selection for a dtype; made once for a fixture. */
export function selectionOf(fixture: Fixture, dtype: FloatType): Selection {
  const known = made.get(fixture) ?? new Map<FloatType, Selection>();
  made.set(fixture, known);
  const found = known.get(dtype) ?? select(fixture, dtype);
  known.set(dtype, found);
  return found;
}
