// Work along one axis: cumulative reductions and sorting.
import { fitted, holds } from '../../integers.js';
import type { Reducer, View } from '../contract.js';
import { type Loops, mergeLoops, walk } from '../loops.js';
import type { Elements } from './kernels.js';

/** Calls `visit` with the start of every line along `axis`, for each view. */
function lines(
  views: readonly View[],
  axis: number,
  visit: (starts: readonly number[]) => void,
): void {
  const without = (xs: readonly number[]): number[] => xs.filter((_, d) => d !== axis);
  const loops: Loops = mergeLoops(
    without(views[0].shape),
    views.map((v) => without(v.strides)),
  );
  walk(
    loops,
    loops.sizes.length,
    views.map((v) => v.offset),
    visit,
  );
}

// Once NaN occurs, it stays.
const combine = {
  sum: (a, b) => a + b,
  prod: (a, b) => a * b,
  min: (a, b) => (b < a || Number.isNaN(b) ? b : a),
  max: (a, b) => (b > a || Number.isNaN(b) ? b : a),
} satisfies Record<Reducer, (a: number, b: number) => number>;

// 64-bit integers are bigints, which the loops' types do not show.
const wrap = (x: number): number => BigInt.asIntN(64, x as unknown as bigint) as unknown as number;
const whole = {
  sum: (a: number, b: number) => wrap(a + b),
  prod: (a: number, b: number) => wrap(a * b),
};

/**
 * See `Backend.scan`. Cumulative sums and products of int64 are exact modulo 2^64.
 *
 * @throws ValueError for a cumulative sum or product that does not fit its integer dtype.
 */
export function scan(reducer: Reducer, input: View, axis: number, output: View): void {
  if (output.count === 0) return;
  const from = input.buffer as Elements;
  const to = output.buffer as Elements;
  const { dtype } = output;
  const next = (dtype === 'int64' && (reducer === 'sum' || reducer === 'prod') ? whole : combine)[
    reducer as 'sum'
  ];
  const checked =
    (reducer === 'sum' || reducer === 'prod') && (dtype === 'int32' || dtype === 'uint8');
  const name = reducer === 'sum' ? 'cumsum' : 'cumprod';
  const n = input.shape[axis];
  const [step, outStep] = [input.strides[axis], output.strides[axis]];
  lines([input, output], axis, ([p, q]) => {
    let [at, outAt] = [p, q];
    let sofar = from[at];
    to[outAt] = sofar;
    for (let i = 1; i < n; i++) {
      at += step;
      outAt += outStep;
      sofar = next(sofar, from[at]);
      if (checked && !holds(dtype, sofar)) sofar = fitted(name, dtype, sofar);
      to[outAt] = sofar;
    }
  });
}

/** See `Backend.sort`. */
export function sort(
  input: View,
  axis: number,
  descending: boolean,
  values: View | null,
  indices: View | null,
): void {
  if (input.count === 0) return;
  const from = input.buffer as Elements;
  const n = input.shape[axis];
  const step = input.strides[axis];
  const line = new Array<number>(n);
  const order = new Int32Array(n);
  // NaN is the largest; equal values keep their order in both directions.
  const ascend = (i: number, j: number): number => {
    const [x, y] = [line[i], line[j]];
    if (x < y) return -1;
    if (x > y) return 1;
    const [nx, ny] = [Number.isNaN(x), Number.isNaN(y)];
    return nx === ny ? i - j : nx ? 1 : -1;
  };
  const descend = (i: number, j: number): number => {
    const [x, y] = [line[i], line[j]];
    if (x > y) return -1;
    if (x < y) return 1;
    const [nx, ny] = [Number.isNaN(x), Number.isNaN(y)];
    return nx === ny ? i - j : nx ? -1 : 1;
  };
  const views = [input, ...(values ? [values] : []), ...(indices ? [indices] : [])];
  lines(views, axis, (starts) => {
    for (let i = 0; i < n; i++) {
      line[i] = from[starts[0] + i * step];
      order[i] = i;
    }
    order.sort(descending ? descend : ascend);
    let k = 1;
    if (values !== null) {
      const start = starts[k++];
      const stride = values.strides[axis];
      for (let i = 0; i < n; i++) {
        (values.buffer as Elements)[start + i * stride] = line[order[i]];
      }
    }
    if (indices !== null) {
      const start = starts[k];
      const stride = indices.strides[axis];
      for (let i = 0; i < n; i++) {
        (indices.buffer as Elements)[start + i * stride] = order[i];
      }
    }
  });
}
