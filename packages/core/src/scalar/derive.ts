// Symbolic reverse-mode differentiation of scalar expressions, to any order.

import { derivatives } from './derivatives.js';
import { apply, cast, type Expr, statements, stating } from './expr.js';
import type { ScalarOp } from './primitives.js';

/** A derivative that an operator specifies itself, for one node of its expression. */
export interface StatedDerivative {
  /** The node whose derivative is specified. */
  readonly node: Expr;
  /** The nodes with respect to which it is specified. */
  readonly args: readonly Expr[];
  /** Gradients with respect to `args`, given the gradient of `node`. */
  vjp(g: Expr): readonly (Expr | null)[];
}

/**
 * The gradient of `out` with respect to every node that it depends on, given the gradient `g` of `out`. A node that is
 * missing from the result has gradient zero.
 */
export function differentiate(
  out: Expr,
  g: Expr,
  stated?: StatedDerivative,
): ReadonlyMap<Expr, Expr> {
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const argsOf = (node: Expr): readonly Expr[] =>
    node === stated?.node ? stated.args : (statements.get(node)?.args ?? node.args);
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const a of argsOf(node)) visit(a);
    order.push(node);
  };
  visit(out);

  const gradients = new Map<Expr, Expr>([[out, g]]);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    const upstream = gradients.get(node);
    if (upstream === undefined) continue;
    const args = argsOf(node);
    if (args.length === 0) continue;
    const parts =
      node === stated?.node
        ? stated.vjp(upstream)
        : (statements.get(node)?.vjp(upstream, args) ??
          derivatives[node.op as ScalarOp](upstream, args, node));
    args.forEach((arg, k) => {
      const part = parts[k];
      if (!part) return;
      const sofar = gradients.get(arg);
      gradients.set(arg, sofar === undefined ? part : apply('add', [sofar, part]));
    });
  }
  return gradients;
}

/** `x` with some nodes replaced. */
export function substitute(x: Expr, replacements: ReadonlyMap<Expr, Expr>): Expr {
  const done = new Map<Expr, Expr>(replacements);
  const visit = (node: Expr): Expr => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const args = node.args.map(visit);
    const changed = args.some((a, i) => a !== node.args[i]);
    const result = !changed
      ? node
      : node.op === 'cast'
        ? cast(args[0], node.dtype)
        : apply(node.op as ScalarOp, args);
    const statement = changed ? statements.get(node) : undefined;
    if (statement !== undefined) stating(result, statement.args.map(visit), statement.vjp);
    done.set(node, result);
    return result;
  };
  return visit(x);
}

/** The leaves of these expressions of one kind, by index. */
export function leaves(roots: readonly Expr[], op: 'input' | 'param'): readonly Expr[] {
  const found = new Set<Expr>();
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op === op) found.add(node);
    for (const a of node.args) visit(a);
  };
  for (const r of roots) visit(r);
  return [...found].sort((a, b) => a.value - b.value);
}
