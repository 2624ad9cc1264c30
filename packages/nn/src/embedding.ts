// Embedding: a trained vector for each of some integers.
import {
  embedding,
  empty,
  ShapeError,
  select,
  Tensor,
  ValueError,
  zero_,
} from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory } from './arguments.js';
import type { Config } from './config.js';
import { normal_ } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of `Embedding`. */
export interface EmbeddingOptions extends FactoryOptions {
  /** A row that starts as zeros and is not trained; a negative one counts from the end. */
  paddingIdx?: number | null;
}

/**
 * A trained vector for each integer from 0 to `numEmbeddings - 1` (PyTorch: `nn.Embedding`). The start
 * values are standard normal.
 *
 * Shapes: input integers of any shape `[…]`, output `[…, embeddingDim]`, weight `[numEmbeddings,
 * embeddingDim]`.
 *
 * @throws ValueError for sizes that are no whole numbers; IndexError for integers out of range.
 * @example new Embedding(10, 3).forward(tensor([1, 4], { dtype: 'int32' })).shape // [2, 3]
 */
export class Embedding extends Module<[Tensor], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    this.numEmbeddings = checkSize('Embedding', 'numEmbeddings', numEmbeddings);
    this.embeddingDim = checkSize('Embedding', 'embeddingDim', embeddingDim);
    const { paddingIdx = null } = options;
    if (paddingIdx !== null) {
      const inside = paddingIdx >= -numEmbeddings && paddingIdx < numEmbeddings;
      if (!Number.isInteger(paddingIdx) || !inside) {
        throw new ValueError(
          `Embedding: paddingIdx must be one of the ${numEmbeddings} rows, got ${paddingIdx}`,
        );
      }
    }
    this.paddingIdx =
      paddingIdx !== null && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.weight = new Parameter(empty([numEmbeddings, embeddingDim], factory(options)));
    this.resetParameters();
  }

  /**
   * An embedding with these vectors (PyTorch: `nn.Embedding.from_pretrained`).
   *
   * @param vectors `[numEmbeddings, embeddingDim]`; the memory is shared.
   * @param options `freeze: false` has them trained.
   * @throws ShapeError unless it is a matrix.
   * @example Embedding.fromPretrained(tensor([[1, 2], [3, 4]]))
   */
  static fromPretrained(
    vectors: Tensor,
    options: { freeze?: boolean; paddingIdx?: number | null } = {},
  ): Embedding {
    if (!(vectors instanceof Tensor) || vectors.ndim !== 2) {
      throw new ShapeError(
        `Embedding.fromPretrained: expected a matrix, got ${vectors instanceof Tensor ? `shape [${vectors.shape.join(', ')}]` : typeof vectors}`,
      );
    }
    const { freeze = true, paddingIdx = null } = options;
    const [count, width] = vectors.shape as readonly [number, number];
    // Made empty, so that no random numbers are drawn.
    const made = new Embedding(0, width);
    const fields = made as { -readonly [K in keyof Embedding]: Embedding[K] };
    fields.numEmbeddings = count;
    fields.paddingIdx = paddingIdx;
    made.weight = new Parameter(vectors.detach(), !freeze);
    return made;
  }

  /** Draws new start values (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    normal_(this.weight);
    if (this.paddingIdx !== null) zero_(select(this.weight.detach(), 0, this.paddingIdx));
  }

  override forward(x: Tensor): Tensor {
    return embedding(x, this.weight, { paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? '' : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }

  /** The arguments as plain data. */
  config(): Config {
    return {
      num_embeddings: this.numEmbeddings,
      embedding_dim: this.embeddingDim,
      padding_idx: this.paddingIdx,
    };
  }
}
