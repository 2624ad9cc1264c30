// Where a function of one operand has a branch, a zero or a primitive's branch: found by bisection in float64.
import { grad, type Tensor, tensor, unary } from '@dl/core';
import { definitionOf, type Node, nodesOf, operandsOf } from './constants.js';
import type { Swept } from './functions.js';
import { distinct, grid } from './grid.js';

type Curve = (xs: readonly number[]) => readonly number[];

const float64 = (xs: readonly number[], requiresGrad = false): Tensor =>
  tensor(Float64Array.from(xs), { requiresGrad });

const evaluate = (f: (x: Tensor) => Tensor): Curve => {
  return (xs) => Array.from(f(float64(xs)).data(), Number);
};

const curveOf = (node: Node): Curve => evaluate(unary('probe', { expr: () => node }));

// Primitives whose kernels have branches of their own.
const branching = ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf', 'lgamma'];

/** Curves of a function, each with the levels at which something changes. */
function curvesOf(f: Swept, levels: readonly number[]): [Curve, readonly number[]][] {
  const curves: [Curve, readonly number[]][] = [[evaluate((x) => f.run([x])), [0]]];
  const slope: Curve = (xs) => {
    const x = float64(xs, true);
    const y = f.run([x]);
    if (!y.requiresGrad) return xs.map(() => 0);
    const [g] = grad(y.sum(), x, { allowUnused: true });
    return g == null ? xs.map(() => 0) : Array.from(g.data(), Number);
  };
  curves.push([slope, [0]]);
  if (f.operator === null) return curves;
  const [operand] = operandsOf(f.operator);
  const both = levels.flatMap((c) => [c, -c]);
  for (const node of nodesOf(definitionOf(f.operator))) {
    const [a, b] = node.args;
    if (branching.includes(node.op) && a !== operand) curves.push([curveOf(a), both]);
    if (node.op !== 'lt' && node.op !== 'le') continue;
    const [left, right] = [curveOf(a), curveOf(b)];
    curves.push([
      (xs) => {
        const other = right(xs);
        return left(xs).map((v, i) => v - other[i]);
      },
      [0],
    ]);
  }
  return curves;
}

function bisect(curve: Curve, brackets: readonly (readonly [number, number, number])[]): number[] {
  let low = brackets.map(([from]) => from);
  let high = brackets.map(([, to]) => to);
  const above = curve(low).map((v, i) => v > brackets[i]?.[2]);
  for (let k = 0; k < 64; k++) {
    const middle = low.map((a, i) => (a + high[i]) / 2);
    const up = curve(middle).map((v, i) => v > brackets[i]?.[2]);
    low = low.map((a, i) => (up[i] === above[i] ? middle[i] : a));
    high = high.map((b, i) => (up[i] === above[i] ? b : middle[i]));
  }
  return low;
}

/** Places where a curve of the function crosses one of its levels. */
export function crossings(f: Swept, levels: readonly number[]): number[] {
  const xs = grid('float64')
    .filter((x) => Math.abs(x) < 1e6 && Math.abs(x) > 1e-6)
    .sort((a, b) => a - b);
  const found: number[] = [];
  for (const [curve, wanted] of curvesOf(f, levels)) {
    const ys = curve(xs);
    const brackets: [number, number, number][] = [];
    for (const level of wanted) {
      for (let i = 0; i + 1 < xs.length; i++) {
        const [y, z] = [ys[i], ys[i + 1]];
        // Curves that cross too often, as sin does far out, are known otherwise.
        if (
          y > level !== z > level &&
          !Number.isNaN(y) &&
          !Number.isNaN(z) &&
          brackets.length < 60
        ) {
          brackets.push([xs[i], xs[i + 1], level]);
        }
      }
    }
    if (brackets.length > 0) found.push(...bisect(curve, brackets));
  }
  return distinct(found.filter((x) => Math.abs(x) > 1e-30)).sort((a, b) => a - b);
}
