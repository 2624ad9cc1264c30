// Shapes: sizes, strides, broadcasting, and the checks that every operator shares.
import { IndexError, ShapeError } from './errors.js';

/** Sizes of each dimension, as a user writes them. */
export type Shape = readonly number[];

/** Number of elements. */
export function numelOf(shape: Shape): number {
  let n = 1;
  for (let d = 0; d < shape.length; d++) n *= shape[d];
  return n;
}

/** Row-major strides. */
export function denseStrides(shape: Shape): readonly number[] {
  const rank = shape.length;
  if (rank === 0) return [];
  const strides = new Array<number>(rank);
  let step = 1;
  for (let d = rank - 1; d >= 0; d--) {
    strides[d] = step;
    const size = shape[d];
    if (size > 1) step *= size;
  }
  return strides;
}

/** Whether these strides are contiguous in row-major order for the shape. */
export function isDense(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d];
    if (size === 1) continue;
    // Without elements all strides are, even if an earlier size suggests otherwise.
    if (strides[d] !== step) return shape.includes(0);
    step *= size;
  }
  return true;
}

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
};

/** `[2, 3]`, as in messages. */
export const show = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Throws for sizes that are not non-negative integers. */
export function checkShape(operator: string, shape: Shape): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${operator}: the shape must be an array such as [2, 3], got ${String(shape)}`,
    );
  }
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(
        `${operator}: sizes must be non-negative integers, got shape ${show(shape)}`,
      );
    }
  }
  return shape;
}

/**
 * The common shape of operands by PyTorch's rule (`torch.broadcast_shapes`): aligned at the last
 * dimension, sizes equal or 1.
 */
export function broadcastShapes(operator: string, shapes: readonly Shape[]): Shape {
  let result = shapes[0];
  for (let k = 1; k < shapes.length; k++) {
    const other = shapes[k];
    if (sameShape(result, other)) continue;
    if (other.length === 0) continue;
    if (result.length === 0) {
      result = other;
      continue;
    }
    const rank = Math.max(result.length, other.length);
    const merged = new Array<number>(rank);
    for (let d = 1; d <= rank; d++) {
      const a = result[result.length - d] ?? 1;
      const b = other[other.length - d] ?? 1;
      if (a !== b && a !== 1 && b !== 1) {
        throw new ShapeError(
          `${operator}: shapes ${shapes.map(show).join(' and ')} do not broadcast: ` +
            `dimension ${rank - d} has sizes ${a} and ${b}; they must be equal or one of them 1`,
        );
      }
      merged[rank - d] = a === 1 ? b : a;
    }
    result = merged;
  }
  return result;
}

/** The dimension as a non-negative integer; negative ones count from the end. */
export function normalizeDim(operator: string, dim: number, rank: number): number {
  const limit = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    throw new IndexError(
      `${operator}: dimension ${dim} is out of range for a tensor of ${rank} dimension${rank === 1 ? '' : 's'}; ` +
        `valid are ${-limit} to ${limit - 1}`,
    );
  }
  return dim < 0 ? dim + limit : dim;
}

const everyDim: (readonly number[])[] = [];

/** The dimensions 0 … rank-1. */
function allDims(rank: number): readonly number[] {
  everyDim[rank] ??= Array.from({ length: rank }, (_, d) => d);
  return everyDim[rank];
}

/** Dimensions in ascending order; `null` or an empty list stands for all of them. */
export function normalizeDims(
  operator: string,
  dim: number | readonly number[] | null | undefined,
  rank: number,
): readonly number[] {
  if (dim === null || dim === undefined) return allDims(rank);
  if (typeof dim === 'number') {
    const d = normalizeDim(operator, dim, rank);
    return rank === 0 ? [] : [d];
  }
  if (dim.length === 0) return allDims(rank);
  const dims = distinctDims(operator, dim, rank);
  return rank === 0 ? [] : dims.sort((a, b) => a - b);
}

/** The dimensions as non-negative integers, in the given order; duplicates are refused. */
export function distinctDims(
  operator: string,
  dim: number | readonly number[],
  rank: number,
): number[] {
  const given = typeof dim === 'number' ? [dim] : dim;
  const dims = given.map((d) => normalizeDim(operator, d, rank));
  if (new Set(dims).size !== dims.length) {
    throw new IndexError(`${operator}: dims ${show(given)} must not contain a dimension twice`);
  }
  return dims;
}
