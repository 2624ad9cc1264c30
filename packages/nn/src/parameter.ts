// Parameter: a learnable tensor of a module.
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
 * A learnable tensor of a module (PyTorch: `nn.Parameter`). In a field of a
 * `Module`, or in an array in a field, it needs no registration.
 *
 * It shares memory with the tensor that it is created from, and is a leaf.
 *
 * @param data the values; a floating-point tensor unless `requiresGrad` is false.
 * @param requiresGrad whether the parameter requires gradients. Default: true.
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

  /** The parameter as PyTorch prints it: `Parameter containing:` and the tensor. */
  override toString(): string {
    return `Parameter containing:\n${Tensor.prototype.toString.call(this)}`;
  }

  /** @internal The text that Node's console prints. */
  [inspect](): string {
    return this.toString();
  }
}

/** Whether a value is a parameter, of this copy of the package or another. */
export const isParameter = (x: unknown): x is Parameter =>
  typeof x === 'object' && x !== null && (x as { [PARAMETER]?: true })[PARAMETER] === true;
