// Losses between vectors: similarity, ranking, triplets.
import {
  add,
  clamp,
  div,
  eq,
  inFloat32,
  isFloat,
  minimum,
  mul,
  norm,
  ShapeError,
  scalar as s,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  ternary,
  ValueError,
  where,
  zerosLike,
} from '@dl/core/functional';
import { checkReduction, type LossOptions, type Reduction, reduce } from './reduction.js';

const show = (x: Tensor): string => `[${x.shape.join(', ')}]`;

/**
 * The cosine of the angle between vectors along a dimension (PyTorch: `F.cosine_similarity`).
 *
 * @param options `dim`: 1; `eps`: 1e-8, the least length that counts.
 * @throws ShapeError if the shapes do not broadcast.
 * @example cosineSimilarity(tensor([[1, 0]]), tensor([[1, 1]])) // tensor([0.7071])
 */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  options: { dim?: number; eps?: number } = {},
): Tensor {
  return inFloat32([a, b], (x, y) => cosine(x, y, options));
}

function cosine(a: Tensor, b: Tensor, options: { dim?: number; eps?: number }): Tensor {
  const { dim = 1, eps = 1e-8 } = options;
  const length = (x: Tensor): Tensor => {
    const plain = norm(x, 2, dim, { keepdim: true });
    // As PyTorch: the bound changes the value, the gradient is that of the length.
    return add(plain, sub(clamp(plain.detach(), eps), plain.detach()));
  };
  return sum(mul(div(a, length(a)), div(b, length(b))), dim);
}

/** Options of `pairwiseDistance`. */
export interface PairwiseDistanceOptions {
  /** Which norm. Default: 2. */
  p?: number;
  /** Added to every difference. Default: 1e-6. */
  eps?: number;
  /** Keep the last dimension with size 1. Default: false. */
  keepdim?: boolean;
}

/**
 * The length of the difference of vectors in the last dimension (PyTorch: `F.pairwise_distance`).
 *
 * @throws ShapeError if the shapes do not broadcast.
 * @example pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]])) // tensor([5.0000])
 */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  options: PairwiseDistanceOptions = {},
): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return inFloat32([a, b], (x, y) => norm(add(sub(x, y), eps), p, -1, { keepdim }));
}

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** How far apart what is different should be. */
  margin?: number;
}

/**
 * `1 - cos` for vectors that belong together (target 1), and what the cosine exceeds the margin by for
 * those that do not (target -1) (PyTorch: `F.cosine_embedding_loss`).
 *
 * @param input1, input2 `[n, d]` or `[d]`.
 * @param target 1 or -1, `[n]` or a scalar.
 * @param options `margin`: 0, from -1 to 1.
 * @throws ShapeError if the shapes do not fit.
 * @example cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 1]]), tensor([1])) // tensor(1.)
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const reduction = checkReduction('cosineEmbeddingLoss', options.reduction);
  const { margin = 0 } = options;
  if (
    show(input1) !== show(input2) ||
    input1.ndim - target.ndim !== 1 ||
    target.ndim > 1 ||
    (target.ndim === 1 && target.shape[0] !== input1.shape[0])
  ) {
    throw new ShapeError(
      `cosineEmbeddingLoss: inputs of shapes ${show(input1)} and ${show(input2)} and a target of shape ${show(target)} do not fit; ` +
        'expected [n, d], [n, d] and [n]',
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
  // PyTorch adds the small number inside of the root.
  const EPS = 1e-12;
  const products = sum(mul(input1, input2), -1);
  const size = (x: Tensor): Tensor => add(sum(square(x), -1), EPS);
  const cosine = div(products, sqrt(mul(size(input1), size(input2))));
  const zero = zerosLike(cosine);
  const together = where(eq(target, 1), add(mul(cosine, -1), 1), zero);
  const apart = where(eq(target, -1), clamp(sub(cosine, margin), 0), zero);
  return reduce(add(together, apart), reduction);
}

const ranking = /*#__PURE__*/ ternary('marginRankingLoss', {
  expr: (difference, target, margin) => s.max(s.add(s.neg(s.mul(target, difference)), margin), 0),
  vjp: (g, [difference, target, margin]) => {
    type Expr = NonNullable<typeof difference>;
    const [d, t, m] = [difference, target, margin] as [Expr, Expr, Expr];
    const active = s.ge(s.add(s.neg(s.mul(t, d)), m), 0);
    return [s.select(active, s.neg(s.mul(g, t)), 0), s.select(active, s.neg(s.mul(g, d)), 0), null];
  },
});

