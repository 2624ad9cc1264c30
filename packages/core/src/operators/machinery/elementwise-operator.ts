// Definition of an elementwise operator: everything follows from one expression.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need, type Place } from '../../arguments/signature.js';
import { type DType, dtypes, isFloat, resultType } from '../../dtype.js';
import { DLError, DTypeError } from '../../errors.js';
import { cast, type Expr, input, param } from '../../scalar/expr.js';
import { div } from '../../scalar/language.js';
import { numelOf } from '../../shape.js';
import { checkTensor, commonBackend, Tensor } from '../../tensor.js';
import { tensor } from '../create/tensor-from-data.js';
import { cast as convert } from '../create/to-clone.js';
import { Case, type Keeping } from './elementwise-case.js';
import { assign, checkFits, checkWritable, clashes, overwrite, recordsChange } from './inplace.js';
import { commonShape, copyDense, owned, reshapeDense, runMap, runReduce } from './map-reduce.js';
import { refusePartialOverlap } from './memory-overlap.js';

/** An operand of an elementwise operator: a plain number does not fix the dtype. */
export type Arg = Tensor | number;

/**
 * How an operand is converted before the expression sees it: `promote` to the operands' common dtype, `float` likewise
 * but integers become float32, `bool` to whether it is not zero. `mask` must be bool, `condition` bool or uint8;
 * `value` is converted to the common dtype without affecting it, `own` is not converted.
 */
export type OperandKind = 'promote' | 'float' | 'bool' | 'mask' | 'condition' | 'value' | 'own';

/** Where an operator is defined and finite, from which tests and goldens take their inputs. */
export interface Samples {
  /** Range of each operand; default [-3, 3]. */
  readonly ranges?: readonly (readonly [number, number])[];
  /** PyTorch's expression of the operands `a`, `b`, `c`, if it is not `torch.<name>(a, …)`. */
  readonly torch?: string;
  /** dtypes of the operands besides float32 and float64 that have goldens. Default: none. */
  readonly dtypes?: readonly DType[];
  /** False for operators of integers and booleans only. Default: true. */
  readonly floats?: boolean;
  /** Values of each operand that must be among the samples. */
  readonly points?: readonly number[];
}

/** The definition of an elementwise operator. */
export interface ElementwiseSpec<F> {
  /** How operands are converted; one entry for all, or one for each. Default: `promote`. */
  readonly operands?: OperandKind | readonly OperandKind[];
  /** The result as an expression of the converted operands. */
  readonly expr: F;
  /**
   * Gradients of the converted operands, if the symbolic ones are numerically poor or PyTorch chooses others at a kink.
   * `out` is the result.
   */
  readonly vjp?: (g: Expr, args: readonly Expr[], out: Expr) => readonly (Expr | null)[];
  /** What PyTorch saves for the gradients, if that is not the minimum (see its `derivatives.yaml`). */
  readonly keeps?: Keeping;
  /** Throws for invalid operand values, given the dtype they are computed in; values can be checked only on `cpu`. */
  readonly refuse?: (name: string, args: readonly Arg[], dtype: DType) => void;
  readonly samples?: Samples;
}

/**
 * The tensors among the operands, of which there must be at least one, and the plain numbers. Anything else was refused
 * before.
 */
function apart(name: string, args: readonly Arg[]): { tensors: Tensor[]; numbers: number[] } {
  const tensors: Tensor[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const x = args[i];
    if (typeof x === 'number') numbers.push(x);
    else tensors.push(x);
  }
  if (tensors.length === 0) checkTensor(name, args[0]);
  return { tensors, numbers };
}

/** An elementwise operator: its definition, and its cases by dtype. */
export class Elementwise {
  readonly name: string;
  readonly arity: number;
  readonly spec: ElementwiseSpec<(...args: Expr[]) => Expr>;
  private readonly cases = new Map<number, Case>();

  constructor(name: string, arity: number, spec: ElementwiseSpec<(...args: Expr[]) => Expr>) {
    this.name = name;
    this.arity = arity;
    this.spec = spec;
  }

  /** Applies the operator; plain numbers become run-time numbers of its program. */
  apply(args: readonly Arg[]): Tensor {
    const { tensors, numbers } = apart(this.name, args);
    const common = this.common(args);
    this.spec.refuse?.(this.name, args, common);
    return runMap(this.caseFor(args, common), tensors, numbers);
  }

  /** The same for operands as users may write them. */
  applyTo(operands: readonly Operand[]): Tensor {
    return this.apply(argsOf(this.name, operands));
  }

