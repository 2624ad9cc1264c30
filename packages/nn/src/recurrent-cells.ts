// RNNCell, LSTMCell and GRUCell: a single step of a recurrent layer.
import {
  type GivenTo,
  kinds,
  linear,
  may,
  need,
  ShapeError,
  squeeze,
  type Tensor,
  takes,
  unsqueeze,
} from '@dl/core/functional';
import {
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
import { pyBool } from './python-format.js';
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
} from './recurrent-step.js';

/** Options of `LSTMCell` and `GRUCell`. */
export interface RecurrentCellOptions extends FactoryOptions {
  /** Add learnable biases. Default: true. */
  bias?: boolean;
}

/** Options of `RNNCell`. */
export interface RNNCellOptions extends RecurrentCellOptions {
  /** The activation. Default: `'tanh'`. */
  nonlinearity?: 'tanh' | 'relu';
}

type CellPlaces<O> = [
  inputSize: number,
  hiddenSize: number,
  bias?: boolean,
  options?: Omit<O, 'bias'>,
];

const cellPlaces = /*#__PURE__*/ (() =>
  [
    /*#__PURE__*/ need('inputSize', kinds.integer),
    /*#__PURE__*/ need('hiddenSize', kinds.integer),
    /*#__PURE__*/ may('bias', kinds.boolean),
  ] as const)();

