// The learnable weight and bias of normalization layers.
import { ones, type Shape, zeros } from '@dl/core/functional';
import type { FactoryOptions } from './arguments.js';
import { ones_, zeros_ } from './init.js';
import { Parameter } from './parameter.js';

/** A weight and a bias; null where the layer has none. */
export interface Affine {
  weight: Parameter | null;
  bias: Parameter | null;
}

/** Creates a weight of ones and a bias of zeros. */
export const newAffine = (
  shape: Shape,
  { affine, bias = true }: { affine: boolean; bias?: boolean | undefined },
  made: FactoryOptions,
): Affine => ({
  weight: affine ? new Parameter(ones(shape, made)) : null,
  bias: affine && bias ? new Parameter(zeros(shape, made)) : null,
});

/** Resets the weight to 1 and the bias to 0. */
export function resetAffine({ weight, bias = null }: Partial<Affine>): void {
  if (weight) ones_(weight);
  if (bias !== null) zeros_(bias);
}
