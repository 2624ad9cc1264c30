// Elementwise programs, block by block.
import type { Program } from '../../scalar/program.js';
import type { View } from '../contract.js';
import { broadcastStrides, mergeLoops, walk } from '../loops.js';
import { copy, type Elements } from './kernels.js';
import { type Plan, planOf } from './plan.js';

const none = [] as unknown as Elements;

/** See `Backend.map`. */
export function map(
  program: Program,
  inputs: readonly View[],
  outputs: readonly View[],
  params: readonly number[],
): void {
  const plan = planOf(program);
  const first = outputs[0];
  const n = first.count;
  if (n === 0) return;
  plan.setParams(params);
  for (let i = 0; i < inputs.length; i++) {
    plan.arrays[i] = inputs[i].buffer as Elements;
  }
  if (plan.direct >= 0) plan.arrays[plan.direct] = first.buffer as Elements;

  if (isFlat(inputs, outputs, n)) {
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i];
      plan.strides[i] = x.dense && x.count !== 1 ? 1 : 0;
      plan.positions[i] = x.offset;
    }
    if (plan.direct >= 0 && n <= plan.limit) {
      plan.positions[plan.direct] = first.offset;
      plan.strides[plan.direct] = 1;
      plan.evaluate(n);
    } else {
      runs(plan, inputs.length, n, outputs, outputs.map(offsetOf), outputs.map(one));
    }
  } else {
    const rank = first.shape.length;
    const loops = mergeLoops(first.shape, [
      ...inputs.map((x) => broadcastStrides(x, rank)),
      ...outputs.map((o) => o.strides),
    ]);
    const inner = loops.sizes.length - 1;
    const length = loops.sizes[inner];
    const innerStrides = loops.strides.map((s) => s[inner]);
    const outputStrides = innerStrides.slice(inputs.length);
    for (let i = 0; i < inputs.length; i++) plan.strides[i] = innerStrides[i];
    const targets = outputs.map(offsetOf);
    walk(loops, inner, [...inputs, ...outputs].map(offsetOf), (positions) => {
      for (let i = 0; i < inputs.length; i++) plan.positions[i] = positions[i];
      for (let k = 0; k < outputs.length; k++) {
        targets[k] = positions[inputs.length + k];
      }
      runs(plan, inputs.length, length, outputs, targets, outputStrides);
    });
  }
  plan.clear(inputs.length);
}

const offsetOf = (x: View): number => x.offset;
const one = (): number => 1;

/** Whether every operand is contiguous in the outputs' shape, or repeats a single element. */
function isFlat(inputs: readonly View[], outputs: readonly View[], n: number): boolean {
  for (let k = 0; k < outputs.length; k++) if (!outputs[k].dense) return false;
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    if (x.dense ? x.count !== n && x.count !== 1 : !isRepeated(x)) return false;
  }
  return true;
}

function isRepeated(x: View): boolean {
  for (let d = 0; d < x.shape.length; d++) {
    if (x.strides[d] !== 0 && x.shape[d] !== 1) return false;
  }
  return true;
}

/** Processes `length` evenly spaced elements, from the plan's positions on, in blocks. */
function runs(
  plan: Plan,
  inputs: number,
  length: number,
  outputs: readonly View[],
  targets: readonly number[],
  targetStrides: readonly number[],
): void {
  const { direct, positions, strides } = plan;
  if (direct >= 0) strides[direct] = targetStrides[0];
  const limit = plan.limit;
  for (let start = 0; start < length; ) {
    const n = Math.min(limit, length - start);
    if (direct >= 0) {
      positions[direct] = targets[0] + start * targetStrides[0];
      plan.evaluate(n);
    } else {
      plan.evaluate(n);
      // Written last, so that an output may share an input's memory.
      for (let k = 0; k < outputs.length; k++) {
        const from = plan.outputs[k];
        const stride = targetStrides[k];
        copy(
          n,
          outputs[k].buffer as Elements,
          targets[k] + start * stride,
          stride,
          plan.arrays[from],
          positions[from],
          strides[from],
          none,
          0,
          0,
          none,
          0,
          0,
        );
      }
    }
    start += n;
    for (let i = 0; i < inputs; i++) {
      positions[i] = positions[i] + n * strides[i];
    }
  }
}
