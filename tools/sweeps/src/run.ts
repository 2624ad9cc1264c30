// Running a function over its points on a device: all of them in one call, forward and backward.
import { type DType, grad, ones, type Tensor, tensor } from '@dl/core';
import type { FloatType } from './floats.js';
import type { Swept } from './functions.js';

/** A tensor of numbers that the dtype has. With an offset it starts there in its memory. */
function operand(xs: Float64Array, dtype: FloatType, device: string, offset: number): Tensor {
  const padded = new Float64Array(xs.length + offset);
  padded.set(xs, offset);
  const made = tensor(padded).to(dtype).to(device);
  const x = offset === 0 ? made : made.narrow(0, offset, xs.length).detach();
  x.requiresGrad = true;
  return x;
}

/** Elements of a tensor as numbers, from any device and dtype. */
export async function numbersOf(x: Tensor): Promise<Float64Array> {
  const here = await x.detach().cpu();
  const wide: DType = here.dtype === 'float64' ? 'float64' : 'float32';
  const plain = here.dtype === wide ? here : here.to(wide);
  return Float64Array.from(plain.contiguous().data() as ArrayLike<number>);
}

export interface Answers {
  /** Whether the results could be differentiated. */
  readonly differentiable: boolean;
  /** Results, then gradients by operand: zeros where there is none. */
  readonly passes: readonly Float64Array[];
}

/** What a function gives for columns of operands, for an upstream gradient of ones. */
export async function answersOf(
  f: Swept,
  columns: readonly Float64Array[],
  dtype: FloatType,
  device: string,
  offset = 0,
): Promise<Answers> {
  const inputs = columns.map((xs) => operand(xs, dtype, device, offset));
  const y = f.run(inputs);
  const differentiable = y.requiresGrad;
  const passes = [await numbersOf(y)];
  if (!differentiable) return { differentiable, passes };
  const upstream = ones(y.shape, { dtype: y.dtype }).to(device);
  const grads = grad(y, inputs, { gradOutputs: [upstream], allowUnused: true });
  for (const g of grads) {
    passes.push(g === null ? new Float64Array(y.numel()) : await numbersOf(g));
  }
  for (const x of [...inputs, y, upstream, ...grads]) x?.dispose();
  return { differentiable, passes };
}

/** Whether two runs gave the same numbers, bit for bit; the first place where not, or -1. */
export const firstDifference = (a: Float64Array, b: Float64Array): number =>
  a.findIndex((x, i) => !Object.is(x, b[i]));
