// TransformerEncoder and its layers.
import {
  add,
  type GivenTo,
  gelu,
  kinds,
  may,
  need,
  relu,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import {
  checkProbability,
  checkSize,
  type FactoryOptions,
  factory,
  factoryKinds,
  type GivenInputs,
  inputs,
  moduleKind,
} from './arguments.js';
import { MultiheadAttention } from './attention.js';
import type { Config } from './config.js';
import { ModuleList } from './containers.js';
import { cloneModule } from './copy.js';
import { Dropout } from './dropout.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { isModule } from './members.js';
import { Module } from './module.js';

/** The activation between the two linear layers. */
export type TransformerActivation = 'relu' | 'gelu' | ((x: Tensor) => Tensor);

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions extends FactoryOptions {
  /** Number of features between the two linear layers. Default: 2048. */
  dimFeedforward?: number;
  /** Dropout probability. Default: 0.1. */
  dropout?: number;
  /** The activation. Default: `'relu'`. */
  activation?: TransformerActivation;
  /** Added to the variance in the layer normalizations. Default: 1e-5. */
  layerNormEps?: number;
  /** Sequences are `[batch, time, features]` instead of `[time, batch, features]`. Default: false. */
  batchFirst?: boolean;
  /** Apply layer normalization before the attention and the linear layers, not after. Default: false. */
  normFirst?: boolean;
  /** Add learnable biases. Default: true. */
  bias?: boolean;
}

/** Masks for `TransformerEncoderLayer.forward`. */
export interface EncoderLayerCallOptions {
  /** As `attnMask` of `MultiheadAttention`. */
  srcMask?: Tensor | null;
  /** As `keyPaddingMask` of `MultiheadAttention`. */
  srcKeyPaddingMask?: Tensor | null;
  /** States that `srcMask` is a causal mask. Default: false. */
  isCausal?: boolean;
}

const encoderLayerTakes = /*#__PURE__*/ (() =>
  takes<
    [
      dModel: number,
      nhead: number,
      dimFeedforward?: number,
      dropout?: number,
      options?: Omit<TransformerEncoderLayerOptions, 'dimFeedforward' | 'dropout'>,
    ]
  >()(
    'TransformerEncoderLayer',
    [
      /*#__PURE__*/ need('dModel', kinds.integer),
      /*#__PURE__*/ need('nhead', kinds.integer),
      /*#__PURE__*/ may('dimFeedforward', kinds.integer),
      /*#__PURE__*/ may('dropout', kinds.number),
    ],
    {
      activation: /*#__PURE__*/ kinds.either(
        /*#__PURE__*/ kinds.oneOf('relu', 'gelu'),
        kinds.callback,
      ),
      layerNormEps: kinds.number,
      batchFirst: kinds.boolean,
      normFirst: kinds.boolean,
      bias: kinds.boolean,
      ...factoryKinds,
    },
  ))();

const masked = /*#__PURE__*/ (() =>
  inputs<[src: Tensor, options?: EncoderLayerCallOptions]>()(
    [/*#__PURE__*/ need('src', kinds.tensor)],
    {
      srcMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
      srcKeyPaddingMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
      isCausal: kinds.boolean,
    },
  ))();

/**
 * Self-attention followed by two linear layers, both with a residual connection and layer normalization (Vaswani et al.
 * 2017; PyTorch: `nn.TransformerEncoderLayer`).
 *
 * Shapes: input and output `[time, batch, dModel]`, `[batch, time, dModel]` with `batchFirst`.
 *
 * @throws ValueError unless `dModel` is divisible by `nhead`.
 * @example new TransformerEncoderLayer(16, 4, { batchFirst: true }).forward(randn([2, 10, 16])).shape // [2, 10, 16]
 */
export class TransformerEncoderLayer extends Module<
  [src: Tensor, options?: EncoderLayerCallOptions],
  Tensor
> {
  selfAttn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly normFirst: boolean;
  readonly activation: TransformerActivation;

  constructor(...given: GivenTo<typeof encoderLayerTakes>) {
    super();
    const [dModel, nhead, dimFeedforward = 2048, dropout = 0.1, options = {}] =
      encoderLayerTakes.take(given);
    const {
      activation = 'relu',
      layerNormEps: eps = 1e-5,
      batchFirst = false,
      bias = true,
    } = options;
    const made = factory('TransformerEncoderLayer', options);
    checkSize('TransformerEncoderLayer', 'dModel', dModel, 1);
    checkSize('TransformerEncoderLayer', 'nhead', nhead, 1);
    if (dModel % nhead !== 0) {
      throw new ValueError(
        `TransformerEncoderLayer: dModel must be divisible by nhead, got ${dModel} and ${nhead}`,
      );
    }
    checkProbability('TransformerEncoderLayer', 'dropout', dropout);
    checkSize('TransformerEncoderLayer', 'dimFeedforward', dimFeedforward);
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, ...made });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, ...made });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, ...made });
    this.normFirst = options.normFirst ?? false;
    this.norm1 = new LayerNorm(dModel, { eps, bias, ...made });
    this.norm2 = new LayerNorm(dModel, { eps, bias, ...made });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activation;
  }

  override forward(...given: GivenInputs<typeof masked>): Tensor {
    const [x, options = {}] = masked(this, given);
    if (this.normFirst) {
      const attended = add(x, this.attend(this.norm1.forward(x), options));
      return add(attended, this.feed(this.norm2.forward(attended)));
    }
    const attended = this.norm1.forward(add(x, this.attend(x, options)));
    return this.norm2.forward(add(attended, this.feed(attended)));
  }

  private attend(x: Tensor, options: EncoderLayerCallOptions): Tensor {
    const [out] = this.selfAttn.forward(x, x, x, {
      attnMask: options.srcMask ?? null,
      keyPaddingMask: options.srcKeyPaddingMask ?? null,
      isCausal: options.isCausal ?? false,
      needWeights: false,
    });
    return this.dropout1.forward(out);
  }

  private feed(x: Tensor): Tensor {
    const { activation } = this;
    const act = activation === 'relu' ? relu : activation === 'gelu' ? gelu : activation;
    const inner = this.dropout.forward(act(this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(inner));
  }

  /**
   * Returns the constructor arguments as plain data.
   *
   * @throws ValueError if the activation is a function, which cannot be saved.
   */
  config(): Config {
    if (typeof this.activation === 'function') {
      throw new ValueError(
        "TransformerEncoderLayer: the activation is a function, which cannot be saved; use 'relu' or 'gelu', or save the state dict",
      );
    }
    return {
      d_model: this.selfAttn.embedDim,
      nhead: this.selfAttn.numHeads,
      dim_feedforward: this.linear1.outFeatures,
      dropout: this.dropout.p,
      activation: this.activation,
      layer_norm_eps: this.norm1.eps,
      batch_first: this.selfAttn.batchFirst,
      norm_first: this.normFirst,
      bias: this.linear1.bias !== null,
    };
  }
}

