// Rows of the table of operators that are not elementwise.
import type { DType, Tensor } from '@dl/core';
import type { Draw, Output } from '../case.js';

/** An operator with inputs, and PyTorch's expression for it. */
export interface Row {
  /** The name that core exports it under. */
  readonly operator: string;
  /** Tells rows of one operator apart. */
  readonly name: string;
  readonly run: (inputs: readonly Tensor[], device: string) => Output;
  /** The inputs are called a, b, c, d. */
  readonly torch: string;
  readonly inputs: readonly Draw[];
  /** How often it is differentiated. Default: 2. */
  readonly order?: 0 | 1 | 2;
  /** False where finite differences do not apply, such as at a kink. Default: true. */
  readonly smooth?: boolean;
  /** Floating-point dtypes of inputs without a dtype of their own. Default: float32 and float64. */
  readonly dtypes?: readonly DType[];
}

/** An input of this shape, of the case's floating-point dtype. */
export const f = (...shape: number[]): Draw => ({ shape });
/** The same with values that are well apart. */
export const apart = (...shape: number[]): Draw => ({ shape, distinct: true });
/** Given values. */
export const given = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Draw => ({ shape, values });
/** Given integers. */
export const whole = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype: DType = 'int32',
): Draw => ({ shape, values, dtype });
/** Drawn values of a dtype. */
export const of = (dtype: DType, ...shape: number[]): Draw => ({ shape, dtype });

/** All dtypes, floating-point ones first. */
export const allDTypes: readonly DType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'uint8',
  'bool',
];
/** The floating-point ones. */
export const floatDTypes = ['float32', 'float64', 'float16', 'bfloat16'] as const;

type Xs = readonly Tensor[];
export const A = (xs: Xs): Tensor => xs[0];
export const B = (xs: Xs): Tensor => xs[1];
export const C = (xs: Xs): Tensor => xs[2];

/** A row whose function takes the list of inputs. */
export const row = (
  operator: string,
  name: string,
  torch: string,
  run: Row['run'],
  inputs: Row['inputs'] = [f(2, 3, 4)],
  more: Partial<Row> = {},
): Row => ({ operator, name, torch, run, inputs, ...more });

/** A row whose function takes the inputs as arguments, up to four of them. */
export const call = (
  operator: string,
  name: string,
  torch: string,
  run: (a: Tensor, b: Tensor, c: Tensor, d: Tensor) => Output,
  inputs: Row['inputs'] = [f(2, 3)],
  more: Partial<Row> = {},
): Row => row(operator, name, torch, ([a, b, c, d]) => run(a, b, c, d), inputs, more);
