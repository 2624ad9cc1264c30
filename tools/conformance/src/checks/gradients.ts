// Gradients of a case, of the first and the second order.
import { type DType, grad, isFloat, mul, noGrad, sum, type Tensor } from '@dl/core';
import { type Case, type Input, inputStart, type Output, outputStart, weights } from '../case.js';
import { difference, read } from '../compare.js';
import { type Layout, place } from '../layout.js';

/** Gradients by input; null where there is none. */
export interface Gradients {
  readonly outputs: readonly Tensor[];
  readonly first: readonly (Tensor | null)[];
  /** By input, then by output that has a gradient. */
  readonly second: readonly (Tensor | null)[];
}

export const list = (o: Output): readonly Tensor[] => (Array.isArray(o) ? o : [o as Tensor]);

const numelOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The weights as a tensor. */
export const weightTensor = (
  shape: readonly number[],
  dtype: DType,
  start: number,
  device: string,
): Tensor => place({ dtype, shape, values: weights(numelOf(shape), start) }, device).tensor;

/** Runs a case with its floating-point inputs as leaves and differentiates it. */
export function differentiate(
  c: Case,
  device: string,
  order: 1 | 2,
  layout: Layout = 'contiguous',
  cotangents?: readonly Input[],
): Gradients {
  const xs = c.inputs.map((input) => place(input, device, layout).tensor);
  for (const x of xs) if (isFloat(x.dtype)) x.requiresGrad = true;
  const outputs = list(c.run(xs, device));
  const roots = outputs.flatMap((o, k) => (o.requiresGrad ? [{ o, k }] : []));
  const leaves = xs.filter((x) => x.requiresGrad);
  const none = { outputs, first: xs.map(() => null), second: [] };
  if (roots.length === 0) return none;
  const upstream = roots.map(({ o, k }, i) => {
    const given = cotangents?.[i];
    const g = given
      ? place(given, device).tensor
      : weightTensor(o.shape, o.dtype, outputStart(k), device);
    g.requiresGrad = order === 2;
    return g;
  });
  const found = grad(
    roots.map(({ o }) => o),
    leaves,
    { gradOutputs: upstream, createGraph: order === 2, allowUnused: true },
  );
  const first = xs.map((x) => found[leaves.indexOf(x)] ?? null);
  if (order === 1) return { outputs, first, second: [] };
  const parts = first.flatMap((g, j) =>
    g === null ? [] : [sum(mul(g, weightTensor(g.shape, g.dtype, inputStart(j), device)))],
  );
  const total = parts.reduce<Tensor | null>((a, b) => (a === null ? b : a.add(b)), null);
  const wanted = [...leaves, ...upstream];
  const twice = total?.requiresGrad ? grad(total, wanted, { allowUnused: true }) : [];
  const byInput = xs.map((x) => twice[leaves.indexOf(x)] ?? null);
  return {
    outputs,
    first,
    second: [...byInput, ...upstream.map((_, i) => twice[leaves.length + i] ?? null)],
  };
}

const EPSILON = 1e-6;
/** Finite differences in double precision give about nine digits. */
const close = { rtol: 1e-5, atol: 2e-6 };

const nudged = (inputs: readonly Input[], j: number, i: number, by: number): Input[] =>
  inputs.map((input, k) =>
    k === j ? { ...input, values: input.values.map((v, m) => (m === i ? v + by : v)) } : input,
  );

/** The derivative of `f` at each element of input `j`, by central differences. */
async function slopes(
  inputs: readonly Input[],
  j: number,
  f: (inputs: readonly Input[]) => Promise<number>,
): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < inputs[j].values.length; i++) {
    const up = await f(nudged(inputs, j, i, EPSILON));
    const down = await f(nudged(inputs, j, i, -EPSILON));
    found.push((up - down) / (2 * EPSILON));
  }
  return found;
}

const dot = (a: readonly number[], start: number): number =>
  a.reduce((t, v, i) => t + v * weights(1, start + i)[0], 0);

const zerosFor = (shape: readonly number[]): number[] => new Array(numelOf(shape)).fill(0);

/** Compares gradients with finite differences of the forward pass; null if they agree. */
export async function gradcheck(c: Case, device: string): Promise<string | null> {
  const { first, outputs } = differentiate(c, device, 1);
  const floating = outputs.map((o) => isFloat(o.dtype));
  const f = async (inputs: readonly Input[]): Promise<number> => {
    const outs = noGrad(() =>
      list(
        c.run(
          inputs.map((x) => place(x, device).tensor),
          device,
        ),
      ),
    );
    let total = 0;
    for (const [k, o] of outs.entries()) {
      if (floating[k]) total += dot(await read(o), outputStart(k));
    }
    return total;
  };
  for (const [j, input] of c.inputs.entries()) {
    if (input.dtype !== 'float64') continue;
    const g = first[j];
    const analytic = g ? await read(g) : zerosFor(input.shape);
    const d = difference(analytic, await slopes(c.inputs, j, f), close);
    if (d !== null) return `gradient of input ${j} against finite differences: ${d}`;
  }
  return null;
}

/** The same for second derivatives, against finite differences of the first ones. */
export async function gradgradcheck(c: Case, device: string): Promise<string | null> {
  const { outputs, second } = differentiate(c, device, 2);
  if (second.length === 0) return null;
  const upstream = outputs.flatMap((o, k): Input[] =>
    o.requiresGrad
      ? [{ dtype: o.dtype, shape: o.shape, values: weights(o.count, outputStart(k)) }]
      : [],
  );
  const n = c.inputs.length;
  const f = async (all: readonly Input[]): Promise<number> => {
    const moved = { ...c, inputs: all.slice(0, n) };
    const { first } = differentiate(moved, device, 1, 'contiguous', all.slice(n));
    let total = 0;
    for (const [j, g] of first.entries()) if (g) total += dot(await read(g), inputStart(j));
    return total;
  };
  const all = [...c.inputs, ...upstream];
  for (const [j, input] of all.entries()) {
    if (input.dtype !== 'float64') continue;
    const g = second[j];
    const analytic = g ? await read(g) : zerosFor(input.shape);
    const d = difference(analytic, await slopes(all, j, f), close);
    if (d !== null) {
      const what = j < n ? `input ${j}` : `upstream gradient ${j - n}`;
      return `second derivative by ${what} against finite differences: ${d}`;
    }
  }
  return null;
}
