// The numbers that a function's definition names and that kernels compare with: where results may jump.
import { readFileSync } from 'node:fs';
import { binary, type Elementwise, type Tensor, tensor, ternary, unary } from '@dl/core';

/** A node of a definition. */
export type Node = ReturnType<Elementwise['spec']['expr']>;

const packages = new URL('../../../packages/', import.meta.url);

/** The sources with kernels of primitives. */
const sources = [
  'core/src/backend/cpu/kernels.ts',
  'core/src/backend/cpu/erf.ts',
  'core/src/backend/cpu/special.ts',
  'core/src/scalar/derivatives.ts',
  'backend-cpu/native/fuse.h',
  'backend-cpu/native/loops.h',
  'backend-cpu/native/math32.h',
  'backend-cpu/native/math64.h',
  'backend-cuda/src/kernels/prelude.ts',
  'backend-cuda/src/kernels/scalar.ts',
  'backend-webgpu/src/gamma.ts',
  'backend-webgpu/src/prelude.ts',
];

const number = String.raw`(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)`;
// A comparison or a limit: `x < 0.125f`, `abs(x) >= F(8.3)`, `a > TURNS`, `clamp(x, F(-104), F(89))`, `= 1e5;`.
const patterns = [
  String.raw`(?:[<>]=?|[=!]==?)\s*(?:\w+\()?${number}`,
  String.raw`clamp\(\w+, (?:\w+\()?${number}\)?, `,
  String.raw`clamp\(\w+, [^,]+, (?:\w+\()?${number}`,
  String.raw`constexpr \w+ \w+ = ${number}`,
];

/** The numbers that a source compares with or limits to, by magnitude. */
export function comparedIn(source: string): number[] {
  const found = new Set<number>();
  for (const pattern of patterns) {
    for (const [, text] of source.matchAll(new RegExp(pattern, 'g'))) {
      found.add(Math.abs(Number(text)));
    }
  }
  return [...found].filter((x) => x !== 0 && x < 1e12).sort((a, b) => a - b);
}

/** The numbers that kernels of primitives compare with, on any device. */
export function kernelConstants(): number[] {
  const all = sources.map((file) => readFileSync(new URL(file, packages), 'utf8'));
  return comparedIn(all.join('\n'));
}

/** The operands of a definition, as its expression sees them in float64. */
export function operandsOf({ arity, spec }: Elementwise): readonly Node[] {
  let found: readonly Node[] = [];
  const x = tensor([1], { dtype: 'float64' });
  const expr = (...args: Node[]): Node => {
    found = args;
    return args[0];
  };
  const { operands = 'promote' } = spec;
  const at = (k: number): Tensor => {
    const kind = typeof operands === 'string' ? operands : operands[k];
    return kind === 'mask' || kind === 'condition' ? x.ne(0) : x;
  };
  if (arity === 1) unary('operands', { operands, expr })(x);
  else if (arity === 2) binary('operands', { operands, expr })(at(0), at(1));
  else ternary('operands', { operands, expr })(at(0), at(1), at(2));
  return found;
}

/** Every node below some, once. */
export function nodesOf(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.args.forEach(visit);
  };
  roots.forEach(visit);
  return [...seen];
}

/** A definition's result and its stated gradients, for an upstream gradient that is the first operand. */
export function definitionOf(operator: Elementwise): Node[] {
  const args = operandsOf(operator);
  const root = operator.spec.expr(...args);
  const stated = operator.spec.vjp?.(args[0], args, root) ?? [];
  return [root, ...stated.filter((node) => node !== null)];
}

/** The constants in a definition, by magnitude. */
export function definitionConstants(operator: Elementwise): number[] {
  const values = nodesOf(definitionOf(operator))
    .filter((node) => node.op === 'const' && Number.isFinite(node.value) && node.value !== 0)
    .map((node) => Math.abs(node.value));
  return [...new Set(values)].sort((a, b) => a - b);
}
