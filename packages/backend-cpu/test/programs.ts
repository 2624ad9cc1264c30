// Handwritten programs, as core would lower them.
import type { DType, Epilogue } from '@dl/core';

export type Program = Epilogue['program'];
type Step = Program['steps'][number];
type Source = Step['args'][number];

let made = 1_000_000;

/** A program with the given parts. */
export function make(
  parts: Pick<Program, 'inputs' | 'steps' | 'outputs'> & { params?: DType[] },
): Program {
  made++;
  return { params: [], ...parts, key: `test ${made}`, id: made, compiled: new Map() };
}

export const input = (index: number, dtype: DType): Source => ({ from: 'input', index, dtype });
export const result = (index: number, dtype: DType): Source => ({ from: 'step', index, dtype });
export const number = (value: number, dtype: DType): Source => ({ from: 'const', value, dtype });

/** One primitive applied to inputs of these dtypes. */
export function single(op: Step['op'], inputs: readonly DType[], dtype: DType): Program {
  const args = inputs.map((t, i) => input(i, t));
  return make({ inputs, steps: [{ op, args, dtype }], outputs: [result(0, dtype)] });
}

const f = 'float32';

export const program: {
  readonly [name in 'identity' | 'gelu' | 'momentum' | 'squares']: Program;
} = {
  /** The input itself. */
  identity: make({ inputs: [f], steps: [], outputs: [input(0, f)] }),
  /** x · ½ · (1 + erf(x / √2)). */
  gelu: make({
    inputs: [f],
    steps: [
      { op: 'mul', args: [input(0, f), number(Math.SQRT1_2, f)], dtype: f },
      { op: 'erf', args: [result(0, f)], dtype: f },
      { op: 'add', args: [result(1, f), number(1, f)], dtype: f },
      { op: 'mul', args: [input(0, f), number(0.5, f)], dtype: f },
      { op: 'mul', args: [result(3, f), result(2, f)], dtype: f },
    ],
    outputs: [result(4, f)],
  }),
  /** Momentum: m ← m · p + g; x ← x - lr · m, both in place. */
  momentum: make({
    inputs: [f, f, f],
    params: [f, f],
    steps: [
      { op: 'mul', args: [input(1, f), { from: 'param', index: 0, dtype: f }], dtype: f },
      { op: 'add', args: [result(0, f), input(2, f)], dtype: f },
      { op: 'mul', args: [result(1, f), { from: 'param', index: 1, dtype: f }], dtype: f },
      { op: 'sub', args: [input(0, f), result(2, f)], dtype: f },
    ],
    outputs: [result(3, f), result(1, f)],
  }),
  /** The squared difference of two inputs. */
  squares: make({
    inputs: [f, f],
    steps: [
      { op: 'sub', args: [input(0, f), input(1, f)], dtype: f },
      { op: 'mul', args: [result(0, f), result(0, f)], dtype: f },
    ],
    outputs: [result(1, f)],
  }),
};
