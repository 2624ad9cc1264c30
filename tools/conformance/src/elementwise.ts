// Cases of every elementwise operator that core exports, from the samples in its definition.
import * as dl from '@dl/core';
import { type DType, Elementwise, isFloat, type OperandKind, type Tensor } from '@dl/core';
import { type Case, type Draw, draw, type Input } from './case.js';
import { prng } from './prng.js';

/** An exported elementwise operator. */
export interface ElementwiseExport {
  /** The name it is exported under. */
  readonly name: string;
  readonly operator: Elementwise;
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /** Its arguments: the operands, and what stands behind them. */
  readonly signature: dl.Signature | undefined;
}

/** All of them, found by looking: nothing has to be registered. */
export function elementwiseExports(): ElementwiseExport[] {
  return Object.entries(dl as Record<string, unknown>)
    .filter(([, f]) => typeof f === 'function' && elementwiseOf(f) !== null)
    .map(([name, f]) => ({
      name,
      operator: elementwiseOf(f) as Elementwise,
      signature: (f as { signature?: dl.Signature }).signature,
      run: (inputs) =>
        (f as (...xs: readonly Tensor[]) => Tensor)(
          ...readied(elementwiseOf(f) as Elementwise, inputs),
        ),
    }));
}

/** How an operator treats its operand at a place. */
export function operandKind(operator: Elementwise, place: number): OperandKind {
  const { operands = 'promote' } = operator.spec;
  const kind = typeof operands === 'string' ? operands : (operands[place] ?? 'promote');
  // A condition may be uint8 too; here it is bool, as a mask is.
  return kind === 'condition' ? 'mask' : kind;
}

/** The operands of a case as the operator takes them: a condition has to be bool, and is drawn like the others. */
export const readied = <T extends Tensor>(operator: Elementwise, inputs: readonly T[]): Tensor[] =>
  inputs.map((x, k) =>
    operandKind(operator, k) === 'mask' && typeof x !== 'number' ? x.ne(0) : x,
  );

const elementwiseOf = (f: unknown): Elementwise | null => {
  const { operator } = f as { operator?: unknown };
  return operator instanceof Elementwise ? operator : null;
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** PyTorch's expression for an operator. */
export function torchOf(name: string, operator: Elementwise): string {
  const operands = ['a', 'b', 'c'].slice(0, operator.arity).join(', ');
  return operator.spec.samples?.torch ?? `torch.${snake(name)}(${operands})`;
}

const wide: readonly DType[] = ['float32', 'float64'];
const halves: readonly DType[] = ['float16', 'bfloat16'];

/** Values at which formulas break. Only the forward pass is compared at the infinite ones. */
export const special = [0, -0, 1, -1, 0.5, -2, 100, -100, 1e-4, 1e10, Infinity, -Infinity, NaN];
// Not whole, so as to keep off the poles of gamma functions.
const large = [-100.25, -30.25, -15.25, 15.25, 30.25, 100.25];

/** The cases of one operator. */
export function elementwiseCases({ name, operator, run }: ElementwiseExport): Case[] {
  const { arity } = operator;
  const samples = operator.spec.samples ?? {};
  const torch = torchOf(name, operator);
  const range = (k: number): readonly [number, number] =>
    samples.ranges?.[k] ?? samples.ranges?.[0] ?? [-3, 3];
  const make = (
    kind: string,
    dtype: DType,
    order: 0 | 1 | 2,
    smooth: boolean,
    draws: readonly Draw[],
  ): Case => {
    const id = `${name}/${kind}/${dtype}`;
    const inputs = draws.map((d, k): Input => {
      const wanted = dtype === 'bool' || isFloat(dtype) ? dtype : (d.dtype ?? dtype);
      return draw({ range: range(k), ...d }, wanted, `${id}/${k}`);
    });
    return { id, operator: name, torch, inputs, order, smooth, run };
  };
  const operands = <T>(f: (k: number) => T): T[] => Array.from({ length: arity }, (_, k) => f(k));
  const all = (shape: readonly number[]): Draw[] => operands(() => ({ shape }));
  const cases: Case[] = [];

  const floats = samples.floats ?? true;
  for (const dtype of floats ? wide : []) {
    cases.push(make('matrix', dtype, 2, true, all([2, 3])));
    cases.push(make('scalar', dtype, 2, true, all([])));
    cases.push(make('empty', dtype, 1, false, all([0, 3])));
    if (arity > 1) {
      const forth = [[2, 3], [3], [2, 1]];
      const back = [[], [2, 1], [1, 3]];
      cases.push(
        make(
          'broadcast',
          dtype,
          2,
          true,
          operands((k) => ({ shape: forth[k] })),
        ),
      );
      cases.push(
        make(
          'repeated',
          dtype,
          2,
          true,
          operands((k) => ({ shape: back[k] })),
        ),
      );
    }
    const far = tuples(large, arity, 36, name);
    cases.push(make('large', dtype, 1, false, columns(far, arity)));
    const odd = tuples(special, arity, 200, name);
    cases.push(make('special', dtype, 0, false, columns(odd, arity)));
  }
  for (const dtype of floats ? halves : []) {
    cases.push(make('matrix', dtype, 1, false, all([2, 3])));
    if (arity > 1) {
      const shapes = [[2, 3], [3], [2, 1]];
      cases.push(
        make(
          'broadcast',
          dtype,
          1,
          false,
          operands((k) => ({ shape: shapes[k] })),
        ),
      );
    }
  }
  for (const dtype of samples.dtypes ?? []) {
    if (wide.includes(dtype) || halves.includes(dtype)) continue;
    cases.push(make('matrix', dtype, 0, false, all([3, 4])));
  }
  if (samples.points !== undefined) {
    const { points } = samples;
    // Every pair of points, and each point beside an ordinary value on either side.
    const ordinary = operands((k) => (range(k)[0] + 2 * range(k)[1]) / 3);
    const rows = tuples(points, arity, 64, name);
    for (const p of points) {
      if (arity > 1)
        for (const k of ordinary.keys()) rows.push(ordinary.map((v, i) => (i === k ? p : v)));
    }
    const finite = points.every(Number.isFinite);
    for (const dtype of wide) {
      cases.push(make('points', dtype, finite ? 1 : 0, false, columns(rows, arity)));
    }
  }
  return cases;
}

/** All tuples of these values, or `limit` of them picked evenly. */
function tuples(values: readonly number[], arity: number, limit: number, seed: string): number[][] {
  let rows: number[][] = [[]];
  for (let k = 0; k < arity; k++) rows = rows.flatMap((r) => values.map((v) => [...r, v]));
  if (rows.length <= limit) return rows;
  const next = prng(`${seed} tuples`);
  return Array.from({ length: limit }, () => rows[Math.floor(next() * rows.length)]);
}

const columns = (rows: readonly (readonly number[])[], arity: number): Draw[] =>
  Array.from({ length: arity }, (_, k) => ({
    shape: [rows.length],
    values: rows.map((r) => r[k]),
  }));
