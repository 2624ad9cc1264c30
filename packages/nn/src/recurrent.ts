// RNN, LSTM and GRU: layers that process a sequence step by step.

import {
  cat,
  dropout,
  flip,
  type GivenTo,
  kinds,
  linear,
  may,
  need,
  ShapeError,
  select,
  squeeze,
  stack,
  type Tensor,
  takes,
  transpose,
  unbind,
  unsqueeze,
  ValueError,
} from '@dl/core/functional';
import {
  checkProbability,
  checkSize,
  type FactoryOptions,
  factory,
  factoryKinds,
  type GivenInputs,
} from './arguments.js';
import type { Config } from './config.js';
import { classNameOf } from './members.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';
import { pyBool, pyNumber } from './python-format.js';
import {
  checkFeatures,
  checkState,
  drawWeights,
  gatesOf,
  type Mode,
  newWeights,
  noStates,
  oneState,
  show,
  steps,
  twoStates,
  type Weights,
} from './recurrent-step.js';

/** Options of all recurrent layers. */
export interface RecurrentOptions extends FactoryOptions {
  /** Number of stacked layers; each takes the outputs of the one before. Default: 1. */
  numLayers?: number;
  /** Add learnable biases. Default: true. */
  bias?: boolean;
  /** Sequences are `[batch, time, features]` instead of `[time, batch, features]`. Default: false. */
  batchFirst?: boolean;
  /** Dropout probability of the outputs of each layer except the last, during training. Default: 0. */
  dropout?: number;
  /** Also process the sequence from its end, with separate weights. Default: false. */
  bidirectional?: boolean;
}

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** The activation. Default: `'tanh'`. */
  nonlinearity?: 'tanh' | 'relu';
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** Size that the outputs are projected to; 0 means no projection. Default: 0. */
  projSize?: number;
}

/** The outputs of all steps and the states after the last, as `[output, hn]` and `{ output, hn }`. */
export type RecurrentResult<H> = [output: Tensor, hn: H] & {
  readonly output: Tensor;
  readonly hn: H;
};

function result<H>(output: Tensor, hn: H): RecurrentResult<H> {
  const pair: [Tensor, H] = [output, hn];
  return Object.defineProperties(pair, {
    output: { value: output },
    hn: { value: hn },
  }) as RecurrentResult<H>;
}

type RecurrentPlaces<O> = [
  inputSize: number,
  hiddenSize: number,
  numLayers?: number,
  options?: Omit<O, 'numLayers'>,
];

const recurrentPlaces = /*#__PURE__*/ (() =>
  [
    /*#__PURE__*/ need('inputSize', kinds.integer),
    /*#__PURE__*/ need('hiddenSize', kinds.integer),
    /*#__PURE__*/ may('numLayers', kinds.integer),
  ] as const)();

const recurrentKinds = /*#__PURE__*/ (() =>
  ({
    bias: kinds.boolean,
    batchFirst: kinds.boolean,
    dropout: kinds.number,
    bidirectional: kinds.boolean,
  }) as const)();

/** Base of the three layers: their parameters, and the loops over layers, directions and time. */
abstract class Recurrent<State> extends Module<
  [x: Tensor, hx?: State | null],
  RecurrentResult<State>
> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  /** Whether the layer has biases. */
  readonly bias: boolean;
  /** The kind of recurrent layer, as PyTorch names it. */
  readonly mode: Mode;

  /** @internal */
  constructor(
    mode: Mode,
    inputSize: number,
    hiddenSize: number,
    numLayers = 1,
    options: Omit<LSTMOptions, 'numLayers'> = {},
  ) {
    super();
    const type = classNameOf(this);
    const { bias = true, batchFirst = false, bidirectional = false } = options;
    this.mode = mode;
    this.inputSize = checkSize(type, 'inputSize', inputSize);
    this.hiddenSize = checkSize(type, 'hiddenSize', hiddenSize, 1);
    this.numLayers = checkSize(type, 'numLayers', numLayers, 1);
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = checkProbability(type, 'dropout', options.dropout ?? 0);
    this.bidirectional = bidirectional;
    this.projSize = checkSize(type, 'projSize', options.projSize ?? 0);
    if (this.projSize >= hiddenSize) {
      throw new ValueError(
        `${type}: projSize must be less than hiddenSize, got ${this.projSize} and ${hiddenSize}`,
      );
    }
    const made = factory(type, options);
    const shapes = { gates: gatesOf[mode], hidden: hiddenSize, bias, projection: this.projSize };
    for (let layer = 0; layer < numLayers; layer++) {
      const input = layer === 0 ? inputSize : this.outSize * this.directions;
      for (const suffix of this.suffixes(layer)) {
        for (const [name, x] of Object.entries(newWeights({ ...shapes, input }, made))) {
          if (x !== null) Reflect.set(this, name + suffix, x);
        }
      }
    }
    this.resetParameters();
  }

  /** Draws new initial values, uniform within ±1/√hiddenSize (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    drawWeights(this.parameters(), this.hiddenSize);
  }

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** The size of an output in one direction. */
  private get outSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  private suffixes(layer: number): string[] {
    return this.bidirectional ? [`L${layer}`, `L${layer}Reverse`] : [`L${layer}`];
  }

  private weights(suffix: string): Weights {
    const fields = this as unknown as Record<string, Parameter | undefined>;
    return {
      weightIh: fields[`weightIh${suffix}`] as Parameter,
      weightHh: fields[`weightHh${suffix}`] as Parameter,
      biasIh: fields[`biasIh${suffix}`] ?? null,
      biasHh: fields[`biasHh${suffix}`] ?? null,
      weightHr: fields[`weightHr${suffix}`] ?? null,
    };
  }

  /** Runs all layers. `start` has one tensor for each state, `[layers · directions, batch, size]`. */
  protected run(x: Tensor, start: readonly Tensor[] | null): [Tensor, Tensor[]] {
    const type = classNameOf(this);
    if (x.ndim !== 2 && x.ndim !== 3) {
      throw new ShapeError(
        `${type}: expected ${this.batchFirst ? '[batch, time, features]' : '[time, batch, features]'}, or [time, features], got shape ${show(x)}`,
      );
    }
    const single = x.ndim === 2;
    const byTime = single ? unsqueeze(x, 1) : this.batchFirst ? transpose(x, 0, 1) : x;
    checkFeatures(type, x, this.inputSize);
    const [time, batch] = byTime.shape as readonly [number, number, number];
    if (time === 0)
      throw new ShapeError(
        `${type}: the sequence must have at least one step, got shape ${show(x)}`,
      );
    const layers = this.numLayers * this.directions;
    const sizes = this.mode === 'LSTM' ? [this.outSize, this.hiddenSize] : [this.outSize];
    const given = start?.map((state, i) => {
      const size = sizes[i];
      checkState(type, i, state, single ? [layers, size] : [layers, batch, size]);
      return single ? unsqueeze(state, 1) : state;
    });
    const shapes = sizes.map((size) => [layers, batch, size]);
    const states = given ?? noStates(shapes, x);
    const ends: Tensor[][] = sizes.map(() => []);
    let sequence = byTime;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const both = this.suffixes(layer).map((suffix, direction) => {
        const at = layer * this.directions + direction;
        const begin = states.map((state) => select(state, 0, at));
        const [out, end] = this.through(sequence, begin, this.weights(suffix), direction === 1);
        end.forEach((state, i) => {
          ends[i]?.push(state);
        });
        return out;
      });
      sequence = both.length === 1 ? both[0] : cat(both, -1);
      if (this.dropout > 0 && layer < this.numLayers - 1) {
        sequence = dropout(sequence, this.dropout, { training: this.training });
      }
    }
    const last = ends.map((list) => stack(list, 0));
    if (single) return [squeeze(sequence, 1), last.map((state) => squeeze(state, 1))];
    return [this.batchFirst ? transpose(sequence, 0, 1) : sequence, last];
  }

  private through(
    sequence: Tensor,
    begin: readonly Tensor[],
    w: Weights,
    reverse: boolean,
  ): [Tensor, readonly Tensor[]] {
    // Project the inputs of all steps at once: one large matrix product instead of many small ones.
    const projected = unbind(linear(sequence, w.weightIh, w.biasIh), 0);
    if (reverse) projected.reverse();
    const step = steps[this.mode];
    let states = begin;
    const outputs = projected.map((gates) => {
      states = step(gates, states, w);
      return states[0];
    });
    const out = stack(outputs, 0);
    return [reverse ? flip(out, [0]) : out, states];
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.projSize !== 0) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push(`bias=${pyBool(this.bias)}`);
    if (this.batchFirst) parts.push(`batch_first=${pyBool(this.batchFirst)}`);
    if (this.dropout !== 0) parts.push(`dropout=${pyNumber(this.dropout)}`);
    if (this.bidirectional) parts.push(`bidirectional=${pyBool(this.bidirectional)}`);
    return parts.join(', ');
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      input_size: this.inputSize,
      hidden_size: this.hiddenSize,
      num_layers: this.numLayers,
      bias: this.bias,
      batch_first: this.batchFirst,
      dropout: this.dropout,
      bidirectional: this.bidirectional,
    };
  }
}