  /**
   * The sum of the operator's results over all elements, optionally divided by a number or by their count, in one pass
   * that never writes the results to memory. Returns a zero-dimensional tensor, differentiable like the operator. Half
   * types are rounded only at the end.
   */
  applySum(args: readonly Arg[], divisor: number | 'count' | null = null): Tensor {
    const { tensors, numbers } = apart(this.name, args);
    const common = this.common(args);
    this.spec.refuse?.(this.name, args, common);
    const shape = commonShape(this.name, tensors);
    const axes = shape.map((_, d) => d);
    const c = this.caseFor(args, common);
    const total = runReduce(c, 'sum', tensors, numbers, shape, axes);
    const by = divisor === 'count' ? numelOf(shape) : divisor;
    const result = by === null ? total : quotient.apply([total, by]);
    return owned(reshapeDense(isFloat(c.output) ? convert(result, c.output) : result, []));
  }

  /** Applies the operator in place: the result uses the first operand's memory and dtype. */
  applyInPlace(args: readonly Arg[]): Tensor {
    const name = `${this.name}_`;
    const self = args[0] as Tensor;
    checkTensor(name, self);
    const { tensors, numbers } = apart(name, args);
    const shape = commonShape(name, tensors);
    const common = this.common(args);
    this.spec.refuse?.(name, args, common);
    const c = this.caseFor(args, common);
    checkFits(name, self, shape, c.output);
    checkWritable(name, self, ...tensors);
    for (const x of tensors) if (x !== self) refusePartialOverlap(name, self, x);
    if (recordsChange(self, ...tensors)) {
      // Old elements that the gradient reads must outlive the change.
      const wanted = tensors.reduce((bits, x, i) => (x.requiresGrad ? bits | (1 << i) : bits), 0);
      const saves = c.toSave(wanted, true);
      const overwritten = tensors.some((x, i) => saves[i] === true && x.storage === self.storage);
      const old = overwritten ? copyDense(self) : self;
      return assign(name, self, this.apply(args.map((x) => (x === self ? old : x))));
    }
    self.storage.version++;
    const backend = commonBackend(name, tensors);
    if (c.output !== self.dtype) {
      overwrite(self, this.apply(args));
      return self;
    }
    for (let i = 0; i < tensors.length; i++) {
      const x = tensors[i];
      if (x !== self && clashes(x, self)) tensors[i] = copyDense(x);
    }
    backend.map(c.program, tensors, [self], numbers);
    return self;
  }

  /** The dtype that the operands are computed in. */
  private common(args: readonly Arg[]): DType {
    let first: DType | null = null;
    for (let i = 0; i < args.length; i++) {
      const x = args[i];
      if (typeof x === 'number') continue;
      if (first !== null && first !== x.dtype) return this.promoted(args);
      first = x.dtype;
    }
    // Tensors of one floating-point dtype, and numbers: the common case, which needs no promotion.
    return first !== null && isFloat(first) ? first : this.promoted(args);
  }

  private caseFor(args: readonly Arg[], common: DType): Case {
    let key = dtypes[common].code << 16;
    for (let i = 0; i < args.length; i++) {
      const x = args[i];
      if (typeof x !== 'number') key |= dtypes[x.dtype].code << (4 * i);
    }
    let found = this.cases.get(key);
    if (found === undefined) {
      found = this.build(args, common);
      this.cases.set(key, found);
    }
    return found;
  }

  private kind(i: number): OperandKind {
    const { operands } = this.spec;
    if (operands === undefined) return 'promote';
    return typeof operands === 'string' ? operands : (operands[i] ?? 'promote');
  }

  private promoted(args: readonly Arg[]): DType {
    const taking = args.filter((_, i) => this.kind(i) === 'promote' || this.kind(i) === 'float');
    const common = resultType(taking);
    const wantsFloat = args.some((_, i) => this.kind(i) === 'float');
    return wantsFloat && !isFloat(common) ? 'float32' : common;
  }

  /** The expression; throws an error of the operator if it does not accept the dtypes. */
  private body(operands: readonly Expr[], args: readonly Arg[]): Expr {
    try {
      return this.spec.expr(...operands);
    } catch (e) {
      if (!(e instanceof DLError)) throw e;
      const got = args.map((x) => (typeof x === 'number' ? 'a number' : x.dtype));
      throw new DTypeError(
        `${this.name}: not defined for ${got.join(' and ')}; use x.to('float32') or x.to('int32')`,
      );
    }
  }

  private build(args: readonly Arg[], common: DType): Case {
    const inputs: DType[] = [];
    const params: DType[] = [];
    const compute = dtypes[common].compute;
    const operands = args.map((x, i) => {
      const kind = this.kind(i);
      const isMask =
        typeof x !== 'number' &&
        (x.dtype === 'bool' || (kind === 'condition' && x.dtype === 'uint8'));
      if ((kind === 'mask' || kind === 'condition') && !isMask) {
        const got = typeof x === 'number' ? 'a number' : x.dtype;
        throw new DTypeError(
          `${this.name}: the condition must be a bool tensor, not ${got}; compare first, as in x.ne(0)`,
        );
      }
      if (typeof x === 'number') {
        // As a truth value: whether a number is not 0.
        const type = kind === 'value' && compute === 'bool' ? 'float32' : compute;
        params.push(type);
        return cast(param(params.length - 1, type), compute);
      }
      inputs.push(x.dtype);
      const leaf = input(inputs.length - 1, x.dtype);
      const wide = dtypes[x.dtype].compute;
      const asks = kind === 'bool' || kind === 'mask' || kind === 'condition';
      const type = kind === 'own' ? wide : asks ? 'bool' : compute;
      return wide === x.dtype ? cast(leaf, type) : cast(cast(leaf, wide), type);
    });
    const body = this.body(operands, args);
    const isHalf = compute !== common && body.dtype === compute;
    const root = isHalf ? cast(body, common) : body;
    const { vjp } = this.spec;
    const stated = vjp && {
      node: body,
      args: operands,
      vjp: (g: Expr) => vjp(g, operands, body),
    };
    return new Case(this.name, root, inputs, params, stated, this.spec.keeps);
  }
}

