// The tensor that a module trains.
import { type GivenTo, kinds, may, need, Tensor, takes } from '@dl/core/functional';

/** Marks parameters of any copy of this package: a program may hold an ESM and a CommonJS one. */
const PARAMETER: unique symbol = Symbol.for('@dl/nn.Parameter');
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

const parameterTakes = /*#__PURE__*/ (() =>
  takes<[data: Tensor, requiresGrad?: boolean]>()(
    'Parameter',
    [/*#__PURE__*/ need('data', kinds.tensor), /*#__PURE__*/ may('requiresGrad', kinds.boolean)],
    {},
  ))();

/**
 * A tensor that belongs to a module and is trained (PyTorch: `nn.Parameter`). As a field of a
 * `Module`, or in an array that is one, it is found without being registered.
 *
 * It shares the memory of the tensor that it is made from, and is a leaf: its history starts here.
 *
 * @param data the values; a floating-point tensor if gradients are wanted.
 * @param requiresGrad whether it is to be trained. Default: true.
 * @throws AutogradError for an integer tensor with `requiresGrad`.
 * @example
 * class Scale extends Module {
 *   factor = new Parameter(ones([1]));
 *   forward(x: Tensor) { return x.mul(this.factor); }
 * }
 */
export class Parameter extends Tensor {
  constructor(...given: GivenTo<typeof parameterTakes>) {
    const [data, requiresGrad = true] = parameterTakes.take(given);
    super(data.storage, data.shape, data.strides, data.offset);
    if (requiresGrad) this.requiresGrad = true;
  }

  /** @internal */
  get [PARAMETER](): true {
    return true;
  }

  /** The text that PyTorch prints: `Parameter containing:` and the tensor. */
  override toString(): string {
    return `Parameter containing:\n${Tensor.prototype.toString.call(this)}`;
  }

  /** @internal What Node's console prints. */
  [inspect](): string {
    return this.toString();
  }
}

/** Whether a value is a parameter, of this copy of the package or another one. */
export const isParameter = (x: unknown): x is Parameter =>
  typeof x === 'object' && x !== null && (x as { [PARAMETER]?: true })[PARAMETER] === true;
