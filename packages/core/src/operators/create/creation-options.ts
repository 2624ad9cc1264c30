// What all functions that make tensors have in common: their options, and putting a tensor where these say.

import * as kinds from '../../arguments/kinds.js';
import type { Device } from '../../backend/device-name.js';
import { backendOf } from '../../backend/registry.js';
import { type DType, isFloat, type TypedArray } from '../../dtype.js';
import { AutogradError } from '../../errors.js';
import { Storage } from '../../memory.js';
import { Tensor } from '../../tensor.js';

/** Options that every function which makes a tensor takes. */
export interface TensorOptions {
  /** Element type; each function states its default. */
  dtype?: DType;
  /** Where the elements are; default `'cpu'`. */
  device?: Device | (string & {});
  /** Record operations on it for gradients; default false. */
  requiresGrad?: boolean;
}

/** The options of functions that make tensors. */
export const makerKinds = {
  dtype: kinds.dtype,
  device: kinds.string,
  requiresGrad: kinds.boolean,
} as const;

/** Has a new tensor require gradients, if the options say so. */
export function recorded(operator: string, x: Tensor, { requiresGrad }: TensorOptions): Tensor {
  if (requiresGrad !== true) return x;
  if (!isFloat(x.dtype)) {
    throw new AutogradError(
      `${operator}: requiresGrad needs a floating-point dtype, this tensor is ${x.dtype}; pass { dtype: 'float32' }`,
    );
  }
  x.requiresGrad = true;
  return x;
}

/** A new tensor in CPU memory, moved to the device that the options name. */
export function finish(operator: string, x: Tensor, options: TensorOptions): Tensor {
  const device = options.device ?? 'cpu';
  if (device === 'cpu') return recorded(operator, x, options);
  const backend = backendOf(device, operator);
  const buffer = backend.upload(x.buffer as TypedArray, x.dtype);
  const moved = new Tensor(new Storage(buffer, x.dtype, x.count, backend), x.shape);
  return recorded(operator, moved, options);
}