/**
 * What a pair falls short of its order by: the first should be larger where the target is 1, smaller
 * where it is -1 (PyTorch: `F.margin_ranking_loss`).
 *
 * @param options `margin`: 0.
 * @throws ShapeError if the numbers of dimensions differ.
 * @example marginRankingLoss(tensor([1]), tensor([3]), tensor([1])) // tensor(2.)
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const reduction = checkReduction('marginRankingLoss', options.reduction);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `marginRankingLoss: all tensors need as many dimensions, got shapes ${show(input1)}, ${show(input2)} and ${show(target)}`,
    );
  }
  return inFloat32([input1, input2, target], (x, y, order) => {
    const each = ranking(sub(x, y), order, options.margin ?? 0);
    // PyTorch's losses of integers are float32.
    return reduce(isFloat(each.dtype) ? each : each.to('float32'), reduction);
  });
}

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions extends MarginOptions {
  /** Which norm. Default: 2. */
  p?: number;
  /** Added to every difference. Default: 1e-6. */
  eps?: number;
  /** Count the negative's distance from the positive too, if it is smaller. Default: false. */
  swap?: boolean;
}

/**
 * What the distance to a positive example exceeds that to a negative one, less a margin (PyTorch:
 * `F.triplet_margin_loss`; Balntas et al. 2016).
 *
 * @param anchor, positive, negative `[n, d]` or `[d]`.
 * @param options `margin`: 1; `p`: 2; `swap`: false.
 * @throws ShapeError if the numbers of dimensions differ; ValueError unless the margin is positive.
 * @example tripletMarginLoss(anchor, positive, negative, { margin: 0.5 })
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor {
  const reduction = checkReduction('tripletMarginLoss', options.reduction);
  const { margin = 1, p = 2, eps = 1e-6, swap = false } = options;
  if (!(margin > 0)) {
    throw new ValueError(`tripletMarginLoss: margin must be above 0, got ${margin}`);
  }
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
    throw new ShapeError(
      `tripletMarginLoss: anchor, positive and negative need as many dimensions, got shapes ${show(anchor)}, ${show(positive)} and ${show(negative)}`,
    );
  }
  return inFloat32([anchor, positive, negative], (a, b, c) => {
    const near = pairwiseDistance(a, b, { p, eps });
    const direct = pairwiseDistance(a, c, { p, eps });
    const far = swap ? minimum(direct, pairwiseDistance(b, c, { p, eps })) : direct;
    return reduce(clamp(add(sub(near, far), margin), 0), reduction);
  });
}

/**
 * `cosineEmbeddingLoss` as an object (PyTorch: `nn.CosineEmbeddingLoss`).
 *
 * @example new CosineEmbeddingLoss({ margin: 0.2 }).forward(a, b, target)
 */
export class CosineEmbeddingLoss {
  readonly reduction: Reduction;
  readonly margin: number;

  constructor(options: MarginOptions = {}) {
    this.reduction = checkReduction('CosineEmbeddingLoss', options.reduction);
    this.margin = options.margin ?? 0;
  }

  /** The loss of two lists of vectors, given which belong together. */
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    const { reduction, margin } = this;
    return cosineEmbeddingLoss(input1, input2, target, { reduction, margin });
  }

  toString(): string {
    return 'CosineEmbeddingLoss()';
  }
}

/**
 * `marginRankingLoss` as an object (PyTorch: `nn.MarginRankingLoss`).
 *
 * @example new MarginRankingLoss({ margin: 1 }).forward(a, b, target)
 */
export class MarginRankingLoss {
  readonly reduction: Reduction;
  readonly margin: number;

  constructor(options: MarginOptions = {}) {
    this.reduction = checkReduction('MarginRankingLoss', options.reduction);
    this.margin = options.margin ?? 0;
  }

  /** The loss of two lists of scores, given their order. */
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    const { reduction, margin } = this;
    return marginRankingLoss(input1, input2, target, { reduction, margin });
  }

  toString(): string {
    return 'MarginRankingLoss()';
  }
}

/**
 * `tripletMarginLoss` as an object (PyTorch: `nn.TripletMarginLoss`).
 *
 * @example new TripletMarginLoss({ margin: 0.5 }).forward(anchor, positive, negative)
 */
export class TripletMarginLoss {
  private readonly options: TripletMarginLossOptions;

  constructor(options: TripletMarginLossOptions = {}) {
    checkReduction('TripletMarginLoss', options.reduction);
    this.options = options;
  }

  /** The loss of anchors, given what they should be near to and far from. */
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }

  toString(): string {
    return 'TripletMarginLoss()';
  }
}
