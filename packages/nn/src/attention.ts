// MultiheadAttention.
import {
  add,
  baddbmm,
  bmm,
  callable,
  cat,
  chunk,
  dropout,
  empty,
  expand,
  fullLike,
  type GivenTo,
  kinds,
  linear,
  maskedFill,
  maskedSoftmax,
  mean,
  mul,
  need,
  ones,
  reshape,
  ShapeError,
  scaledDotProductAttention,
  softmax,
  squeeze,
  type Tensor,
  takes,
  transpose,
  triu,
  unsqueeze,
  ValueError,
  view,
  zeros,
} from '@dl/core/functional';
import {
  checkProbability,
  checkSize,
  type FactoryOptions,
  factory,
  factoryKinds,
  type GivenInputs,
  inputs,
} from './arguments.js';
import type { Config } from './config.js';
import { constant_, xavierNormal_, xavierUniform_ } from './init.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions extends FactoryOptions {
  /** Dropout probability of the attention weights during training. Default: 0. */
  dropout?: number;
  /** Add learnable biases. Default: true. */
  bias?: boolean;
  /** Add a learnable key and value to each sequence. Default: false. */
  addBiasKv?: boolean;
  /** Add a key and value of zeros to each sequence. Default: false. */
  addZeroAttn?: boolean;
  /** Features of a key. Default: `embedDim`. */
  kdim?: number | null;
  /** Features of a value. Default: `embedDim`. */
  vdim?: number | null;
  /** Sequences are `[batch, time, features]` instead of `[time, batch, features]`. Default: false. */
  batchFirst?: boolean;
}

/** Options of `MultiheadAttention.forward`. */
export interface AttentionCallOptions {
  /** `[batch, source]` (`[source]` without a batch): true, or -∞, where a key is padding. */
  keyPaddingMask?: Tensor | null;
  /** Return the attention weights too. Default: true. */
  needWeights?: boolean;
  /** `[target, source]` or `[batch · heads, target, source]`: true where attention is not allowed, or numbers to add. */
  attnMask?: Tensor | null;
  /** Average the weights over the heads. Default: true. */
  averageAttnWeights?: boolean;
  /** States that `attnMask`, which is still required, is a causal mask. Default: false. */
  isCausal?: boolean;
}

/** The output and, with `needWeights`, the attention weights: `[attnOutput, attnWeights]`. */
export type AttentionResult = [attnOutput: Tensor, attnWeights: Tensor | null];

/** A Linear under the name that PyTorch prints inside an attention layer. */
export class NonDynamicallyQuantizableLinear extends Linear {}

const multiheadAttentionTakes = /*#__PURE__*/ (() =>
  takes<[embedDim: number, numHeads: number, options?: MultiheadAttentionOptions]>()(
    'MultiheadAttention',
    [/*#__PURE__*/ need('embedDim', kinds.integer), /*#__PURE__*/ need('numHeads', kinds.integer)],
    {
      dropout: kinds.number,
      bias: kinds.boolean,
      addBiasKv: kinds.boolean,
      addZeroAttn: kinds.boolean,
      kdim: /*#__PURE__*/ kinds.orNull(kinds.integer),
      vdim: /*#__PURE__*/ kinds.orNull(kinds.integer),
      batchFirst: kinds.boolean,
      ...factoryKinds,
    },
  ))();

const queried = /*#__PURE__*/ (() =>
  inputs<[query: Tensor, key: Tensor, value: Tensor, options?: AttentionCallOptions]>()(
    [
      /*#__PURE__*/ need('query', kinds.tensor),
      /*#__PURE__*/ need('key', kinds.tensor),
      /*#__PURE__*/ need('value', kinds.tensor),
    ],
    {
      keyPaddingMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
      needWeights: kinds.boolean,
      attnMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
      averageAttnWeights: kinds.boolean,
      isCausal: kinds.boolean,
    },
  ))();

/** A mask with room for one more key, which it does not mask. */
const longer = (x: Tensor | null): Tensor | null =>
  x === null ? null : cat([x, zeros([...x.shape.slice(0, -1), 1], { dtype: x.dtype })], -1);

