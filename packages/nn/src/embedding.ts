// Embedding: a trained vector for each of some integers.
import {
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
  ValueError,
  zero_,
} from '@dl/core/functional';
import { checkSize, type FactoryOptions, factory, factoryKinds, input } from './arguments.js';
import type { Config } from './config.js';
import { normal_ } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of `Embedding`. */
export interface EmbeddingOptions extends FactoryOptions {
  /** A row that starts as zeros and is not trained; a negative one counts from the end. */
  paddingIdx?: number | null;
}

/** The row that is not trained, counted from the start. */
function checkPaddingIdx(type: string, paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (paddingIdx < -rows || paddingIdx >= rows) {
    throw new ValueError(`${type}: paddingIdx must be one of the ${rows} rows, got ${paddingIdx}`);
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

const embeddingTakes = /*#__PURE__*/ (() =>
  takes<
    [
      numEmbeddings: number,
      embeddingDim: number,
      paddingIdx?: number | null,
      options?: Omit<EmbeddingOptions, 'paddingIdx'>,
    ]
  >()(
    'Embedding',
    [
      /*#__PURE__*/ need('numEmbeddings', kinds.integer),
      /*#__PURE__*/ need('embeddingDim', kinds.integer),
      /*#__PURE__*/ may('paddingIdx', /*#__PURE__*/ kinds.orNull(kinds.integer)),
    ],
    factoryKinds,
  ))();

const fromPretrainedTakes = /*#__PURE__*/ (() =>
  takes<[embeddings: Tensor, freeze?: boolean, paddingIdx?: number | null]>()(
    'Embedding.fromPretrained',
    [
      /*#__PURE__*/ need('embeddings', kinds.tensor),
      /*#__PURE__*/ may('freeze', kinds.boolean),
      /*#__PURE__*/ may('paddingIdx', /*#__PURE__*/ kinds.orNull(kinds.integer)),
    ],
    {},
  ))();

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

  constructor(...given: GivenTo<typeof embeddingTakes>) {
    super();
    const [numEmbeddings, embeddingDim, paddingIdx = null, options = {}] =
      embeddingTakes.take(given);
    this.numEmbeddings = checkSize('Embedding', 'numEmbeddings', numEmbeddings);
    this.embeddingDim = checkSize('Embedding', 'embeddingDim', embeddingDim);
    this.paddingIdx = checkPaddingIdx('Embedding', paddingIdx, numEmbeddings);
    this.weight = new Parameter(
      empty([numEmbeddings, embeddingDim], factory('Embedding', options)),
    );
    this.resetParameters();
  }

  /**
   * An embedding with these vectors (PyTorch: `nn.Embedding.from_pretrained`).
   *
   * @param embeddings `[numEmbeddings, embeddingDim]`; the memory is shared.
   * @param freeze false has them trained. Default: true.
   * @throws ShapeError unless it is a matrix.
   * @example Embedding.fromPretrained(tensor([[1, 2], [3, 4]]))
   */
  static fromPretrained(...given: GivenTo<typeof fromPretrainedTakes>): Embedding {
    const [embeddings, freeze = true, paddingIdx = null] = fromPretrainedTakes.take(given);
    if (embeddings.ndim !== 2) {
      throw new ShapeError(
        `Embedding.fromPretrained: expected a matrix, got shape [${embeddings.shape.join(', ')}]`,
      );
    }
    const [count, width] = embeddings.shape as readonly [number, number];
    const padding = checkPaddingIdx('Embedding.fromPretrained', paddingIdx, count);
    // Made empty, so that no random numbers are drawn.
    const made = new Embedding(0, width);
    const fields = made as { -readonly [K in keyof Embedding]: Embedding[K] };
    fields.numEmbeddings = count;
    fields.paddingIdx = padding;
    made.weight = new Parameter(embeddings.detach(), !freeze);
    return made;
  }

  /** Draws new start values (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    normal_(this.weight);
    if (this.paddingIdx !== null) zero_(select(this.weight.detach(), 0, this.paddingIdx));
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
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
