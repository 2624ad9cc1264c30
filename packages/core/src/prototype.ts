// Adding methods to the class Tensor.
import { Tensor } from './tensor.js';

/** Makes `value` a method of all tensors. */
export function define(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
