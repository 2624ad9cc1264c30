// How a gradient becomes a tensor's `.grad`.
import { stayWith } from '../memory.js';
import { cast, contiguous } from '../operators/create/to-clone.js';
import { add } from '../operators/elementwise/arithmetic.js';
import type { Tensor } from '../tensor.js';

/** How a gradient is added to what there is. */
export interface Accumulation {
  /** Whether the gradients themselves are recorded. */
  readonly createGraph: boolean;
  /** Whether the memory of a first gradient may be taken over. */
  readonly takes: (gradient: Tensor) => boolean;
}

/** Adds a gradient to a tensor's `.grad`; the first one is taken over without a copy if it may be. */
export function accumulate(
  x: Tensor,
  gradient: Tensor,
  { createGraph, takes }: Accumulation,
): void {
  const g = gradient.dtype === x.dtype ? gradient : cast(gradient, x.dtype);
  if (x.gradient !== null) {
    if (createGraph) x.gradient = add(x.gradient, g);
    else add.operator.applyInPlace([x.gradient, g]);
    return;
  }
  if (createGraph) {
    // The graph may have saved it, and a later pass adds to it.
    x.gradient = contiguous(g, true);
    return;
  }
  const takeable = g.dense && g.storage.length === g.count && takes(g);
  const own = takeable ? g.detach() : contiguous(g.detach(), true);
  stayWith(own, x);
  x.gradient = own;
}

/** The same for a tensor that is not a leaf: never in place, since others may hold what is there. */
export function retain(x: Tensor, g: Tensor, how: Accumulation): void {
  if (x.gradient === null) {
    accumulate(x, g, how);
    return;
  }
  const sum = add(x.gradient, g);
  // Made in the pass, it would go with it.
  if (!how.createGraph) stayWith(sum, x);
  x.gradient = sum;
}