/** Masks for `TransformerEncoder.forward`. */
export interface EncoderCallOptions {
  /** As `attnMask` of `MultiheadAttention`. */
  mask?: Tensor | null;
  /** As `keyPaddingMask` of `MultiheadAttention`. */
  srcKeyPaddingMask?: Tensor | null;
  /** States that `mask` is a causal mask. Default: false. */
  isCausal?: boolean;
}

type Norm = Module<[Tensor], Tensor> | null;

const encoderLayerKind = /*#__PURE__*/ kinds.kind<TransformerEncoderLayer>(
  'a TransformerEncoderLayer',
  isModule,
);

const encoderTakes = /*#__PURE__*/ (() =>
  takes<[encoderLayer: TransformerEncoderLayer, numLayers: number, norm?: Norm]>()(
    'TransformerEncoder',
    [
      /*#__PURE__*/ need('encoderLayer', encoderLayerKind),
      /*#__PURE__*/ need('numLayers', kinds.integer),
      /*#__PURE__*/ may('norm', /*#__PURE__*/ kinds.orNull(moduleKind)),
    ],
    {},
  ))();

const maskedAll = /*#__PURE__*/ (() =>
  inputs<[src: Tensor, options?: EncoderCallOptions]>()([/*#__PURE__*/ need('src', kinds.tensor)], {
    mask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
    srcKeyPaddingMask: /*#__PURE__*/ kinds.orNull(kinds.tensor),
    isCausal: kinds.boolean,
  }))();

/**
 * A stack of encoder layers (PyTorch: `nn.TransformerEncoder`). The layers start as copies
 * of the given layer, with the same values.
 *
 * @param norm a module applied to the output, usually a LayerNorm.
 * @example
 * const layer = new TransformerEncoderLayer(16, 4, { batchFirst: true });
 * new TransformerEncoder(layer, 2).forward(randn([2, 10, 16])).shape // [2, 10, 16]
 */
export class TransformerEncoder extends Module<
  [src: Tensor, options?: EncoderCallOptions],
  Tensor
> {
  layers: ModuleList<TransformerEncoderLayer>;
  readonly numLayers: number;
  norm: Module<[Tensor], Tensor> | null;

  constructor(...given: GivenTo<typeof encoderTakes>) {
    super();
    const [encoderLayer, numLayers, norm = null] = encoderTakes.take(given);
    this.numLayers = checkSize('TransformerEncoder', 'numLayers', numLayers);
    const copies = Array.from({ length: numLayers }, () => cloneModule(encoderLayer));
    this.layers = new ModuleList(copies);
    this.norm = norm;
  }

  /** @internal An encoder from existing layers. */
  static of(
    layers: ModuleList<TransformerEncoderLayer>,
    norm: Module<[Tensor], Tensor> | null,
  ): TransformerEncoder {
    const made = new TransformerEncoder(layers as unknown as TransformerEncoderLayer, 0, norm);
    made.layers = layers;
    (made as { -readonly [K in keyof TransformerEncoder]: TransformerEncoder[K] }).numLayers =
      layers.length;
    return made;
  }

  override forward(...given: GivenInputs<typeof maskedAll>): Tensor {
    const [src, options = {}] = maskedAll(this, given);
    const { mask = null, srcKeyPaddingMask = null, isCausal = false } = options;
    let x = src;
    for (const layer of this.layers) {
      x = layer.forward(x, { srcMask: mask, srcKeyPaddingMask, isCausal });
    }
    return this.norm === null ? x : this.norm.forward(x);
  }
}
