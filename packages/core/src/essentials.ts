// What every tensor can do by itself, without the table of methods.
import { type BackwardOptions, backward } from './autograd/engine.js';
import type { DType, TypedArray } from './dtype.js';
import { AutogradError } from './errors.js';
import { clone, contiguous, cpu, data, type ToOptions, to } from './operators/convert.js';
import { makerFromBase } from './operators/strided.js';
import { setViewMaker, Tensor } from './tensor.js';

/** The methods that tensors have without the operators too. */
export interface EssentialMethods {
  /**
   * Fills `.grad` of every leaf that this tensor was computed from (PyTorch: `x.backward()`).
   * Gradients add up over calls until they are cleared.
   *
   * @param gradient the gradient of this tensor; may be left out for a scalar.
   * @throws AutogradError if nothing requires gradients or the tape was freed; ShapeError for a
   * tensor that is no scalar and no gradient.
   * @example x.mul(x).sum().backward(); x.grad
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void;
  /** A copy with memory of its own; see the function `clone`. */
  clone(): Tensor;
  /** The tensor with dense memory; itself if it has it (PyTorch: `x.contiguous()`). */
  contiguous(): Tensor;
  /** The tensor on the CPU, once the device has finished; see the function `cpu`. */
  cpu(): Promise<Tensor>;
  /** The elements as a typed array in row-major order; see the function `data`. */
  data(): TypedArray;
  /**
   * Cuts the tensor itself off from the tape; it does not require gradients any more (PyTorch: `x.detach_()`).
   *
   * @throws AutogradError for a view.
   */
  detach_(): Tensor;
  /** The tensor in another dtype or on another device; see the function `to`. */
  to(target: DType | (string & {}) | ToOptions | Tensor): Tensor;
  /** The text that PyTorch prints for the tensor; with `@dl/core/functional` alone its shape and dtype. */
  toString(): string;
}

/** Node's console.log and util.inspect look for this symbol. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** Makes `value` a method of all tensors. */
export function define(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

/** Installs what all tensors have; called once, where the class is defined for users. */
export function installEssentials(): void {
  setViewMaker(makerFromBase);
  const methods: {
    [K in keyof EssentialMethods]: (
      this: Tensor,
      ...args: Parameters<EssentialMethods[K]>
    ) => unknown;
  } = {
    backward(gradient, options) {
      backward(this, gradient, options);
    },
    clone() {
      return clone(this);
    },
    contiguous() {
      return contiguous(this);
    },
    cpu() {
      return cpu(this);
    },
    data() {
      return data(this);
    },
    detach_() {
      if (this.base !== null) {
        throw new AutogradError(
          'detach_: a view cannot be detached in place, since its base may be changed in place; use detach()',
        );
      }
      this.gradFn = null;
      this.requiresGrad = false;
      return this;
    },
    to(target) {
      return to(this, target);
    },
    toString() {
      return `tensor(..., size=(${this.shape.join(', ')}), dtype=${this.dtype}, device='${this.device}')`;
    },
  };
  for (const [name, f] of Object.entries(methods)) define(name, f);
  define(inspect, methods.toString);
}