/** The mask of keys that are padding, as what is added to the scores. */
function paddingOf(
  given: Tensor | null,
  q: Tensor,
  batch: number,
  source: number,
  single: boolean,
): Tensor | null {
  if (given === null) return null;
  const padding = single && given.ndim === 1 ? unsqueeze(given, 0) : given;
  if (padding.ndim !== 2 || padding.shape[0] !== batch || padding.shape[1] !== source) {
    throw new ShapeError(
      `MultiheadAttention: keyPaddingMask must have shape [${batch}, ${source}], got [${padding.shape.join(', ')}]`,
    );
  }
  return additive(padding, q);
}

/** The weights of each head's values. */
function attentionWeights(q: Tensor, k: Tensor, mask: Tensor | null, dropoutP: number): Tensor {
  const [heads, target, width] = q.shape as readonly [number, number, number];
  const scaled = mul(q, Math.sqrt(1 / width));
  const turned = transpose(k, -2, -1);
  const scores =
    mask === null
      ? bmm(scaled, turned)
      : baddbmm(expand(mask, [heads, target, k.shape[1]]), scaled, turned);
  const weights = mask === null ? softmax(scores, -1) : maskedSoftmax(scores);
  return dropoutP > 0 ? dropout(weights, dropoutP) : weights;
}

