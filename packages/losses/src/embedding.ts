// Losses between vectors: cosine similarity, ranking, triplets.
import {
  add,
  alsoSaving,
  callable,
  clamp,
  DTypeError,
  div,
  eq,
  expand,
  type GivenTo,
  IndexError,
  inFloat32,
  isFloat,
  kinds,
  lt,
  minimum,
  mul,
  need,
  neg,
  norm,
  promoteTypes,
  ShapeError,
  scalar as s,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  takes,
  ternary,
  ValueError,
  where,
  zerosLike,
} from '@dl/core/functional';
import { reductionKind } from './arguments.js';
import { type LossOptions, type Reduction, reduce } from './reduction.js';

const show = (x: Tensor): string => `[${x.shape.join(', ')}]`;

function cosineSimilarityOf(
  a: Tensor,
  b: Tensor,
  options: { dim?: number; eps?: number } = {},
): Tensor {
  const { dim = 1, eps = 1e-8 } = options;
  const rank = Math.max(a.ndim, b.ndim);
  if (dim < -rank || dim >= rank) {
    throw new IndexError(
      `cosineSimilarity: dim ${dim} is out of range for tensors of shapes ${show(a)} and ${show(b)}${a.ndim === 1 && b.ndim === 1 ? '; for two vectors pass { dim: 0 }' : ''}`,
    );
  }
  // PyTorch broadcasts first, so a scalar tensor takes part in dtype promotion.
  const type = promoteTypes(a.dtype, b.dtype);
  if (!isFloat(type)) {
    throw new DTypeError(
      `cosineSimilarity: x1 and x2 must be floating-point, got ${a.dtype} and ${b.dtype}; use x.to('float32')`,
    );
  }
  const out = inFloat32([a.to(type), b.to(type)], (x, y) => cosine(x, y, dim, eps));
  return alsoSaving(out, ...[a, b].filter((x) => x.requiresGrad));
}

function cosine(a: Tensor, b: Tensor, dim: number, eps: number): Tensor {
  const rank = Math.max(a.ndim, b.ndim);
  const d = dim < 0 ? dim + rank : dim;
  const sizes = (x: Tensor): number[] => [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const size = Math.max(sizes(a)[d] ?? 1, sizes(b)[d] ?? 1);
  // A vector may be broadcast along the other's dimension, before its norm is computed.
  const [x, y] = [a, b].map((v) =>
    expand(
      v,
      sizes(v).map((n, i) => (i === d && n === 1 ? size : n)),
    ),
  ) as [Tensor, Tensor];
  const length = (v: Tensor): Tensor => {
    const plain = norm(v, 2, d, { keepdim: true });
    // As in PyTorch, the bound changes the value, and the gradient is that of the norm.
    const bounded = add(plain, sub(eps, plain.detach()));
    return where(lt(plain.detach(), eps), bounded, plain);
  };
  return sum(mul(div(x, length(x)), div(y, length(y))), d);
}

/**
 * The cosine similarity of vectors along a dimension (PyTorch: `F.cosine_similarity`).
 *
 * @param options `dim` (default 1); `eps` (default 1e-8), a lower bound of the norms.
 * @throws ShapeError if the shapes do not broadcast.
 * @example cosineSimilarity(tensor([[1, 0]]), tensor([[1, 1]])) // tensor([0.7071])
 */
export const cosineSimilarity = /*#__PURE__*/ callable(
  'cosineSimilarity',
  cosineSimilarityOf,
  [/*#__PURE__*/ need('x1', kinds.tensor), /*#__PURE__*/ need('x2', kinds.tensor)],
  { dim: kinds.integer, eps: kinds.number },
);

/** Options of `pairwiseDistance`. */
export interface PairwiseDistanceOptions {
  /** The order of the norm. Default: 2. */
  p?: number;
  /** Added to every difference. Default: 1e-6. */
  eps?: number;
  /** Keep the last dimension with size 1. Default: false. */
  keepdim?: boolean;
}

function pairwiseDistanceOf(a: Tensor, b: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  const out = inFloat32([a, b], (x, y) => norm(add(sub(x, y), eps), p, -1, { keepdim }));
  return alsoSaving(out, out);
}

/**
 * The p-norm of the difference of vectors along the last dimension (PyTorch: `F.pairwise_distance`).
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]])) // tensor([5.0000])
 */
export const pairwiseDistance = /*#__PURE__*/ callable(
  'pairwiseDistance',
  pairwiseDistanceOf,
  [/*#__PURE__*/ need('x1', kinds.tensor), /*#__PURE__*/ need('x2', kinds.tensor)],
  { p: kinds.number, eps: kinds.number, keepdim: kinds.boolean },
);

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** How far apart dissimilar inputs should be. */
  margin?: number;
}

const marginKinds = { margin: kinds.number, reduction: reductionKind };

/** Two inputs and the target that relates them. */
const compared = [
  /*#__PURE__*/ need('input1', kinds.tensor),
  /*#__PURE__*/ need('input2', kinds.tensor),
  /*#__PURE__*/ need('target', kinds.tensor),
] as const;