/** Base of the three cells. */
abstract class RecurrentCell<State, Result> extends Module<[x: Tensor, hx?: State | null], Result> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Whether the layer has biases. */
  readonly bias: boolean;
  weightIh: Parameter;
  weightHh: Parameter;
  biasIh: Parameter | null;
  biasHh: Parameter | null;

  /** @internal */
  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    bias = true,
    options: FactoryOptions = {},
  ) {
    super();
    const type = classNameOf(this);
    this.inputSize = checkSize(type, 'inputSize', inputSize);
    this.hiddenSize = checkSize(type, 'hiddenSize', hiddenSize);
    this.bias = bias;
    const made = newWeights(
      { gates, input: inputSize, hidden: hiddenSize, bias },
      factory(type, options),
    );
    this.weightIh = made.weightIh;
    this.weightHh = made.weightHh;
    this.biasIh = made.biasIh;
    this.biasHh = made.biasHh;
    this.resetParameters();
  }

  /** Draws new initial values, uniform within ±1/√hiddenSize (PyTorch: `reset_parameters`). */
  resetParameters(): void {
    drawWeights(this.parameters(), this.hiddenSize);
  }

  /** Computes the states after the step. The states before it are zeros unless `given`. */
  protected run(mode: Mode, x: Tensor, given: readonly Tensor[] | null): readonly Tensor[] {
    const type = classNameOf(this);
    if (x.ndim !== 1 && x.ndim !== 2) {
      throw new ShapeError(
        `${type}: expected [batch, features] or [features], got shape ${show(x)}`,
      );
    }
    const single = x.ndim === 1;
    checkFeatures(type, x, this.inputSize);
    const shape = [...x.shape.slice(0, -1), this.hiddenSize];
    given?.forEach((state, i) => {
      checkState(type, i, state, shape);
    });
    const states = given ?? noStates(mode === 'LSTM' ? [shape, shape] : [shape], x);
    const batch = (y: Tensor): Tensor => (single ? unsqueeze(y, 0) : y);
    const { weightIh, weightHh, biasIh, biasHh } = this;
    const gates = linear(batch(x), weightIh, biasIh);
    const weights = { weightIh, weightHh, biasIh, biasHh, weightHr: null };
    const after = steps[mode](gates, states.map(batch), weights);
    return single ? after.map((y) => squeeze(y, 0)) : after;
  }

  override extraRepr(): string {
    const bias = this.bias ? '' : `, bias=${pyBool(this.bias)}`;
    return `${this.inputSize}, ${this.hiddenSize}${bias}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { input_size: this.inputSize, hidden_size: this.hiddenSize, bias: this.bias };
  }
}

const rnnCellTakes = /*#__PURE__*/ (() =>
  takes<CellPlaces<RNNCellOptions>>()('RNNCell', cellPlaces, {
    nonlinearity: /*#__PURE__*/ kinds.oneOf('tanh', 'relu'),
    ...factoryKinds,
  }))();

/**
 * One step of `RNN`: `h' = tanh(W·x + b + U·h + c)` (Elman 1990; PyTorch: `nn.RNNCell`).
 *
 * Shapes: input `[batch, inputSize]` or `[inputSize]`, state and result `[batch, hiddenSize]` or `[hiddenSize]`. The
 * state defaults to zeros.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const h = new RNNCell(4, 8).forward(randn([2, 4]), zeros([2, 8])); // [2, 8]
 */
export class RNNCell extends RecurrentCell<Tensor, Tensor> {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(...given: GivenTo<typeof rnnCellTakes>) {
    const [inputSize, hiddenSize, bias, options = {}] = rnnCellTakes.take(given);
    super(gatesOf.RNN_TANH, inputSize, hiddenSize, bias, options);
    this.nonlinearity = options.nonlinearity ?? 'tanh';
  }

  override forward(...given: GivenInputs<typeof oneState>): Tensor {
    const [x, hx = null] = oneState(this, given);
    const mode = this.nonlinearity === 'tanh' ? 'RNN_TANH' : 'RNN_RELU';
    return this.run(mode, x, hx === null ? null : [hx])[0];
  }

  override extraRepr(): string {
    const other = this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`;
    return super.extraRepr() + other;
  }

  override config(): Config {
    return { ...super.config(), nonlinearity: this.nonlinearity };
  }
}

const lstmCellTakes = /*#__PURE__*/ (() =>
  takes<CellPlaces<RecurrentCellOptions>>()('LSTMCell', cellPlaces, { ...factoryKinds }))();

/**
 * One step of `LSTM` (Hochreiter & Schmidhuber 1997; PyTorch: `nn.LSTMCell`). Gates are in PyTorch's order: input,
 * forget, cell, output.
 *
 * Shapes: input `[batch, inputSize]` or `[inputSize]`; states and result are pairs `[h, c]` of `[batch, hiddenSize]` or
 * `[hiddenSize]`. The states default to zeros.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const [h, c] = new LSTMCell(4, 8).forward(randn([2, 4])); // [2, 8], [2, 8]
 */
export class LSTMCell extends RecurrentCell<[h: Tensor, c: Tensor], [h: Tensor, c: Tensor]> {
  constructor(...given: GivenTo<typeof lstmCellTakes>) {
    super(gatesOf.LSTM, ...lstmCellTakes.take(given));
  }

  override forward(...given: GivenInputs<typeof twoStates>): [h: Tensor, c: Tensor] {
    const [x, hx = null] = twoStates(this, given);
    const [h, c] = this.run('LSTM', x, hx);
    return [h, c];
  }
}

const gruCellTakes = /*#__PURE__*/ (() =>
  takes<CellPlaces<RecurrentCellOptions>>()('GRUCell', cellPlaces, { ...factoryKinds }))();

/**
 * One step of `GRU` (Cho et al. 2014; PyTorch: `nn.GRUCell`). Gates are in PyTorch's order: reset, update, new.
 *
 * Shapes: as for `RNNCell`.
 *
 * @throws ValueError for invalid sizes; ShapeError if an input does not fit.
 * @example const h = new GRUCell(4, 8, { bias: false }).forward(randn([2, 4])); // [2, 8]
 */
export class GRUCell extends RecurrentCell<Tensor, Tensor> {
  constructor(...given: GivenTo<typeof gruCellTakes>) {
    super(gatesOf.GRU, ...gruCellTakes.take(given));
  }

  override forward(...given: GivenInputs<typeof oneState>): Tensor {
    const [x, hx = null] = oneState(this, given);
    return this.run('GRU', x, hx === null ? null : [hx])[0];
  }
}
