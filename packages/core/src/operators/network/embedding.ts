// Embedding: rows of a table by index.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { isFloat } from '../../dtype.js';
import { DTypeError, ShapeError, ValueError } from '../../errors.js';
import { show } from '../../shape.js';
import { checkTensor, Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { ones, zeros } from '../create/zeros-ones-full.js';
import { add, div, mul } from '../elementwise/arithmetic.js';
import { eq, gt, maskedFill, where } from '../elementwise/compare.js';
import { changeBy, gatherOf, scatterAdd } from '../index/gather-scatter.js';
import { axisOf, gatherBy, type IndexPlan, indexTensor } from '../machinery/index-plan.js';
import { record } from '../machinery/record.js';
import { norm } from '../reduce/norm.js';
import { reshapeOf } from '../view/views.js';

/** Options of `embedding`. */
export interface EmbeddingCallOptions {
  /** The index of a row that gets no gradient; a negative one counts from the end. */
  paddingIdx?: number | null;
  /** Rows that are used and whose norm is larger are first scaled down to this norm, in place. */
  maxNorm?: number | null;
  /** The p of the norm that `maxNorm` limits. Default: 2. */
  normType?: number;
  /** Divide the gradient of each row by the number of times its index occurs. Default: false. */
  scaleGradByFreq?: boolean;
  /** Must be false: sparse gradients are not supported. */
  sparse?: boolean;
}

/**
 * Throws for options that are invalid for a table with this many rows; returns `paddingIdx` counted from the start.
 *
 * @internal Layers use it too.
 */
export function checkEmbedding(
  operator: string,
  rows: number,
  options: EmbeddingCallOptions,
): number | null {
  const { maxNorm = null, sparse = false, paddingIdx = null } = options;
  if (maxNorm !== null && !(maxNorm >= 0)) {
    throw new ValueError(`${operator}: maxNorm must not be negative, got ${maxNorm}`);
  }
  if (sparse) {
    throw new ValueError(
      `${operator}: sparse gradients are not supported; leave sparse out, and the gradient is dense`,
    );
  }
  if (paddingIdx === null) return null;
  if (paddingIdx < -rows || paddingIdx >= rows) {
    throw new ValueError(
      `${operator}: paddingIdx must be the index of one of the ${rows} rows, got ${paddingIdx}`,
    );
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

function embeddingOf(index: Tensor, weight: Tensor, options: EmbeddingCallOptions = {}): Tensor {
  checkTensor('embedding', weight);
  if (weight.ndim !== 2) {
    throw new ShapeError(`embedding: weight must be a matrix, got shape ${show(weight.shape)}`);
  }
  const [count, width] = weight.shape as readonly [number, number];
  const padding = checkEmbedding('embedding', count, options);
  const positions = indexTensor('embedding', index, count);
  const spaced = reshapeOf(positions, [...positions.shape, 1]);
  const plan: IndexPlan = {
    shape: [...positions.shape, width],
    walks: [...positions.shape.map(() => -1), 1],
    axes: [axisOf(0, index, positions, spaced)],
  };
  const { maxNorm = null, normType = 2 } = options;
  if (maxNorm !== null && !isFloat(weight.dtype)) {
    throw new DTypeError(
      `embedding: maxNorm needs a floating-point weight, got ${weight.dtype}; use weight.to('float32')`,
    );
  }
  if (maxNorm !== null && positions.count > 0) {
    unrecorded(() => limitRows(weight.detach(), plan, maxNorm, normType));
  }
  const out = gatherBy('embedding', weight, plan);
  if (padding === null && options.scaleGradByFreq !== true) return out;
  // The same elements; their gradient is changed on its way to the rows.
  const factor = options.scaleGradByFreq === true ? rarity(spaced, count, weight) : null;
  const passed = new Tensor(out.storage, out.shape, out.strides, out.offset);
  const saved = factor === null ? [spaced] : [spaced, factor];
  return record('embedding', passed, [out], scaledBack, saved, {
    padding,
    scaled: factor !== null,
  });
}

const scaledBack: Backward = (node, [g]) => {
  const { padding, scaled } = node.context as { padding: number | null; scaled: boolean };
  const gradient = g as Tensor;
  const fair = scaled ? mul(gradient, cast(node.savedTensor(1), gradient.dtype)) : gradient;
  return [padding === null ? fair : maskedFill(fair, eq(node.savedTensor(0), padding), 0)];
};

/** For each index, one divided by the number of times it occurs. */
function rarity(spaced: Tensor, count: number, { device }: Tensor): Tensor {
  return unrecorded(() => {
    const flat = reshapeOf(spaced, [spaced.count]);
    const counts = scatterAdd(
      zeros([count], { device }),
      0,
      flat,
      ones([spaced.count], { device }),
    );
    return reshapeOf(div(1, gatherOf(counts, 0, flat)), spaced.shape);
  });
}

/** Scales the rows at the indices down to at most this norm. */
function limitRows(weight: Tensor, plan: IndexPlan, maxNorm: number, normType: number): void {
  const rows = gatherBy('embedding', weight, plan);
  const size = cast(norm(rows, normType, -1, { keepdim: true }), 'float32');
  // As in PyTorch: slightly below the limit, so that a row is not scaled twice.
  const limited = mul(rows, cast(div(maxNorm, add(size, 1e-7)), rows.dtype));
  changeBy('embedding', weight, plan, where(gt(size, maxNorm), limited, rows), 'set');
}

/**
 * The rows of a table at the given indices (PyTorch: `F.embedding`). The result has shape `[…, width]`.
 *
 * @param index integers of any shape.
 * @param weight `[count, width]`
 * @throws IndexError for an index out of range; ValueError for `sparse`.
 * @example embedding(tensor([1, 0], { dtype: 'int32' }), tensor([[1, 2], [3, 4]])) // tensor([[3., 4.], [1., 2.]])
 */
export const embedding = /*#__PURE__*/ callable(
  'embedding',
  embeddingOf,
  [/*#__PURE__*/ need('index', kinds.tensor), /*#__PURE__*/ need('weight', kinds.tensor)],
  {
    paddingIdx: /*#__PURE__*/ kinds.orNull(kinds.integer),
    maxNorm: /*#__PURE__*/ kinds.orNull(kinds.number),
    normType: kinds.number,
    scaleGradByFreq: kinds.boolean,
    sparse: kinds.boolean,
  },
);