/** Whether these sizes of one dimension are equal or 1. */
const repeats = (sizes: readonly (number | undefined)[]): boolean =>
  new Set(sizes.filter((n) => n !== 1)).size <= 1;

function cosineEmbeddingLossOf(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { reduction = 'mean' } = options;
  const { margin = 0 } = options;
  const all = [input1, input2, target];
  const vectors = target.ndim + 1;
  if (
    target.ndim > 1 ||
    input1.ndim !== vectors ||
    input2.ndim !== vectors ||
    !repeats([input1, input2].map((x) => x.shape.at(-1))) ||
    (target.ndim === 1 && !repeats(all.map((x) => x.shape[0])))
  ) {
    throw new ShapeError(
      `cosineEmbeddingLoss: inputs of shapes ${show(input1)} and ${show(input2)} and a target of shape ${show(target)} do not match; ` +
        'expected [n, d], [n, d] and [n], or [d], [d] and a scalar',
    );
  }
  return inFloat32([input1, input2], (x, y) => embeddingLoss(x, y, target, margin, reduction));
}

function embeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin: number,
  reduction: Reduction,
): Tensor {
  // PyTorch adds its epsilon inside the square root.
  const EPS = 1e-12;
  const products = sum(mul(input1, input2), -1);
  const size = (x: Tensor): Tensor => add(sum(square(x), -1), EPS);
  const cosine = div(products, sqrt(mul(size(input1), size(input2))));
  const zero = zerosLike(cosine);
  const together = where(eq(target, 1), add(mul(cosine, -1), 1), zero);
  const apart = where(eq(target, -1), clamp(sub(cosine, margin), 0), zero);
  return reduce(add(together, apart), reduction);
}

/**
 * `1 - cos` for similar vectors (target 1), and `max(0, cos - margin)` for
 * dissimilar ones (target -1) (PyTorch: `F.cosine_embedding_loss`).
 *
 * @param input1, input2 `[n, d]` or `[d]`.
 * @param target 1 or -1, `[n]` or a scalar; sizes of 1 broadcast, in the inputs too.
 * @param options `margin` (default 0), from -1 to 1.
 * @throws ShapeError if the shapes do not fit.
 * @example cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 1]]), tensor([1])) // tensor(1.)
 */
export const cosineEmbeddingLoss = /*#__PURE__*/ callable(
  'cosineEmbeddingLoss',
  cosineEmbeddingLossOf,
  compared,
  marginKinds,
);

// The operands are the difference and the negated target. Neither belongs to the caller, who may change the originals.
const ranking = /*#__PURE__*/ ternary('marginRankingLoss', {
  keeps: { compares: true },
  expr: (difference, opposite, margin) => s.max(s.add(s.mul(opposite, difference), margin), 0),
  vjp: (g, [difference, opposite, margin]) => {
    type Expr = NonNullable<typeof difference>;
    const [d, t, m] = [difference, opposite, margin] as [Expr, Expr, Expr];
    const active = s.ge(s.add(s.mul(t, d), m), 0);
    return [s.select(active, s.mul(g, t), 0), s.select(active, s.mul(g, d), 0), null];
  },
});

function marginRankingLossOf(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { reduction = 'mean' } = options;
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `marginRankingLoss: all tensors must have the same number of dimensions, got shapes ${show(input1)}, ${show(input2)} and ${show(target)}`,
    );
  }
  return inFloat32([input1, input2, target], (x, y, order) => {
    const each = ranking(sub(x, y), neg(order), options.margin ?? 0);
    // In PyTorch, the loss of integers is float32.
    return reduce(isFloat(each.dtype) ? each : each.to('float32'), reduction);
  });
}

/**
 * `max(0, -target · (input1 - input2) + margin)`: the first input should be larger where the target is 1, smaller
 * where it is -1 (PyTorch: `F.margin_ranking_loss`).
 *
 * @param options `margin` (default 0).
 * @throws ShapeError if the numbers of dimensions differ.
 * @example marginRankingLoss(tensor([1]), tensor([3]), tensor([1])) // tensor(2.)
 */
export const marginRankingLoss = /*#__PURE__*/ callable(
  'marginRankingLoss',
  marginRankingLossOf,
  compared,
  marginKinds,
);

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions extends MarginOptions {
  /** The order of the norm. Default: 2. */
  p?: number;
  /** Added to every difference. Default: 1e-6. */
  eps?: number;
  /** Use the distance between positive and negative if it is smaller than that of anchor and negative. Default: false. */
  swap?: boolean;
}

const tripletKinds = {
  margin: kinds.number,
  p: kinds.number,
  eps: kinds.number,
  swap: kinds.boolean,
  reduction: reductionKind,
};

const triplet = [
  /*#__PURE__*/ need('anchor', kinds.tensor),
  /*#__PURE__*/ need('positive', kinds.tensor),
  /*#__PURE__*/ need('negative', kinds.tensor),
] as const;

