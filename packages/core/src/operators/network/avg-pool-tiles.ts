// Average pooling for windows that lie side by side: one map that reads every position of a tile.
import { unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { type DType, dtypes, isFloat } from '../../dtype.js';
import { cast as castExpr, input, param } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { div } from '../elementwise/arithmetic.js';
import { Case } from '../machinery/elementwise-case.js';
import { expandTo, runMap } from '../machinery/map-reduce.js';
import { record } from '../machinery/record.js';
import { sum } from '../reduce/sum-mean.js';
import { unflatten } from '../view/movedim-unfold.js';
import { narrow, reshape, select, unsqueeze } from '../view/views.js';
import { padConstant } from './pad.js';

/** The sizes of a pooling operation: one number for each spatial dimension. */
export interface PoolGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly out: readonly number[];
  /** Padding after the end that completes the last window. */
  readonly after: readonly number[];
}

/** Whether the windows lie side by side without any padding. */
export const isTiling = (g: PoolGeometry): boolean =>
  g.kernel.every((k, i) => k === g.stride[i] && g.padding[i] === 0 && g.after[i] === 0);

/** The dimensions from `lead` on split into tiles: `[…, out0, kernel0, out1, kernel1, …]`. */
function tiled(x: Tensor, g: PoolGeometry, lead: number): Tensor {
  let out = x;
  g.kernel.forEach((k, i) => {
    const used = g.out[i] * k;
    if (used !== x.shape[lead + i]) out = narrow(out, lead + i, 0, used);
  });
  g.kernel.forEach((k, i) => {
    out = unflatten(out, lead + 2 * i, [g.out[i], k]);
  });
  return out;
}

/** The maximum number of elements per tile that become inputs of one program. */
const FEW = 16;
const means = new Map<string, Case>();

/** The program that sums `count` inputs and divides by a number. */
function meanOf(dtype: DType, count: number): Case {
  const key = `${dtype} ${count}`;
  let found = means.get(key);
  if (found === undefined) {
    const wide = dtypes[dtype].compute;
    const terms = Array.from({ length: count }, (_, i) => castExpr(input(i, dtype), wide));
    const total = terms.reduce((a, b) => s.add(a, b));
    const mean = castExpr(s.div(total, param(0, wide)), dtype);
    found = new Case('avgPool', mean, new Array<DType>(count).fill(dtype), [wide]);
    means.set(key, found);
  }
  return found;
}

/** Means of tiles. */
export function tileMeans(x: Tensor, g: PoolGeometry, override: number | null): Tensor {
  const lead = x.ndim - g.kernel.length;
  const count = g.kernel.reduce((n, k) => n * k, 1);
  const divisor = override ?? count;
  if (count > FEW || !isFloat(x.dtype)) {
    return div(
      sum(
        tiled(x, g, lead),
        g.kernel.map((_, i) => lead + 2 * i + 1),
      ),
      divisor,
    );
  }
  // Each position in a tile is a separate view, and an input of the program.
  let places = [tiled(x.detach(), g, lead)];
  for (let i = g.kernel.length - 1; i >= 0; i--) {
    const d = lead + 2 * i + 1;
    places = places.flatMap((v) => Array.from({ length: g.kernel[i] }, (_, k) => select(v, d, k)));
  }
  const out = unrecorded(() => runMap(meanOf(x.dtype, count), places, [divisor]));
  return record('avgPool', out, [x], tileBack, [], { g, divisor, shape: x.shape });
}

const tileBack: Backward = (node, [grad]) => {
  const { g, divisor, shape } = node.context as {
    g: PoolGeometry;
    divisor: number;
    shape: Shape;
  };
  const lead = shape.length - g.kernel.length;
  let share = div(grad as Tensor, divisor);
  const full: number[] = shape.slice(0, lead);
  g.kernel.forEach((k, i) => {
    share = unsqueeze(share, lead + 2 * i + 1);
    full.push(g.out[i], k);
  });
  const used = g.kernel.map((k, i) => k * g.out[i]);
  const spread = reshape(expandTo(share, full), [...shape.slice(0, lead), ...used]);
  const rest = used.map((n, i) => shape[lead + i] - n);
  if (rest.every((n) => n === 0)) return [spread];
  const before = new Array<number>(shape.length).fill(0);
  return [padConstant(spread, before, [...before.slice(0, lead), ...rest], 0)];
};
