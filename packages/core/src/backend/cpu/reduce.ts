// Map-reduce: an elementwise program whose results are combined over some axes.

import type { DType } from '../../dtype.js';
import { fitted } from '../../integers.js';
import type { Program } from '../../scalar/program.js';
import type { ArgReducer, Reducer, View } from '../contract.js';
import { broadcastStrides, type Loops, mergeLoops, walk } from '../loops.js';
import type { Elements } from './kernels.js';
import { BLOCK, type Plan, planOf } from './plan.js';

/** Combines `n` values at `p` into `acc[at]`, `acc[at + step]`, …; `rank` is the first one's place. */
type Combine = (
  acc: Float64Array,
  at: number,
  step: 0 | 1,
  x: Elements,
  p: number,
  stride: number,
  n: number,
  place: number,
  places: Int32Array,
) => void;

const sum: Combine = (acc, at, step, x, p, stride, n) => {
  if (step === 0) {
    let total = acc[at];
    for (let i = 0; i < n; i++, p += stride) total += x[p];
    acc[at] = total;
  } else {
    for (let i = 0; i < n; i++, p += stride) acc[at + i] = acc[at + i] + x[p];
  }
};

const prod: Combine = (acc, at, step, x, p, stride, n) => {
  for (let i = 0; i < n; i++, p += stride, at += step) acc[at] = acc[at] * x[p];
};

const min: Combine = (acc, at, step, x, p, stride, n) => {
  for (let i = 0; i < n; i++, p += stride, at += step) {
    const v = x[p];
    if (!(v >= acc[at]) && !Number.isNaN(acc[at])) acc[at] = v;
  }
};

const max: Combine = (acc, at, step, x, p, stride, n) => {
  for (let i = 0; i < n; i++, p += stride, at += step) {
    const v = x[p];
    if (!(v <= acc[at]) && !Number.isNaN(acc[at])) acc[at] = v;
  }
};

// The first of equal values wins, and the first NaN beats all, as in PyTorch.
const positionOf =
  (better: (v: number, best: number) => boolean): Combine =>
  (acc, at, step, x, p, stride, n, place, places) => {
    for (let i = 0; i < n; i++, p += stride, at += step) {
      const v = x[p];
      const best = acc[at];
      const here = step === 0 ? place + i : place;
      if (here === 0 || better(v, best) || (Number.isNaN(v) && !Number.isNaN(best))) {
        acc[at] = v;
        places[at] = here;
      }
    }
  };

const combine: { readonly [R in Reducer | ArgReducer]: Combine } = {
  sum,
  prod,
  min,
  max,
  argmin: positionOf((v, best) => v < best),
  argmax: positionOf((v, best) => v > best),
};

// 64-bit integers are bigints, which the loops' types do not show: loops of their own, so that those above stay fast.
// The array of accumulators takes its elements modulo 2^64.
const whole: { readonly [R in Reducer | ArgReducer]: Combine } = {
  sum: (acc, at, step, x, p, stride, n) => {
    for (let i = 0; i < n; i++, p += stride, at += step) acc[at] = acc[at] + x[p];
  },
  prod: (acc, at, step, x, p, stride, n) => {
    for (let i = 0; i < n; i++, p += stride, at += step) acc[at] = acc[at] * x[p];
  },
  min: (acc, at, step, x, p, stride, n) => {
    for (let i = 0; i < n; i++, p += stride, at += step) if (x[p] < acc[at]) acc[at] = x[p];
  },
  max: (acc, at, step, x, p, stride, n) => {
    for (let i = 0; i < n; i++, p += stride, at += step) if (x[p] > acc[at]) acc[at] = x[p];
  },
  argmin: positionOf((v, best) => v < best),
  argmax: positionOf((v, best) => v > best),
};
const wholeNeutral: { readonly [R in Reducer | ArgReducer]: bigint } = {
  sum: 0n,
  prod: 1n,
  min: 2n ** 63n - 1n,
  max: -(2n ** 63n),
  argmin: 0n,
  argmax: 0n,
};

/** Where values of a dtype are combined, and how. */
interface Combining {
  readonly merge: Combine;
  readonly start: number;
  accumulators(length: number): Float64Array;
}