function tripletMarginLossOf(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor {
  const { reduction = 'mean' } = options;
  const { margin = 1, p = 2, eps = 1e-6, swap = false } = options;
  if (!(margin > 0)) {
    throw new ValueError(`tripletMarginLoss: margin must be greater than 0, got ${margin}`);
  }
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
    throw new ShapeError(
      `tripletMarginLoss: anchor, positive and negative must have the same number of dimensions, got shapes ${show(anchor)}, ${show(positive)} and ${show(negative)}`,
    );
  }
  return inFloat32([anchor, positive, negative], (a, b, c) => {
    const near = pairwiseDistanceOf(a, b, { p, eps });
    const direct = pairwiseDistanceOf(a, c, { p, eps });
    const far = swap ? minimum(direct, pairwiseDistanceOf(b, c, { p, eps })) : direct;
    return reduce(clamp(sub(add(near, margin), far), 0), reduction);
  });
}

/**
 * `max(0, d(anchor, positive) - d(anchor, negative) + margin)` (PyTorch:
 * `F.triplet_margin_loss`; Balntas et al. 2016).
 *
 * @param anchor, positive, negative `[n, d]` or `[d]`.
 * @param options `margin` (default 1); `p` (default 2); `swap` (default false).
 * @throws ShapeError if the numbers of dimensions differ; ValueError unless the margin is positive.
 * @example tripletMarginLoss(anchor, positive, negative, { margin: 0.5 })
 */
export const tripletMarginLoss = /*#__PURE__*/ callable(
  'tripletMarginLoss',
  tripletMarginLossOf,
  triplet,
  tripletKinds,
);

const cosineLoss = /*#__PURE__*/ takes<[options?: MarginOptions]>()(
  'CosineEmbeddingLoss',
  [],
  marginKinds,
);
const cosineLossForward = /*#__PURE__*/ takes<[input1: Tensor, input2: Tensor, target: Tensor]>()(
  'CosineEmbeddingLoss.forward',
  compared,
  {},
);

/**
 * `cosineEmbeddingLoss` as a class (PyTorch: `nn.CosineEmbeddingLoss`).
 *
 * @example new CosineEmbeddingLoss({ margin: 0.2 }).forward(a, b, target)
 */
export class CosineEmbeddingLoss {
  readonly reduction: Reduction;
  readonly margin: number;

  constructor(...given: GivenTo<typeof cosineLoss>) {
    const [options = {}] = cosineLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.margin = options.margin ?? 0;
  }

  /** Computes the loss of pairs of vectors; `target` says which are similar. */
  forward(...given: GivenTo<typeof cosineLossForward>): Tensor {
    const [input1, input2, target] = cosineLossForward.take(given);
    const { reduction, margin } = this;
    return cosineEmbeddingLoss(input1, input2, target, { reduction, margin });
  }

  toString(): string {
    return 'CosineEmbeddingLoss()';
  }
}

const rankingLoss = /*#__PURE__*/ takes<[options?: MarginOptions]>()(
  'MarginRankingLoss',
  [],
  marginKinds,
);
const rankingLossForward = /*#__PURE__*/ takes<[input1: Tensor, input2: Tensor, target: Tensor]>()(
  'MarginRankingLoss.forward',
  compared,
  {},
);

/**
 * `marginRankingLoss` as a class (PyTorch: `nn.MarginRankingLoss`).
 *
 * @example new MarginRankingLoss({ margin: 1 }).forward(a, b, target)
 */
export class MarginRankingLoss {
  readonly reduction: Reduction;
  readonly margin: number;

  constructor(...given: GivenTo<typeof rankingLoss>) {
    const [options = {}] = rankingLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.margin = options.margin ?? 0;
  }

  /** Computes the loss of pairs of scores; `target` gives their order. */
  forward(...given: GivenTo<typeof rankingLossForward>): Tensor {
    const [input1, input2, target] = rankingLossForward.take(given);
    const { reduction, margin } = this;
    return marginRankingLoss(input1, input2, target, { reduction, margin });
  }

  toString(): string {
    return 'MarginRankingLoss()';
  }
}

const tripletLoss = /*#__PURE__*/ takes<[options?: TripletMarginLossOptions]>()(
  'TripletMarginLoss',
  [],
  tripletKinds,
);
const tripletLossForward = /*#__PURE__*/ takes<
  [anchor: Tensor, positive: Tensor, negative: Tensor]
>()('TripletMarginLoss.forward', triplet, {});

/**
 * `tripletMarginLoss` as a class (PyTorch: `nn.TripletMarginLoss`).
 *
 * @example new TripletMarginLoss({ margin: 0.5 }).forward(anchor, positive, negative)
 */
export class TripletMarginLoss {
  private readonly options: TripletMarginLossOptions;

  constructor(...given: GivenTo<typeof tripletLoss>) {
    const [options = {}] = tripletLoss.take(given);
    this.options = options;
  }

  /** Computes the loss of anchors with respect to positive and negative examples. */
  forward(...given: GivenTo<typeof tripletLossForward>): Tensor {
    const [anchor, positive, negative] = tripletLossForward.take(given);
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }

  toString(): string {
    return 'TripletMarginLoss()';
  }
}
