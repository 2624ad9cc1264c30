// Accumulation of gradients in a tensor's `.grad`.
import { stayWith } from '../memory.js';
import { cast, contiguous } from '../operators/create/to-clone.js';
import { add } from '../operators/elementwise/arithmetic.js';
import type { Tensor } from '../tensor.js';

/** How a gradient is accumulated. */
export interface Accumulation {
  /** Whether the gradients themselves are recorded. */
  readonly createGraph: boolean;
  /** Whether a first gradient may be used as `.grad` without a copy. */
  readonly takes: (gradient: Tensor) => boolean;
}

/** Accumulates a gradient in a tensor's `.grad`; a first gradient becomes `.grad` without a copy if allowed. */
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

/** The same for a non-leaf tensor: never in place, since the existing gradient may be referenced elsewhere. */
export function retain(x: Tensor, g: Tensor, how: Accumulation): void {
  if (x.gradient === null) {
    accumulate(x, g, how);
    return;
  }
  const sum = add(x.gradient, g);
  // A tensor created in the pass would be freed with it.
  if (!how.createGraph) stayWith(sum, x);
  x.gradient = sum;
}
