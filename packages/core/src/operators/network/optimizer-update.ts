// Fused in-place updates of several tensors, for optimizers.
import { type DType, dtypes } from '../../dtype.js';
import { DTypeError, ShapeError } from '../../errors.js';
import { cast, type Expr, input, param } from '../../scalar/expr.js';
import { lower, type Program } from '../../scalar/program.js';
import { sameShape, show } from '../../shape.js';
import { checkTensor, commonBackend, type Tensor } from '../../tensor.js';
import { checkWritable, rebase, recordsChange } from '../machinery/inplace.js';

/** Applies an update to its tensors; see {@link defineUpdate}. */
export type Update = (tensors: readonly Tensor[], numbers: readonly number[]) => void;

/**
 * Defines an update that runs as one program: one pass over memory, however many tensors it reads and writes.
 * Optimizers are written with it.
 *
 * @param name appears in messages.
 * @param expr receives an element of each tensor and the numbers; the expressions that it returns are written to the
 *   first tensors, in order.
 * @returns a function of the tensors (all of one shape) and the numbers. It is not recorded for gradients: call it
 *   inside `noGrad` if a tensor is a leaf that requires them.
 * @throws ShapeError or DTypeError if the tensors differ.
 * @example
 * const step = defineUpdate('sgd', ([p, g], [lr]) => [scalar.sub(p!, scalar.mul(lr!, g!))]);
 * noGrad(() => step([weight, weight.grad!], [0.1]));
 */
export function defineUpdate(
  name: string,
  expr: (tensors: readonly Expr[], numbers: readonly Expr[]) => readonly Expr[],
): Update {
  const programs = new Map<string, { program: Program; count: number }>();
  const build = (types: readonly DType[], numbers: number): { program: Program; count: number } => {
    const wide = dtypes[types[0]].compute;
    const operands = types.map((t, i) => {
      const leaf = input(i, t);
      return cast(cast(leaf, dtypes[t].compute), wide);
    });
    const params = Array.from({ length: numbers }, (_, i) => param(i, wide));
    const results = expr(operands, params).map((e, i) => cast(e, types[i]));
    const program = lower(
      results,
      types,
      params.map(() => wide),
    );
    return { program, count: results.length };
  };
  return (tensors, numbers) => {
    const first = tensors[0];
    let key = '';
    for (const x of tensors) {
      checkTensor(name, x);
      if (!sameShape(x.shape, first.shape)) {
        throw new ShapeError(
          `${name}: all tensors must have the same shape, got ${show(first.shape)} and ${show(x.shape)}`,
        );
      }
      if (dtypes[x.dtype].category !== 'float') {
        throw new DTypeError(`${name}: takes floating-point tensors, got ${x.dtype}`);
      }
      key += `${x.dtype} `;
    }
    key += numbers.length;
    let built = programs.get(key);
    if (built === undefined) {
      built = build(
        tensors.map((x) => x.dtype),
        numbers.length,
      );
      programs.set(key, built);
    }
    const outputs = tensors.slice(0, built.count);
    for (const x of outputs) {
      checkWritable(name, x);
      if (recordsChange(x)) rebase(x, null);
      x.storage.version++;
    }
    commonBackend(name, tensors).map(built.program, tensors, outputs, numbers);
  };
}
