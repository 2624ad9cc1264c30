// Scalar expressions: interned nodes over the primitives, typed by dtype.
import type { DType } from '../dtype.js';
import { DLError } from '../errors.js';
import { primitives, type ScalarOp } from './primitives.js';

/**
 * The leaves of an expression: an element of an input tensor, a number known only at run time (so that a learning rate
 * does not create a new program), or a constant.
 */
export type LeafOp = 'input' | 'param' | 'const';

/**
 * A node of a scalar expression. Nodes are interned: equal expressions are the same object, so a gradient can find the
 * operator's own output inside itself.
 */
export interface Expr {
  readonly op: ScalarOp | LeafOp;
  readonly dtype: DType;
  readonly args: readonly Expr[];
  /** The index of an input or param, the value of a constant, otherwise 0. */
  readonly value: number;
  readonly id: number;
}

/** An argument of a primitive: a number becomes a constant with the dtype of the other arguments. */
export type Operand = Expr | number;

const interned = new Map<string, Expr>();

function intern(op: ScalarOp | LeafOp, dtype: DType, args: readonly Expr[], value: number): Expr {
  const text = Object.is(value, -0) ? '-0' : String(value);
  const key = `${op} ${dtype} ${text} ${args.map((a) => a.id).join(' ')}`;
  let node = interned.get(key);
  if (node === undefined) {
    node = { op, dtype, args, value, id: interned.size };
    interned.set(key, node);
  }
  return node;
}

/** The element of input tensor `index`. */
export const input = (index: number, dtype: DType): Expr => intern('input', dtype, [], index);

/** Run-time number `index`. */
export const param = (index: number, dtype: DType): Expr => intern('param', dtype, [], index);

/** A number fixed in the program. */
export const constant = (value: number, dtype: DType): Expr => intern('const', dtype, [], value);

/** A conversion to another dtype; to bool it tests whether the value is not zero. */
export function cast(x: Expr, dtype: DType): Expr {
  if (x.dtype === dtype) return x;
  if (x.op === 'const' && dtype !== 'bool') return constant(x.value, dtype);
  return intern('cast', dtype, [x], 0);
}

/** A derivative that is specified for a node with respect to nodes that it depends on. */
export interface Stated {
  readonly args: readonly Expr[];
  /** Gradients with respect to `args`, given that of the node. */
  readonly vjp: (g: Expr, args: readonly Expr[]) => readonly (Expr | null)[];
}

/** By node, wherever it occurs. */
export const statements = new WeakMap<Expr, Stated>();

/**
 * Specifies the derivative of a node, for cases in which the order of PyTorch's factors matters, as with infinities.
 */
export function stating(node: Expr, args: readonly Expr[], vjp: Stated['vjp']): Expr {
  // With a constant it may have become one of them itself.
  if (!args.includes(node)) statements.set(node, { args, vjp });
  return node;
}

const isConst = (x: Expr, value: number): boolean => x.op === 'const' && x.value === value;

/** A primitive applied to its arguments, after applying the few identities that hold for every value. */
export function apply(op: ScalarOp, operands: readonly Operand[]): Expr {
  // The last expression among the arguments determines the dtype of plain numbers: the first argument of `select` is
  // the condition.
  let like: Expr | undefined;
  for (const x of operands) if (typeof x !== 'number') like = x;
  if (like === undefined)
    throw new DLError(`scalar ${op}: at least one argument must be an expression`);
  const dtype = like.dtype;
  const args = operands.map((x) => (typeof x === 'number' ? constant(x, dtype) : x));
  const [a, b, c] = args as [Expr, Expr, Expr];
  const result = primitives[op].type(args.map((x) => x.dtype));
  if (result === null || args.length !== primitives[op].arity) {
    throw new DLError(
      `scalar ${op}: cannot take arguments of (${args.map((x) => x.dtype).join(', ')}); cast them first`,
    );
  }
  if (op === 'mul') {
    if (isConst(b, 1)) return a;
    if (isConst(a, 1)) return b;
  } else if ((op === 'sub' && isConst(b, 0)) || (op === 'div' && isConst(b, 1))) {
    return a;
  } else if (op === 'neg' && a.op === 'neg') {
    return a.args[0];
  } else if (op === 'select' && b === c) {
    return b;
  }
  return intern(op, result, args, 0);
}
