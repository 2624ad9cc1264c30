// What recurrent layers and cells share: one step of each kind, initial values, and the inputs of `forward`.
import {
  add,
  chunk,
  empty,
  kinds,
  linear,
  may,
  mul,
  need,
  relu,
  ShapeError,
  sigmoid,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '@dl/core/functional';
import { type FactoryOptions, inputs } from './arguments.js';
import { uniform_ } from './init.js';
import { Parameter } from './parameter.js';

/** The parameters of one layer in one direction, in PyTorch's order. */
export interface Weights {
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly biasIh: Parameter | null;
  readonly biasHh: Parameter | null;
  readonly weightHr: Parameter | null;
}

/** The kinds of recurrent layers, as PyTorch names them. */
export type Mode = 'RNN_TANH' | 'RNN_RELU' | 'LSTM' | 'GRU';
/** The number of gates of each. */
export const gatesOf: Record<Mode, number> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

/** Computes the states after a step from its projected input and the states before it; the first state is the output. */
export type Step = (gates: Tensor, states: readonly Tensor[], w: Weights) => readonly Tensor[];

export const steps: Record<Mode, Step> = {
  RNN_TANH: (gates, [h], w) => [tanh(add(gates, linear(h, w.weightHh, w.biasHh)))],
  RNN_RELU: (gates, [h], w) => [relu(add(gates, linear(h, w.weightHh, w.biasHh)))],
  LSTM: (gates, [h, c], w) => {
    const all = add(gates, linear(h, w.weightHh, w.biasHh));
    const [i, f, g, o] = chunk(all, 4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const out = mul(sigmoid(o), tanh(cell));
    return [w.weightHr === null ? out : linear(out, w.weightHr), cell];
  },
  GRU: (gates, [h], w) => {
    const [ir, iz, inew] = chunk(gates, 3, -1) as [Tensor, Tensor, Tensor];
    const hidden = chunk(linear(h, w.weightHh, w.biasHh), 3, -1);
    const [hr, hz, hnew] = hidden;
    const reset = sigmoid(add(ir, hr));
    const update = sigmoid(add(iz, hz));
    const fresh = tanh(add(inew, mul(reset, hnew)));
    return [add(mul(sub(h, fresh), update), fresh)];
  },
};

/** Draws initial values, uniform within ±1/√hiddenSize. */
export function drawWeights(parameters: Iterable<Parameter>, hiddenSize: number): void {
  const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
  for (const parameter of parameters) uniform_(parameter, -bound, bound);
}

/** A tensor's shape for messages. */
export const show = (x: Tensor): string => `[${x.shape.join(', ')}]`;

/** Throws for a state of the wrong shape, naming the layer. The first state is h0, the second c0. */
export function checkState(type: string, i: number, state: Tensor, shape: readonly number[]): void {
  if (state.shape.join() !== shape.join()) {
    throw new ShapeError(
      `${type}: the state ${i === 0 ? 'h0' : 'c0'} must have shape [${shape.join(', ')}], got ${show(state)}`,
    );
  }
}

/** Throws for an input with the wrong number of features, naming the layer. */
export function checkFeatures(type: string, x: Tensor, size: number): void {
  if (x.shape[x.ndim - 1] === size) return;
  throw new ShapeError(`${type}: expected ${size} features, got shape ${show(x)}`);
}

/** The states before the first step if none are given: zeros. */
export const noStates = (
  shapes: readonly (readonly number[])[],
  { dtype, device }: Tensor,
): Tensor[] => shapes.map((shape) => zeros(shape, { dtype, device }));

/** Creates the parameters of one layer in one direction. */
export function newWeights(
  shapes: { gates: number; input: number; hidden: number; bias: boolean; projection?: number },
  made: FactoryOptions,
): Weights {
  const parameter = (...shape: number[]): Parameter => new Parameter(empty(shape, made));
  const { gates, input, hidden, bias, projection = 0 } = shapes;
  return {
    weightIh: parameter(gates * hidden, input),
    weightHh: parameter(gates * hidden, projection > 0 ? projection : hidden),
    biasIh: bias ? parameter(gates * hidden) : null,
    biasHh: bias ? parameter(gates * hidden) : null,
    weightHr: projection > 0 ? parameter(projection, hidden) : null,
  };
}

/** The inputs of a `forward` with one state. */
export const oneState = /*#__PURE__*/ (() =>
  inputs<[x: Tensor, hx?: Tensor | null]>()(
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('hx', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    ],
    {},
  ))();

const pairOfStates = /*#__PURE__*/ kinds.kind<[h: Tensor, c: Tensor]>(
  'a pair of tensors [h0, c0]',
  (x) => kinds.tensors.is(x) && x.length === 2,
);

/** The inputs of a `forward` with two states. */
export const twoStates = /*#__PURE__*/ (() =>
  inputs<[x: Tensor, hx?: [h: Tensor, c: Tensor] | null]>()(
    [
      /*#__PURE__*/ need('x', kinds.tensor),
      /*#__PURE__*/ may('hx', /*#__PURE__*/ kinds.orNull(pairOfStates)),
    ],
    {},
  ))();
