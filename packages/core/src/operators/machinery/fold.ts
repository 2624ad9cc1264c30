// Folds: reductions over some dimensions, and one map that reads the inputs and the reduced values.
import type { FoldStage, Reducer } from '../../backend/contract.js';
import { type DType, dtypes } from '../../dtype.js';
import { substitute } from '../../scalar/derive.js';
import { cast, type Expr, input, param } from '../../scalar/expr.js';
import { lower, type Program } from '../../scalar/program.js';
import type { Shape } from '../../shape.js';
import { allocate, commonBackend, type Tensor } from '../../tensor.js';
import { commonShape } from './map-reduce.js';

/** The inputs' elements, the values reduced so far, and the numbers. */
type Part = (xs: readonly Expr[], found: readonly Expr[], numbers: readonly Expr[]) => Expr;

/** A stage: a reduction of an expression, or (`of`) an expression of earlier stages. */
type Stages = readonly (
  | { readonly reducer: Reducer; readonly of: Part }
  | {
      readonly reducer: null;
      readonly of: (found: readonly Expr[], numbers: readonly Expr[]) => Expr;
    }
)[];

/** The computation of a fold. Half types are computed in float32. */
export interface FoldSpec {
  /** Stages of another fold that come before those of `find`. (A spread there would stay in every bundle.) */
  readonly first?: Stages;
  /** The stages in order, each computed for every position of the remaining dimensions. */
  readonly find: Stages;
  /** The result. */
  readonly give: Part;
  /** The number of run-time numbers. */
  readonly numbers?: number;
}

interface Built {
  readonly stages: readonly FoldStage[];
  readonly program: Program;
  readonly wide: DType;
}

/** Runs a fold over `axes` of the inputs' common shape; not recorded for gradients. */
export type Fold = (
  inputs: readonly Tensor[],
  axes: readonly number[],
  numbers?: readonly number[],
) => Tensor;

/** Defines a fold. Its result has the first input's dtype. */
export function defineFold(name: string, spec: FoldSpec): Fold {
  const built = new Map<string, Built>();
  const build = (types: readonly DType[]): Built => {
    const wide = dtypes[types[0]].compute;
    const xs = types.map((t, i) => cast(cast(input(i, t), dtypes[t].compute), wide));
    const numbers = Array.from({ length: spec.numbers ?? 0 }, (_, i) => param(i, wide));
    const paramTypes = numbers.map(() => wide);
    const found = (from: number, count: number): Expr[] =>
      Array.from({ length: count }, (_, i) => input(from + i, wide));
    const wides = (count: number): DType[] => new Array<DType>(count).fill(wide);
    const n = types.length;
    const find = [...(spec.first ?? []), ...spec.find];
    const all = find.length;
    const result = cast(spec.give(xs, found(n, all), numbers), types[0]);
    const program = lower([result], [...types, ...wides(all)], paramTypes);
    const stages = find.map(({ reducer, of }, s): FoldStage => {
      if (reducer === null) {
        return { program: lower([of(found(0, s), numbers)], wides(s), paramTypes), reducer };
      }
      const value = of(xs, found(n, s), numbers);
      const stage = { program: lower([value], [...types, ...wides(s)], paramTypes), reducer };
      if (value.args.length === 0) return stage;
      const rest = substitute(result, new Map([[value, input(n + all, wide)]]));
      if (rest === result) return stage;
      return { ...stage, rest: lower([rest], [...types, ...wides(all + 1)], paramTypes) };
    });
    return { stages, program, wide };
  };
  return (inputs, axes, numbers = []) => {
    let key = '';
    for (const x of inputs) key += `${x.dtype} `;
    let known = built.get(key);
    if (known === undefined) {
      known = build(inputs.map((x) => x.dtype));
      built.set(key, known);
    }
    // A number has no axes: PyTorch allows axis 0, which does not exist here.
    const real = inputs[0].ndim === 0 ? [] : axes;
    return run(name, known, inputs, real, numbers);
  };
}

function run(
  name: string,
  { stages, program, wide }: Built,
  inputs: readonly Tensor[],
  axes: readonly number[],
  numbers: readonly number[],
): Tensor {
  const backend = commonBackend(name, inputs);
  const shape: Shape = commonShape(name, inputs);
  const out = allocate(shape, inputs[0].dtype, backend);
  if (backend.fold(stages, program, inputs, shape, axes, [out], numbers)) return out;
  const kept = shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const found: Tensor[] = [];
  for (const { program: part, reducer } of stages) {
    const next = allocate(kept, wide, backend);
    if (reducer === null) backend.map(part, found, [next], numbers);
    else backend.reduce(part, reducer, [...inputs, ...found], shape, axes, next, numbers);
    found.push(next);
  }
  backend.map(program, [...inputs, ...found], [out], numbers);
  for (const x of found) x.dispose();
  return out;
}