const rnnTakes = /*#__PURE__*/ (() =>
  takes<RecurrentPlaces<RNNOptions>>()('RNN', recurrentPlaces, {
    nonlinearity: /*#__PURE__*/ kinds.oneOf('tanh', 'relu'),
    ...recurrentKinds,
    ...factoryKinds,
  }))();

/**
 * `h = tanh(W·x + b + U·h + c)` for each step (Elman 1990; PyTorch: `nn.RNN`).
 *
 * Shapes: input `[time, batch, inputSize]` (`[batch, time, …]` with `batchFirst`, `[time, inputSize]`
 * without a batch), output `[time, batch, directions · hiddenSize]`, states `[numLayers · directions,
 * batch, hiddenSize]`.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const [output, hn] = new RNN(4, 8).forward(randn([10, 2, 4])); // [10, 2, 8], [1, 2, 8]
 */
export class RNN extends Recurrent<Tensor> {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(...given: GivenTo<typeof rnnTakes>) {
    const [inputSize, hiddenSize, numLayers, options = {}] = rnnTakes.take(given);
    const { nonlinearity = 'tanh' } = options;
    const mode = nonlinearity === 'tanh' ? 'RNN_TANH' : 'RNN_RELU';
    super(mode, inputSize, hiddenSize, numLayers, options);
    this.nonlinearity = nonlinearity;
  }

  override forward(...given: GivenInputs<typeof oneState>): RecurrentResult<Tensor> {
    const [x, hx = null] = oneState(this, given);
    const [output, [hn]] = this.run(x, hx === null ? null : [hx]);
    return result(output, hn);
  }

  override config(): Config {
    return { ...super.config(), nonlinearity: this.nonlinearity };
  }
}

const lstmTakes = /*#__PURE__*/ (() =>
  takes<RecurrentPlaces<LSTMOptions>>()('LSTM', recurrentPlaces, {
    ...recurrentKinds,
    projSize: kinds.integer,
    ...factoryKinds,
  }))();

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997; PyTorch: `nn.LSTM`). Gates are in PyTorch's
 * order: input, forget, cell, output.
 *
 * Shapes: input and output as for `RNN`; the states are a pair `[h, c]`, each `[numLayers · directions,
 * batch, hiddenSize]`. With `projSize`, the output and `h` have that size instead.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const [output, [hn, cn]] = new LSTM(4, 8, 2).forward(randn([10, 2, 4]));
 */
export class LSTM extends Recurrent<[h: Tensor, c: Tensor]> {
  constructor(...given: GivenTo<typeof lstmTakes>) {
    super('LSTM', ...lstmTakes.take(given));
  }

  override forward(
    ...given: GivenInputs<typeof twoStates>
  ): RecurrentResult<[h: Tensor, c: Tensor]> {
    const [x, hx = null] = twoStates(this, given);
    const [output, states] = this.run(x, hx);
    return result(output, states as [Tensor, Tensor]);
  }

  override config(): Config {
    return { ...super.config(), proj_size: this.projSize };
  }
}

const gruTakes = /*#__PURE__*/ (() =>
  takes<RecurrentPlaces<RecurrentOptions>>()('GRU', recurrentPlaces, {
    ...recurrentKinds,
    ...factoryKinds,
  }))();

/**
 * Gated recurrent units (Cho et al. 2014; PyTorch: `nn.GRU`). Gates are in PyTorch's order: reset,
 * update, new.
 *
 * Shapes: as for `RNN`.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const [output, hn] = new GRU(4, 8, { bidirectional: true }).forward(randn([10, 2, 4]));
 */
export class GRU extends Recurrent<Tensor> {
  constructor(...given: GivenTo<typeof gruTakes>) {
    super('GRU', ...gruTakes.take(given));
  }

  override forward(...given: GivenInputs<typeof oneState>): RecurrentResult<Tensor> {
    const [x, hx = null] = oneState(this, given);
    const [output, [hn]] = this.run(x, hx === null ? null : [hx]);
    return result(output, hn);
  }
}
