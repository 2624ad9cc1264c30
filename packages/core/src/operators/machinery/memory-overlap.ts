// Memory shared by tensors, and the writes that it forbids.
import { ShapeError, ValueError } from '../../errors.js';
import { type Shape, show } from '../../shape.js';
import type { Tensor } from '../../tensor.js';

/** `'unknown'`: both share one storage, and at least one of them has gaps or repeated elements. */
export type Overlap = 'none' | 'partial' | 'full' | 'unknown';

/** Whether the elements fill one contiguous range of memory, in any order, each location once. */
export function fillsMemory(x: Tensor): boolean {
  if (x.dense) return true;
  const dims = x.shape
    .map((n, d) => [n, x.strides[d]] as const)
    .filter(([n]) => n !== 1)
    .sort((a, b) => a[1] - b[1]);
  let step = 1;
  for (const [n, stride] of dims) {
    if (stride !== step) return false;
    step *= n;
  }
  return true;
}

/** Whether every element of such a view has its own memory location; false also for interleaved strides. */
export function distinctPlaces(shape: Shape, strides: readonly number[]): boolean {
  let reach = 0;
  const dims = shape
    .map((n, d) => [n, strides[d]] as const)
    .filter(([n]) => n > 1)
    .sort((a, b) => a[1] - b[1]);
  for (const [n, stride] of dims) {
    if (stride <= reach) return false;
    reach += (n - 1) * stride;
  }
  return true;
}

/** How two tensors overlap, as precisely as PyTorch checks (`at::get_overlap_status`). */
export function overlapOf(a: Tensor, b: Tensor): Overlap {
  if (a === b) return 'full';
  if (a.storage !== b.storage || a.count === 0 || b.count === 0) return 'none';
  if (!fillsMemory(a) || !fillsMemory(b)) return 'unknown';
  if (a.offset === b.offset && a.count === b.count) {
    return sameStrides(a, b) ? 'full' : 'partial';
  }
  return a.offset < b.offset + b.count && b.offset < a.offset + a.count ? 'partial' : 'none';
}

function sameStrides(a: Tensor, b: Tensor): boolean {
  return (
    a.strides.length === b.strides.length &&
    a.strides.every((s, d) => s === b.strides[d] || a.shape[d] === 1)
  );
}

function refuse(operator: string, what: string): never {
  throw new ValueError(
    `${operator}: ${what} shares memory with the tensor that is written to; clone() it first`,
  );
}

/**
 * Throws for an operand that shares memory with `target` and is read while it is written: an index or a source of
 * values.
 *
 * @param what names the operand, as in "the index".
 */
export function refuseOverlap(operator: string, target: Tensor, other: Tensor, what: string): void {
  const found = overlapOf(target, other);
  if (found === 'partial' || found === 'full') refuse(operator, what);
}

/** Throws for an elementwise operand that partly overlaps the memory written to; a full overlap is fine. */
export function refusePartialOverlap(operator: string, target: Tensor, other: Tensor): void {
  if (target.storage !== other.storage) return;
  if (overlapOf(target, other) === 'partial') refuse(operator, 'the operand');
}

/** Throws when writing to a tensor in which several elements share a memory location. */
export function refuseRepeated(operator: string, x: Tensor): void {
  if (x.count === 0) return;
  for (let d = 0; d < x.ndim; d++) {
    if (x.strides[d] === 0 && x.shape[d] > 1) {
      throw new ShapeError(
        `${operator}: several elements of this tensor of shape ${show(x.shape)} share one memory location (it was expanded); ` +
          'clone() it first',
      );
    }
  }
}
