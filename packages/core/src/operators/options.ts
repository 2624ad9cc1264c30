// Arguments that PyTorch takes by place or by name: here by place, or in an options object.
import { Tensor } from '../tensor.js';

/**
 * Whether an argument is an options object that stands in the place of optional arguments, as in
 * `x.clamp({ min: 0 })` for `x.clamp(0)`.
 */
export const isOptions = <T extends object>(x: unknown): x is T =>
  x !== null && typeof x === 'object' && !Array.isArray(x) && !(x instanceof Tensor);
