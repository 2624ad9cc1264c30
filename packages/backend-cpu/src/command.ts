// Commands for the addon: numbers written one after another to the memory that it reads.
import type { AxisGroup, Buffer, View } from '@dl/core/functional';
import { command } from './native.js';

/** Maximum numbers of dimensions and operands that the addon supports. */
export const MAX_RANK = 12;
export const MAX_OPERANDS = 24;
/** The codes of reducers. */
export const reducers = { sum: 0, prod: 1, min: 2, max: 3, argmin: 4, argmax: 5 } as const;

let at = 0;

/** Starts writing at a position. */
export function startAt(place: number): void {
  at = place;
}

/** Writes the next number. */
export function put(value: number): void {
  command[at++] = value;
}

/** A shape, its rank first. */
export function putShape(shape: readonly number[]): void {
  put(shape.length);
  for (let d = 0; d < shape.length; d++) put(shape[d]);
}

/** A view's offset and its strides for a shape of `rank` dimensions: 0 where it is broadcast. */
export function putView(x: View, rank: number): void {
  put(x.offset);
  const lead = rank - x.shape.length;
  for (let d = 0; d < lead; d++) put(0);
  for (let d = 0; d < x.shape.length; d++) put(x.shape[d] === 1 ? 0 : x.strides[d]);
}

/** A group of axes of a matrix product. */
export function putGroup(g: AxisGroup): void {
  putShape(g.sizes);
  const { a, b, out } = g;
  for (let d = 0; d < a.length; d++) put(a[d]);
  for (let d = 0; d < b.length; d++) put(b[d]);
  for (let d = 0; d < out.length; d++) put(out[d]);
}

/** A program and its numbers, from the start of the command. */
export function putParams(id: number, params: readonly number[]): void {
  command[0] = id;
  startAt(1);
  for (let i = 0; i < params.length; i++) put(params[i]);
}

/** The number of combinations in a group; NaN if it has more axes than the addon supports. */
export function sizeOf({ sizes }: AxisGroup): number {
  let n = 1;
  for (let d = 0; d < sizes.length; d++) n *= sizes[d];
  return sizes.length > MAX_RANK ? NaN : n;
}

/** Whether every operand is contiguous in the outputs' shape, or a single element. */
export function isFlat(views: readonly View[], n: number): boolean {
  for (let i = 0; i < views.length; i++) {
    const x = views[i];
    if (!x.dense || (x.count !== n && x.count !== 1)) return false;
  }
  return true;
}

export const bufferOf = (x: View): Buffer => x.buffer;

/** Offset and stride of views that are contiguous in one dimension, or a single element. */
export function putFlat(views: readonly View[], n: number): void {
  for (let i = 0; i < views.length; i++) {
    const x = views[i];
    put(x.offset);
    put(x.count === 1 && n !== 1 ? 0 : 1);
  }
}