const combining = (reducer: Reducer | ArgReducer, dtype: DType): Combining =>
  dtype === 'int64'
    ? {
        merge: whole[reducer],
        start: wholeNeutral[reducer] as unknown as number,
        accumulators: (length) => new BigInt64Array(length) as unknown as Float64Array,
      }
    : {
        merge: combine[reducer],
        start: neutral[reducer],
        accumulators: (length) => new Float64Array(length),
      };

/** Whether a result may lie outside of the integer dtype that it is stored in. */
const mayLeave = (reducer: Reducer | ArgReducer, dtype: DType): boolean =>
  (reducer === 'sum' || reducer === 'prod') && (dtype === 'int32' || dtype === 'uint8');

const neutral: { readonly [R in Reducer | ArgReducer]: number } = {
  sum: 0,
  prod: 1,
  min: Infinity,
  max: -Infinity,
  argmin: 0,
  argmax: 0,
};

/**
 * See `Backend.reduce`. Sums are kept in double precision and rounded once; of int64 they are exact modulo 2^64.
 *
 * @throws ValueError for a sum or product that its integer dtype does not hold.
 */
export function reduce(
  program: Program,
  reducer: Reducer | ArgReducer,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
  params: readonly number[],
): void {
  if (output.count === 0) return;
  const plan = planOf(program);
  plan.setParams(params);
  if (output.count === 1 && reduceFlat(plan, reducer, inputs, shape, output)) return;
  const job = jobOf(plan, reducer, inputs, shape, axes, output);
  plan.useScratch();
  if (job.byColumns) reduceColumns(job);
  else reduceRows(job);
  plan.clear(inputs.length);
}

/** A reduction: the loops over what stays and over what is combined, and how. */
interface Job {
  readonly plan: Plan;
  readonly count: number;
  readonly kept: Loops;
  readonly gone: Loops;
  /** Offsets of the inputs and of the output. */
  readonly offsets: readonly number[];
  readonly out: Elements;
  /** Whether memory is denser along what stays: then a block of it is combined at a time. */
  readonly byColumns: boolean;
  readonly neutral: number;
  readonly acc: Float64Array;
  readonly places: Int32Array;
  /** Combines the `n` values that the plan has computed, the first of them at `place` among the combined. */
  merge(step: 0 | 1, n: number, place: number): void;
  result(i: number): number;
}

/** The stride of operand `i` in the innermost loop. */
const innerStride = (loops: Loops, i: number): number => loops.strides[i][loops.sizes.length - 1];

function loopsOf(
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
): { kept: Loops; gone: Loops } {
  const strides = inputs.map((x) => broadcastStrides(x, shape.length));
  const part = (reduced: boolean, extra: readonly (readonly number[])[]): Loops => {
    const dims = shape.map((_, d) => d).filter((d) => axes.includes(d) === reduced);
    const pick = (s: readonly number[]): number[] => dims.map((d) => s[d]);
    return mergeLoops(pick(shape), [...strides, ...extra].map(pick));
  };
  return { kept: part(false, [output.strides]), gone: part(true, []) };
}

function jobOf(
  plan: Plan,
  reducer: Reducer | ArgReducer,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
): Job {
  const { kept, gone } = loopsOf(inputs, shape, axes, output);
  inputs.forEach((x, i) => {
    plan.arrays[i] = x.buffer as Elements;
  });
  const isArg = reducer === 'argmin' || reducer === 'argmax';
  const { merge, start, accumulators } = combining(reducer, plan.program.outputs[0].dtype);
  const checked = mayLeave(reducer, output.dtype);
  const along = (loops: Loops): number =>
    inputs.reduce((total, _, i) => total + Math.abs(innerStride(loops, i)), 0);
  const keptLength = kept.sizes.at(-1) ?? 1;
  const goneLength = gone.sizes.at(-1) ?? 1;
  const byColumns = keptLength > 1 && (goneLength <= 1 || along(kept) < along(gone));
  const acc = accumulators(byColumns ? Math.min(BLOCK, keptLength) : 1);
  const places = new Int32Array(acc.length);
  const value = plan.outputs[0];
  return {
    plan,
    count: inputs.length,
    kept,
    gone,
    offsets: [...inputs.map((x) => x.offset), output.offset],
    out: output.buffer as Elements,
    byColumns,
    neutral: start,
    acc,
    places,
    merge: (step, n, place) => {
      const { arrays, positions, strides } = plan;
      merge(acc, 0, step, arrays[value], positions[value], strides[value], n, place, places);
    },
    result: (i) => {
      const combined = isArg ? places[i] : acc[i];
      return checked ? fitted(reducer, output.dtype, combined) : combined;
    },
  };
}