// For sums that become means: the operator div itself depends on this file.
const quotient = /*#__PURE__*/ new Elementwise('div', 2, {
  operands: 'float',
  expr: (...[a, b]) => div(a, b),
});

/** An operand as users may write it: true, false and bigints count as numbers. */
export type Operand = Arg | boolean | bigint;

/** A function that is an operator, with its definition for tests and tables. */
export type Operator<F> = F & { readonly operator: Elementwise };

/**
 * A function around an operator, with that operator's definition and its own signature. (An assignment could not be
 * tree-shaken.)
 */
export const sharing = <F extends object>(
  f: F,
  { operator }: { readonly operator: Elementwise },
): Operator<F> => Object.defineProperty(f, 'operator', { value: operator }) as Operator<F>;

function arePlain(operands: readonly Operand[]): operands is readonly Arg[] {
  for (let i = 0; i < operands.length; i++) {
    const type = typeof operands[i];
    if (type === 'boolean' || type === 'bigint') return false;
  }
  return true;
}

/** Booleans and bigints as zero-dimensional tensors, which take part in promotion like PyTorch's scalars. */
export function argsOf(operator: string, operands: readonly Operand[]): readonly Arg[] {
  if (arePlain(operands)) return operands;
  const first = operands.find((x) => x instanceof Tensor);
  if (first === undefined) checkTensor(operator, operands[0]);
  const device = first?.device ?? 'cpu';
  return operands.map((x) =>
    typeof x === 'boolean' || typeof x === 'bigint'
      ? tensor(x as boolean, { device, dtype: typeof x === 'boolean' ? 'bool' : 'int64' })
      : x,
  );
}

/** Defines an elementwise operator of one tensor. */
export function unary(
  name: string,
  spec: ElementwiseSpec<(x: Expr) => Expr>,
): Operator<(x: Tensor) => Tensor> {
  const operator = new Elementwise(name, 1, spec as ElementwiseSpec<(...args: Expr[]) => Expr>);
  const f = (x: Tensor): Tensor => operator.apply([x]);
  return sharing(callable(name, f, [/*#__PURE__*/ need('x', kinds.tensor)], {}), { operator });
}

/** The parameters of an operator of two operands. */
export const bothOperands = [
  /*#__PURE__*/ need('x', kinds.operand),
  /*#__PURE__*/ need('other', kinds.operand),
] as const;

/** Defines an elementwise operator of two operands, either of which may be a plain number. */
export function binary(
  name: string,
  spec: ElementwiseSpec<(a: Expr, b: Expr) => Expr>,
  places: readonly [Place<string, Operand, false>, Place<string, Operand, false>] = bothOperands,
): Operator<(x: Operand, other: Operand) => Tensor> {
  const operator = new Elementwise(name, 2, spec as ElementwiseSpec<(...args: Expr[]) => Expr>);
  const f = (x: Operand, other: Operand): Tensor => operator.applyTo([x, other]);
  const quick = places === bothOperands ? (x: Arg, other: Arg) => operator.apply([x, other]) : f;
  return sharing(callable(name, f, places, {}, quick), { operator });
}

/** Defines an elementwise operator of any number of operands, for a function around it. */
export function elementwise(
  name: string,
  arity: number,
  spec: ElementwiseSpec<(...args: Expr[]) => Expr>,
): Elementwise {
  return new Elementwise(name, arity, spec);
}

/** Defines an elementwise operator of three operands, with the names that users see. */
export function ternary(
  name: string,
  spec: ElementwiseSpec<(a: Expr, b: Expr, c: Expr) => Expr>,
  names: readonly [string, string, string] = ['x', 'other', 'third'],
): Operator<(a: Operand, b: Operand, c: Operand) => Tensor> {
  const operator = new Elementwise(name, 3, spec as ElementwiseSpec<(...args: Expr[]) => Expr>);
  const [first, second, third] = names;
  const places = [
    need(first, kinds.operand),
    need(second, kinds.operand),
    need(third, kinds.operand),
  ] as const;
  const f = (a: Operand, b: Operand, c: Operand): Tensor => operator.applyTo([a, b, c]);
  return sharing(callable(name, f, places, {}), { operator });
}
