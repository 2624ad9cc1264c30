// A program prepared for this backend: loops, and registers of one block each.
import { type DType, dtypes, type TypedArray } from '../../dtype.js';
import type { Program, Source } from '../../scalar/program.js';
import { castKernel, type Elements, type Kernel, kernelFor } from './kernels.js';

/** Elements per block: few enough that all registers of a program stay in the L1 cache. */
export const BLOCK = 1024;

const nothing = new Float32Array(1) as Elements;

// Registers are shared by all plans: a plan runs to its end before another one starts.
const registers = new Map<DType, Elements[]>();

function register(dtype: DType, index: number): Elements {
  let list = registers.get(dtype);
  if (list === undefined) {
    list = [];
    registers.set(dtype, list);
  }
  let r = list[index];
  if (r === undefined) {
    r = new dtypes[dtype].array(BLOCK) as Elements;
    list[index] = r;
  }
  return r;
}

/** The elements of an array filled with `value`, in the dtype's own representation. */
export function storeNumber(array: TypedArray, index: number, value: number, dtype: DType): void {
  castKernel('float64', dtype)(
    1,
    array as Elements,
    index,
    1,
    [value],
    0,
    0,
    nothing,
    0,
    0,
    nothing,
    0,
    0,
  );
}

interface PlannedStep {
  readonly kernel: Kernel;
  readonly to: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * A program with its operands in one table: inputs first, then params, constants and registers.
 * To run a block, point the inputs' entries at the elements and call `evaluate`.
 */
export class Plan {
  /** Where each operand's elements are, where the current block starts, and the step between. */
  readonly arrays: Elements[] = [];
  readonly positions: number[] = [];
  readonly strides: number[] = [];
  /** The operands that hold the outputs after `evaluate`. */
  readonly outputs: readonly number[];
  /**
   * The operand that the last step computes the only output into, so that it can be pointed directly at the output's
   * memory; -1 if there is none.
   */
  readonly direct: number;
  private readonly scratch: Elements;
  private readonly steps: readonly PlannedStep[];
  private readonly firstParam: number;
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
    for (const _ of program.inputs) this.operand(nothing, 1);
    this.firstParam = program.inputs.length;
    for (const dtype of program.params) this.operand(new dtypes[dtype].array(1) as Elements, 0);

    const lastUse = new Map<number, number>();
    program.steps.forEach((step, i) => {
      for (const a of step.args) if (a.from === 'step') lastUse.set(a.index, i);
    });
    for (const o of program.outputs) if (o.from === 'step') lastUse.set(o.index, Infinity);

    const free = new Map<DType, number[]>();
    const made = new Map<DType, number>();
    const slot: number[] = [];
    const results: number[] = [];
    const locate = (source: Source): number => {
      if (source.from === 'input') return source.index;
      if (source.from === 'param') return this.firstParam + source.index;
      if (source.from === 'step') return results[source.index];
      const array = new dtypes[source.dtype].array(1);
      storeNumber(array, 0, (source as { value: number }).value, source.dtype);
      return this.operand(array as Elements, 0);
    };
    this.steps = program.steps.map((step, i) => {
      const args = step.args.map(locate);
      const spare = free.get(step.dtype) ?? [];
      free.set(step.dtype, spare);
      let index = spare.pop();
      if (index === undefined) {
        index = made.get(step.dtype) ?? 0;
        made.set(step.dtype, index + 1);
      }
      slot[i] = index;
      const to = this.operand(register(step.dtype, index), 1);
      results[i] = to;
      // Registers read here for the last time are free from the next step on.
      for (const a of new Set(step.args)) {
        if (a.from === 'step' && lastUse.get(a.index) === i) {
          lastUse.set(a.index, -1);
          free.get(a.dtype)?.push(slot[a.index]);
        }
      }
      const first = step.args[0];
      const kernel =
        step.op === 'cast' ? castKernel(first.dtype, step.dtype) : kernelFor(step.op, step.dtype);
      return { kernel, to, a: args[0], b: args[1] ?? 0, c: args[2] ?? 0 };
    });
    this.outputs = program.outputs.map(locate);
    const only = program.outputs[0];
    this.direct = program.outputs.length === 1 && only.from === 'step' ? this.outputs[0] : -1;
    this.scratch = this.arrays[Math.max(this.direct, 0)] ?? nothing;
  }

  private operand(array: Elements, stride: number): number {
    this.arrays.push(array);
    this.positions.push(0);
    this.strides.push(stride);
    return this.arrays.length - 1;
  }

  /** Sets the run-time numbers. */
  setParams(params: readonly number[]): void {
    for (let i = 0; i < params.length; i++) {
      const dtype = this.program.params[i];
      const array = this.arrays[this.firstParam + i];
      if (dtypes[dtype].compute === 'float32' || dtype === 'float64') array[0] = params[i];
      else storeNumber(array as unknown as TypedArray, 0, params[i], dtype);
    }
  }

  /** Runs the steps for `n` elements (at most `BLOCK` unless there is a single, direct step). */
  evaluate(n: number): void {
    const { arrays, positions, strides, steps } = this;
    for (let i = 0; i < steps.length; i++) {
      const { kernel, to, a, b, c } = steps[i];
      kernel(
        n,
        arrays[to],
        positions[to],
        strides[to],
        arrays[a],
        positions[a],
        strides[a],
        arrays[b],
        positions[b],
        strides[b],
        arrays[c],
        positions[c],
        strides[c],
      );
    }
  }

  /** How many elements one call of `evaluate` may take. */
  get limit(): number {
    return this.steps.length <= 1 ? Infinity : BLOCK;
  }

  /** Computes a direct output into a register instead. */
  useScratch(): void {
    const { direct } = this;
    if (direct < 0) return;
    this.arrays[direct] = this.scratch;
    this.positions[direct] = 0;
    this.strides[direct] = 1;
  }

  /** Drops references to the caller's memory. */
  clear(inputs: number): void {
    for (let i = 0; i < inputs; i++) this.arrays[i] = nothing;
    if (this.direct >= 0) this.arrays[this.direct] = nothing;
  }
}

/** The plan of a program, made at its first use. */
export function planOf(program: Program): Plan {
  let plan = program.compiled.get('cpu') as Plan | undefined;
  if (plan === undefined) {
    plan = new Plan(program);
    program.compiled.set('cpu', plan);
  }
  return plan;
}
