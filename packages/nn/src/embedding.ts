// Embedding: a lookup table of learnable vectors.
import {
  checkEmbedding,
  type EmbeddingCallOptions,
  embedding,
  empty,
  type GivenTo,
  kinds,
  may,
  need,
  ShapeError,
  select,
  type Tensor,
  takes,
  zero_,
} from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import type { Config } from './config.js';
import { normal_ } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { pyFloat } from './python-format.js';

/** Options of `Embedding`. */
export interface EmbeddingOptions extends FactoryOptions, EmbeddingCallOptions {
  /** A row that starts as zeros and gets no gradient; a negative index counts from the end. */
  paddingIdx?: number | null;
}

type CallPlaces = [
  paddingIdx?: number | null,
  maxNorm?: number | null,
  normType?: number,
  scaleGradByFreq?: boolean,
  sparse?: boolean,
];

const callPlaces = [
  /*#__PURE__*/ may('paddingIdx', /*#__PURE__*/ kinds.orNull(kinds.integer)),
  /*#__PURE__*/ may('maxNorm', /*#__PURE__*/ kinds.orNull(kinds.number)),
  /*#__PURE__*/ may('normType', kinds.number),
  /*#__PURE__*/ may('scaleGradByFreq', kinds.boolean),
  /*#__PURE__*/ may('sparse', kinds.boolean),
] as const;

const embeddingTakes = /*#__PURE__*/ (() =>
  takes<[numEmbeddings: number, embeddingDim: number, ...CallPlaces, options?: FactoryOptions]>()(
    'Embedding',
    [
      /*#__PURE__*/ need('numEmbeddings', kinds.integer),
      /*#__PURE__*/ need('embeddingDim', kinds.integer),
      ...callPlaces,
    ],
    factoryKinds,
  ))();

const fromPretrainedTakes = /*#__PURE__*/ (() =>
  takes<[embeddings: Tensor, freeze?: boolean, ...CallPlaces]>()(
    'Embedding.fromPretrained',
    [
      /*#__PURE__*/ need('embeddings', kinds.tensor),
      /*#__PURE__*/ may('freeze', kinds.boolean),
      ...callPlaces,
    ],
    {},
  ))();

/**
 * A learnable vector for each integer from 0 to `numEmbeddings - 1` (PyTorch: `nn.Embedding`). Initial
 * values are drawn from a standard normal distribution.
 *
 * Shapes: input of integers `[…]`, output `[…, embeddingDim]`, weight `[numEmbeddings,
 * embeddingDim]`.
 *
 * @throws ValueError for sizes that are not integers, options out of range and `sparse: true`; IndexError for integers
 * out of range.
 * @example new Embedding(10, 3).forward(tensor([1, 4], { dtype: 'int32' })).shape // [2, 3]
 */
export class Embedding extends Module<[Tensor], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  weight: Parameter;

  constructor(...given: GivenTo<typeof embeddingTakes>) {
    super();
    const [numEmbeddings, embeddingDim, paddingIdx, maxNorm = null, ...rest] =
      embeddingTakes.take(given);
    const [normType = 2, scaleGradByFreq = false, sparse = false, options = {}] = rest;
    this.numEmbeddings = checkSize('Embedding', 'numEmbeddings', numEmbeddings);
    this.embeddingDim = checkSize('Embedding', 'embeddingDim', embeddingDim);
    this.paddingIdx = checkEmbedding('Embedding', numEmbeddings, {
      paddingIdx: paddingIdx ?? null,
      maxNorm,
      sparse,
    });
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.weight = new Parameter(
      empty([numEmbeddings, embeddingDim], factory('Embedding', options)),
    );
    this.resetParameters();
  }

  /**
   * An embedding with the given vectors (PyTorch: `nn.Embedding.from_pretrained`).
   *
   * @param embeddings `[numEmbeddings, embeddingDim]`; the embedding shares its memory.
   * @param freeze false makes the vectors learnable. Default: true.
   * @throws ShapeError unless `embeddings` has 2 dimensions.
   * @example Embedding.fromPretrained(tensor([[1, 2], [3, 4]]))
   */
  static fromPretrained(...given: GivenTo<typeof fromPretrainedTakes>): Embedding {
    const [embeddings, freeze = true, paddingIdx = null, maxNorm = null, ...rest] =
      fromPretrainedTakes.take(given);
    const [normType = 2, scaleGradByFreq = false, sparse = false] = rest;
    if (embeddings.ndim !== 2) {
      throw new ShapeError(
        `Embedding.fromPretrained: expected a matrix, got shape [${embeddings.shape.join(', ')}]`,
      );
    }
    const [count, width] = embeddings.shape as readonly [number, number];
    const options = { paddingIdx, maxNorm, sparse };
    const padding = checkEmbedding('Embedding.fromPretrained', count, options);
    // Created empty, so that no random numbers are drawn.
    const made = new Embedding(0, width, { maxNorm, normType, scaleGradByFreq });
    const fields = made as { -readonly [K in keyof Embedding]: Embedding[K] };
    fields.numEmbeddings = count;
    fields.paddingIdx = padding;
    made.weight = new Parameter(embeddings.detach(), !freeze);
    return made;
  }

  /** Draws new initial values (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    normal_(this.weight);
    if (this.paddingIdx !== null) zero_(select(this.weight.detach(), 0, this.paddingIdx));
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    return embedding(x, weight, { paddingIdx, maxNorm, normType, scaleGradByFreq });
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    if (this.maxNorm !== null) parts.push(`max_norm=${pyFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${pyFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push('scale_grad_by_freq=True');
    return parts.join(', ');
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      num_embeddings: this.numEmbeddings,
      embedding_dim: this.embeddingDim,
      padding_idx: this.paddingIdx,
      max_norm: this.maxNorm,
      norm_type: this.normType,
      scale_grad_by_freq: this.scaleGradByFreq,
    };
  }
}