/**
 * Multi-head attention (Vaswani et al. 2017; PyTorch: `nn.MultiheadAttention`).
 *
 * Shapes: query `[target, batch, embedDim]`, key `[source, batch, kdim]`, value `[source, batch, vdim]`
 * (`[batch, …]` first with `batchFirst`, or without a batch); the output has the query's shape; the weights
 * are `[batch, target, source]`, or `[batch, heads, target, source]` without averaging.
 *
 * @throws ValueError unless `embedDim` is divisible by `numHeads`; ShapeError if an input does not fit.
 * @example
 * const attention = new MultiheadAttention(16, 4, { batchFirst: true });
 * const [output, weights] = attention.forward(x, x, x);
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, options?: AttentionCallOptions],
  AttentionResult
> {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  inProjWeight: Parameter | null = null;
  qProjWeight: Parameter | null = null;
  kProjWeight: Parameter | null = null;
  vProjWeight: Parameter | null = null;
  inProjBias: Parameter | null = null;
  biasK: Parameter | null = null;
  biasV: Parameter | null = null;
  outProj: NonDynamicallyQuantizableLinear;

  constructor(...given: GivenTo<typeof multiheadAttentionTakes>) {
    super();
    const [embedDim, numHeads, options = {}] = multiheadAttentionTakes.take(given);
    this.embedDim = checkSize('MultiheadAttention', 'embedDim', embedDim, 1);
    this.numHeads = checkSize('MultiheadAttention', 'numHeads', numHeads, 1);
    if (embedDim % numHeads !== 0) {
      throw new ValueError(
        `MultiheadAttention: embedDim must be divisible by numHeads, got ${embedDim} and ${numHeads}`,
      );
    }
    const { bias = true, kdim = null, vdim = null } = options;
    this.dropout = checkProbability('MultiheadAttention', 'dropout', options.dropout ?? 0);
    this.kdim = checkSize('MultiheadAttention', 'kdim', kdim ?? embedDim, 1);
    this.vdim = checkSize('MultiheadAttention', 'vdim', vdim ?? embedDim, 1);
    this.batchFirst = options.batchFirst ?? false;
    this.addZeroAttn = options.addZeroAttn ?? false;
    const made = factory('MultiheadAttention', options);
    const parameter = (shape: number[]): Parameter => new Parameter(empty(shape, made));
    if (this.kdim === embedDim && this.vdim === embedDim) {
      this.inProjWeight = parameter([3 * embedDim, embedDim]);
    } else {
      this.qProjWeight = parameter([embedDim, embedDim]);
      this.kProjWeight = parameter([embedDim, this.kdim]);
      this.vProjWeight = parameter([embedDim, this.vdim]);
    }
    if (bias) this.inProjBias = parameter([3 * embedDim]);
    this.outProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...made });
    if (options.addBiasKv ?? false) {
      this.biasK = parameter([1, 1, embedDim]);
      this.biasV = parameter([1, 1, embedDim]);
    }
    this.resetParameters();
  }

  /** Draws new initial values for the projections of query, key and value (PyTorch: `_reset_parameters`). */
  resetParameters(): void {
    for (const weight of [
      this.inProjWeight,
      this.qProjWeight,
      this.kProjWeight,
      this.vProjWeight,
    ]) {
      if (weight !== null) xavierUniform_(weight);
    }
    if (this.inProjBias !== null) constant_(this.inProjBias, 0);
    if (this.inProjBias !== null && this.outProj.bias !== null) constant_(this.outProj.bias, 0);
    if (this.biasK !== null) xavierNormal_(this.biasK);
    if (this.biasV !== null) xavierNormal_(this.biasV);
  }

  override forward(...given: GivenInputs<typeof queried>): AttentionResult {
    const [query, key, value, options = {}] = queried(this, given);
    const { needWeights = true, averageAttnWeights = true, isCausal = false } = options;
    const single = this.checkInputs(query, key, value);
    if (isCausal && (options.attnMask ?? null) === null) {
      throw new ValueError(
        'MultiheadAttention: isCausal needs attnMask, as in PyTorch; pass generateSquareSubsequentMask(…)',
      );
    }
    const timeFirst = (x: Tensor): Tensor =>
      single ? unsqueeze(x, 1) : this.batchFirst ? transpose(x, 0, 1) : x;
    const projected = this.project(timeFirst(query), timeFirst(key), timeFirst(value));
    const [target, batch] = projected[0].shape as readonly [number, number, number];
    const { q, k, v, mask } = this.inHeads(projected, batch, options, single);
    const dropoutP = this.training ? this.dropout : 0;
    const joined = (x: Tensor): Tensor => {
      const flat = view(transpose(x, 0, 1).contiguous(), [target * batch, this.embedDim]);
      const out = view(this.outProj.forward(flat), [target, batch, this.embedDim]);
      return single ? squeeze(out, 1) : this.batchFirst ? transpose(out, 0, 1) : out;
    };
    if (!needWeights) return [joined(this.fused(q, k, v, mask, dropoutP)), null];
    const weights = attentionWeights(q, k, mask, dropoutP);
    const output = joined(bmm(weights, v));
    const byHead = view(weights, [batch, this.numHeads, target, k.shape[1]]);
    const shown = averageAttnWeights ? mean(byHead, 1) : byHead;
    return [output, single ? squeeze(shown, 0) : shown];
  }

  /**
   * Queries, keys and values of each head, `[batch · heads, time, width]`, with the added keys, and one mask for all that is
   * masked.
   */
  private inHeads(
    projected: readonly [q: Tensor, k: Tensor, v: Tensor],
    batch: number,
    options: AttentionCallOptions,
    single: boolean,
  ): { q: Tensor; k: Tensor; v: Tensor; mask: Tensor | null } {
    const { embedDim, numHeads } = this;
    const width = embedDim / numHeads;
    let [q, k, v] = projected;
    let mask = this.maskOf(options.attnMask ?? null, q, batch, q.shape[0], k.shape[0]);
    let padding = paddingOf(options.keyPaddingMask ?? null, q, batch, k.shape[0], single);
    if (this.biasK !== null && this.biasV !== null) {
      k = cat([k, expand(this.biasK, [1, batch, embedDim])], 0);
      v = cat([v, expand(this.biasV, [1, batch, embedDim])], 0);
      [mask, padding] = [longer(mask), longer(padding)];
    }
    const heads = (x: Tensor): Tensor =>
      transpose(view(x.contiguous(), [-1, batch * numHeads, width]), 0, 1);
    [q, k, v] = [heads(q), heads(k), heads(v)];
    if (this.addZeroAttn) {
      const nothing = zeros([batch * numHeads, 1, width], { dtype: k.dtype, device: k.device });
      [k, v] = [cat([k, nothing], 1), cat([v, nothing], 1)];
      [mask, padding] = [longer(mask), longer(padding)];
    }
    if (padding === null) return { q, k, v, mask };
    const source = k.shape[1];
    const spread = reshape(
      expand(view(padding, [batch, 1, 1, source]), [batch, numHeads, 1, source]),
      [batch * numHeads, 1, source],
    );
    return { q, k, v, mask: mask === null ? spread : add(mask, spread) };
  }

  /** Attention without its weights, which are never in memory. */
  private fused(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null, dropoutP: number): Tensor {
    const [all, target, width] = q.shape as readonly [number, number, number];
    const { numHeads } = this;
    const batch = all / numHeads;
    const apart = (x: Tensor): Tensor => view(x, [batch, numHeads, -1, width]);
    const attnMask =
      mask === null || mask.shape[0] === 1
        ? mask
        : view(mask, [batch, numHeads, -1, mask.shape[2]]);
    const out = scaledDotProductAttention(apart(q), apart(k), apart(v), { attnMask, dropoutP });
    return reshape(out, [all, target, width]);
  }

  /** Throws for inputs that do not fit. Returns whether they have no batch dimension. */
  private checkInputs(query: Tensor, key: Tensor, value: Tensor): boolean {
    const shapes = [query, key, value].map((x) => `[${x.shape.join(', ')}]`).join(', ');
    if (query.ndim !== 2 && query.ndim !== 3) {
      throw new ShapeError(
        `MultiheadAttention: query, key and value must have 3 dimensions, or 2 without a batch, got ${shapes}`,
      );
    }
    const widths = [query, key, value].map((x) => x.shape[x.ndim - 1]);
    const wanted = [this.embedDim, this.kdim, this.vdim];
    const leading = (x: Tensor): string => x.shape.slice(0, -1).join();
    const batch = (x: Tensor): number | undefined => x.shape[this.batchFirst ? 0 : 1];
    if (
      key.ndim !== query.ndim ||
      value.ndim !== query.ndim ||
      widths.some((n, i) => n !== wanted[i]) ||
      leading(key) !== leading(value) ||
      (query.ndim === 3 && batch(query) !== batch(key))
    ) {
      throw new ShapeError(
        `MultiheadAttention: query, key and value must have ${wanted.join(', ')} features and the same batch size, and key and value the same length, got ${shapes}`,
      );
    }
    return query.ndim === 2;
  }

  private project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const biases = this.inProjBias === null ? [null, null, null] : chunk(this.inProjBias, 3);
    const weights =
      this.inProjWeight === null
        ? [this.qProjWeight, this.kProjWeight, this.vProjWeight]
        : chunk(this.inProjWeight, 3);
    return [query, key, value].map((x, i) => linear(x, weights[i] as Tensor, biases[i])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
  }

  /** A mask as numbers added to the scores, `[1 or batch · heads, target, source]`. */
  private maskOf(
    mask: Tensor | null,
    like: Tensor,
    batch: number,
    target: number,
    source: number,
  ): Tensor | null {
    if (mask === null) return null;
    const shape = mask.shape.join();
    const many = batch * this.numHeads;
    if (shape !== [target, source].join() && shape !== [many, target, source].join()) {
      throw new ShapeError(
        `MultiheadAttention: attnMask must have shape [${target}, ${source}] or [${many}, ${target}, ${source}], got [${mask.shape.join(', ')}]`,
      );
    }
    const added = additive(mask, like);
    return added.ndim === 2 ? unsqueeze(added, 0) : added;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      embed_dim: this.embedDim,
      num_heads: this.numHeads,
      dropout: this.dropout,
      bias: this.inProjBias !== null,
      add_bias_kv: this.biasK !== null,
      add_zero_attn: this.addZeroAttn,
      kdim: this.kdim,
      vdim: this.vdim,
      batch_first: this.batchFirst,
    };
  }
}

