// The common part of all functions that create tensors: their options, and moving a tensor to the requested device.

import * as kinds from '../../arguments/kinds.js';
import type { Device } from '../../backend/device-name.js';
import { backendOf } from '../../backend/registry.js';
import { type DType, isFloat, type TypedArray } from '../../dtype.js';
import { AutogradError } from '../../errors.js';
import { Storage } from '../../memory.js';
import { Tensor } from '../../tensor.js';

/** Options of every function that creates a tensor. */
export interface TensorOptions {
  /** Element type; each function states its default. */
  dtype?: DType;
  /** The device; default `'cpu'`. */
  device?: Device | (string & {});
  /** Record operations on it for gradients; default false. */
  requiresGrad?: boolean;
}

/** The options of functions that create tensors. */
export const makerKinds = {
  dtype: kinds.dtype,
  device: kinds.string,
  requiresGrad: kinds.boolean,
} as const;

/** Makes a new tensor require gradients if the options say so. */
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

/** Moves a new tensor from CPU memory to the device in the options. */
export function finish(operator: string, x: Tensor, options: TensorOptions): Tensor {
  const device = options.device ?? 'cpu';
  if (device === 'cpu') return recorded(operator, x, options);
  const backend = backendOf(device, operator);
  const buffer = backend.upload(x.buffer as TypedArray, x.dtype);
  const moved = new Tensor(new Storage(buffer, x.dtype, x.count, backend), x.shape);
  return recorded(operator, moved, options);
}
