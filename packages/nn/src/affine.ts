// The factor and the offset of layers that normalise.
import { ones, type Shape, zeros } from '@dl/core/functional';
import type { FactoryOptions } from './arguments.js';
import { ones_, zeros_ } from './init.js';
import { Parameter } from './parameter.js';

/** A factor, and an offset too; null where the layer has none. */
export interface Affine {
  weight: Parameter | null;
  bias: Parameter | null;
}

/** Factors of 1 and offsets of 0. */
export const newAffine = (
  shape: Shape,
  { affine, bias = true }: { affine: boolean; bias?: boolean | undefined },
  made: FactoryOptions,
): Affine => ({
  weight: affine ? new Parameter(ones(shape, made)) : null,
  bias: affine && bias ? new Parameter(zeros(shape, made)) : null,
});

/** Sets them back to 1 and 0. */
export function resetAffine({ weight, bias = null }: Partial<Affine>): void {
  if (weight) ones_(weight);
  if (bias !== null) zeros_(bias);
}
