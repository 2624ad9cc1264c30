// One row of the table of instructions: how it is drawn, run, and printed as TypeScript and as Python.
import type { Tensor } from '@dl/core';
import type { Draw, Live } from '../draw.js';
import type { Options, Value } from '../program.js';

/** What a row draws: positional arguments, then options by name. */
export interface Call {
  readonly args: readonly (Value | Live)[];
  readonly options?: { readonly [name: string]: Value | Live };
}

/** A call in Python's words, for rows whose Python is not the same call in snake case. */
export interface PythonCall {
  readonly args: readonly string[];
  readonly options: { readonly [name: string]: string };
  /** Arguments from `from` on, then options: `1, keepdim=True`. */
  rest(from: number): string;
  /** The arguments as they are in the program. */
  readonly values: readonly Value[];
}

/** What a call gives. */
export type Result = Tensor | readonly (Tensor | null)[] | null;

export interface Row {
  readonly op: string;
  /** How often it is drawn beside the others of its family. Default: 1. */
  readonly weight?: number;
  /** `x.op(…)`, or a function of core or of losses. Default: method. */
  readonly form?: 'method' | 'core' | 'losses';
  /** Python's function (`torch.cat`, `F.relu`), or the whole expression. Default: the method in snake case. */
  readonly python?: string | ((call: PythonCall) => string);
  /** Makes tensors, so it is told the device. */
  readonly creates?: true;
  /** A statement: its result is no register. */
  readonly silent?: true;
  /**
   * Its result is int32 where PyTorch's is int64: always; where the first argument is not int64 (integer sums); where a
   * boolean meets an integer.
   */
  readonly int32?: 'always' | 'integers' | 'numbers';
  /** Which argument's dtype that goes by. Default: the first. */
  readonly of?: number;
  /** Gradients: who shares memory with whom is no promise there. */
  readonly gradients?: true;
  /** A small change of the input can change the result by a step, so that the input has to be exact. */
  readonly steps?: true;
  /** Whether PyTorch promises what a call gives, where that depends on its operands. */
  promised?(call: Call): boolean;
  /** Infinities and NaN among the inputs are met in another order or multiplied by zeros: no promise. */
  readonly finite?: true;
  /** Its result may be its input itself, here or in PyTorch, so that it is not run inside noGrad. */
  readonly mayBeInput?: true;
  /** Inputs must not require gradients: PyTorch says odd things of the result. */
  readonly constant?: true;
  /** Exact for exact inputs, where no bits are lost. */
  readonly exact?: true;
  /** Changes its first argument. */
  readonly writes?: true;
  /** Runs it, where it is no plain call. */
  run?(args: readonly unknown[]): unknown;
  /** Prints it, where it is no plain call. */
  typescript?(args: readonly string[]): string;
  draw(d: Draw): Call;
}

export const rows = (defaults: Partial<Row>, list: readonly Row[]): Row[] =>
  list.map((row) => ({ ...defaults, ...row }));

/** Options, or none. */
export const given = (on: boolean, options: Options): Options => (on ? options : {});