/** Blocks of a loop. */
function blocked(length: number, each: (start: number, n: number) => void): void {
  for (let start = 0; start < length; start += BLOCK) each(start, Math.min(BLOCK, length - start));
}

/** Combines a block of columns at a time, row by row. */
function reduceColumns({ plan, count, kept, gone, offsets, out, ...job }: Job): void {
  const inner = kept.sizes.length - 1;
  const stride = innerStride(kept, count);
  walk(kept, inner, offsets, (outer) => {
    blocked(kept.sizes[inner], (start, n) => {
      job.acc.fill(job.neutral);
      job.places.fill(0);
      const bases = outer.slice(0, count).map((at, i) => at + start * innerStride(kept, i));
      for (let i = 0; i < count; i++) plan.strides[i] = innerStride(kept, i);
      let place = 0;
      walk(gone, gone.sizes.length, bases, (at) => {
        for (let i = 0; i < count; i++) plan.positions[i] = at[i];
        plan.evaluate(n);
        job.merge(1, n, place++);
      });
      let p = outer[count] + start * stride;
      for (let i = 0; i < n; i++, p += stride) out[p] = job.result(i);
    });
  });
}

/** Combines one row after another. */
function reduceRows({ plan, count, kept, gone, offsets, out, ...job }: Job): void {
  const inner = gone.sizes.length - 1;
  const bases = offsets.slice(0, count);
  for (let i = 0; i < count; i++) plan.strides[i] = innerStride(gone, i);
  walk(kept, kept.sizes.length, offsets, (outer) => {
    job.acc[0] = job.neutral;
    job.places[0] = 0;
    for (let i = 0; i < count; i++) bases[i] = outer[i];
    let place = 0;
    walk(gone, inner, bases, (at) => {
      blocked(gone.sizes[inner], (start, n) => {
        for (let i = 0; i < count; i++) plan.positions[i] = at[i] + start * plan.strides[i];
        plan.evaluate(n);
        job.merge(0, n, place);
        place += n;
      });
    });
    out[outer[count]] = job.result(0);
  });
}

const single = new Float64Array(1);
const wholeSingle = new BigInt64Array(1) as unknown as Float64Array;
const singlePlace = new Int32Array(1);

/** The common case of dense inputs reduced to one element, without any bookkeeping. */
function reduceFlat(
  plan: Plan,
  reducer: Reducer | ArgReducer,
  inputs: readonly View[],
  shape: readonly number[],
  output: View,
): boolean {
  let length = 1;
  for (let d = 0; d < shape.length; d++) length *= shape[d];
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    if (x.count !== 1 && (x.count !== length || !x.dense)) return false;
  }
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    plan.arrays[i] = x.buffer as Elements;
    plan.positions[i] = x.offset;
    plan.strides[i] = x.count === 1 ? 0 : 1;
  }
  plan.useScratch();
  const value = plan.outputs[0];
  const { dtype } = plan.program.outputs[0];
  const wide = dtype === 'int64';
  const merge = wide ? whole[reducer] : combine[reducer];
  const acc = wide ? wholeSingle : single;
  acc[0] = wide ? (wholeNeutral[reducer] as unknown as number) : neutral[reducer];
  singlePlace[0] = 0;
  for (let start = 0; start < length; start += BLOCK) {
    const n = Math.min(BLOCK, length - start);
    plan.evaluate(n);
    merge(
      acc,
      0,
      0,
      plan.arrays[value],
      plan.positions[value],
      plan.strides[value],
      n,
      start,
      singlePlace,
    );
    for (let i = 0; i < inputs.length; i++) {
      plan.positions[i] = plan.positions[i] + n * plan.strides[i];
    }
  }
  const isArg = reducer === 'argmin' || reducer === 'argmax';
  const result = isArg ? singlePlace[0] : acc[0];
  (output.buffer as Elements)[output.offset] = mayLeave(reducer, output.dtype)
    ? fitted(reducer, output.dtype, result)
    : result;
  plan.clear(inputs.length);
  return true;
}
