// Scatter with a reduction: sums, products, means, minima and maxima of elements with the same index.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { type DType, isFloat } from '../../dtype.js';
import { highestOf, lowestOf } from '../../integers.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { onesLike, zerosLike } from '../create/zeros-ones-full.js';
import { add, clamp, div, mul } from '../elementwise/arithmetic.js';
import { eq, logicalAnd, where } from '../elementwise/compare.js';
import { alsoSaving, record } from '../machinery/record.js';
import { combineBy, gather, scatter, scatterAdd } from './gather-scatter.js';

/** How elements with the same index are combined. */
export type ScatterReduction = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

/** The initial value of an element before anything is combined into it. */
const neutral = {
  sum: () => 0,
  mean: () => 0,
  prod: () => 1,
  amax: lowestOf,
  amin: highestOf,
} satisfies Record<ScatterReduction, (dtype: DType) => number>;

interface ReduceContext {
  readonly dim: number;
  readonly includeSelf: boolean;
}

/** PyTorch saves the tensor, the source and the result, whatever the reduction. */
function scatterReduceOf(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options: { includeSelf?: boolean } = {},
): Tensor {
  const out = combined(x, dim, index, source, reduce, options);
  return alsoSaving(out, x, source, out);
}

function combined(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options: { includeSelf?: boolean },
): Tensor {
  checkTensor('scatterReduce', x);
  checkTensor('scatterReduce', source);
  const includeSelf = options.includeSelf ?? true;
  const self = includeSelf ? x : scatter(x, dim, index, neutral[reduce](x.dtype));
  if (reduce === 'sum') return scatterAdd(self, dim, index, source);
  if (reduce === 'mean') {
    const total = scatterAdd(self, dim, index, source);
    const own = includeSelf ? onesLike(x) : scatter(onesLike(x), dim, index, 0);
    const counts = scatterAdd(own, dim, index, onesLike(source));
    // PyTorch rounds means of integers down.
    return div(total, clamp(counts, 1), { roundingMode: isFloat(x.dtype) ? null : 'floor' });
  }
  const reducer = reduce === 'prod' ? 'prod' : reduce === 'amax' ? 'max' : 'min';
  const out = combineBy(
    'scatterReduce',
    self.detach().clone(),
    dim,
    index,
    source.detach(),
    reducer,
  );
  const context: ReduceContext = { dim, includeSelf };
  const [of, backward] = reduce === 'prod' ? [self, productBack] : [x, extremeBack];
  return record('scatterReduce', out, [of, source], backward, [of, source, out, index], context);
}

/**
 * A copy with elements of `source` combined at positions along a dimension (PyTorch: `torch.scatter_reduce`).
 *
 * @param reduce `'sum'`, `'prod'`, `'mean'`, `'amax'` or `'amin'`.
 * @param options `includeSelf`: whether the tensor's own elements take part; default: true.
 * @throws IndexError for an index out of range.
 * @example scatterReduce(zeros([2]), 0, tensor([0, 0], { dtype: 'int32' }), tensor([1, 2]), 'amax') // tensor([2., 0.])
 */
export const scatterReduce = /*#__PURE__*/ callable(
  'scatterReduce',
  scatterReduceOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('dim', kinds.integer),
    /*#__PURE__*/ need('index', kinds.tensor),
    /*#__PURE__*/ need('src', kinds.tensor),
    /*#__PURE__*/ need('reduce', /*#__PURE__*/ kinds.oneOf('sum', 'prod', 'mean', 'amax', 'amin')),
  ],
  { includeSelf: kinds.boolean },
);

// Equal minima or maxima share the gradient; as in PyTorch also with elements that `includeSelf: false` excludes, whose
// share is lost.
const extremeBack: Backward = (node, [g]) => {
  const { dim, includeSelf } = node.context as ReduceContext;
  const [x, source, out, index] = node.savedTensors() as [Tensor, Tensor, Tensor, Tensor];
  const mine = cast(eq(x, out), x.dtype);
  const theirs = cast(eq(source, gather(out, dim, index)), x.dtype);
  const share = div(g as Tensor, scatterAdd(mine, dim, index, theirs));
  const own = mul(share, mine);
  return [includeSelf ? own : scatter(own, dim, index, 0), mul(gather(share, dim, index), theirs)];
};

// The product of the others: the whole divided by the factor, or, if a factor is the only zero, the product without it.
const productBack: Backward = (node, [g]) => {
  const { dim } = node.context as ReduceContext;
  const [x, source, out, index] = node.savedTensors() as [Tensor, Tensor, Tensor, Tensor];
  const up = g as Tensor;
  const one = zerosLike(source);
  const isZero = eq(source, 0);
  const zeros = gather(
    scatterAdd(cast(eq(x, 0), x.dtype), dim, index, cast(isZero, x.dtype)),
    dim,
    index,
  );
  const only = logicalAnd(isZero, eq(zeros, 1));
  const filled = scatterReduce(x, dim, index, where(only, add(one, 1), source), 'prod');
  const ofSource = where(
    only,
    gather(mul(up, filled), dim, index),
    div(gather(mul(up, out), dim, index), where(isZero, 1, source)),
  );
  const rest = scatterReduce(onesLike(x), dim, index, source, 'prod');
  return [mul(up, rest), ofSource];
};