/** A boolean mask as numbers added to the scores: -∞ where it is true. */
function additive(mask: Tensor, like: Tensor): Tensor {
  if (mask.dtype !== 'bool') return mask.to(like.dtype);
  const nothing = zeros(mask.shape, { dtype: like.dtype, device: like.device });
  return maskedFill(nothing, mask, Number.NEGATIVE_INFINITY);
}

function generateSquareSubsequentMaskOf(size: number, options: FactoryOptions = {}): Tensor {
  const n = checkSize('generateSquareSubsequentMask', 'size', size);
  const all = ones([n, n], factory('generateSquareSubsequentMask', options));
  return triu(fullLike(all, Number.NEGATIVE_INFINITY), 1);
}

/**
 * A causal mask, which hides later positions: -∞ above the diagonal, 0 elsewhere (PyTorch:
 * `nn.Transformer.generate_square_subsequent_mask`).
 *
 * @example generateSquareSubsequentMask(3) // [[0, -inf, -inf], [0, 0, -inf], [0, 0, 0]]
 */
export const generateSquareSubsequentMask = /*#__PURE__*/ (() =>
  callable(
    'generateSquareSubsequentMask',
    generateSquareSubsequentMaskOf,
    [/*#__PURE__*/ need('size', kinds.integer)],
    factoryKinds,
  ))();
