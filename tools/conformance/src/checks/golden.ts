// Comparing a case with PyTorch's results.
import { type DType, isFloat, type Tensor } from '@dl/core';
import type { Case } from '../case.js';
import { defaults, difference, read } from '../compare.js';
import { type Golden, type GoldenTensor, valuesOf } from '../goldens.js';
import type { Layout } from '../layout.js';
import { record } from '../record.js';
import { oddElements, toleranceOf } from '../tolerances.js';
import { differentiate } from './gradients.js';

/** PyTorch's indices and integer sums are int64; ours are int32, the index type. */
const dtypeHere = (dtype: DType): DType => (dtype === 'int64' ? 'int32' : dtype);

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

async function compare(
  what: string,
  c: Case,
  pass: 'forward' | 'first' | 'second',
  x: Tensor,
  golden: GoldenTensor,
): Promise<string | null> {
  if (!same(x.shape, golden.shape)) {
    return `${what}: shape [${x.shape}], expected [${golden.shape}]`;
  }
  const wants = dtypeHere(golden.dtype);
  if (x.dtype !== wants && x.dtype !== golden.dtype) {
    return `${what}: dtype ${x.dtype}, expected ${wants}`;
  }
  const tolerance = toleranceOf(c, pass, x.dtype) ?? defaults[x.dtype];
  const [values, expected] = [await read(x), valuesOf(golden)];
  if (pass === 'forward') for (const i of oddElements(c)) expected[i] = values[i];
  record.note(c, pass, x.dtype, values, expected, tolerance);
  const d = difference(values, expected, tolerance);
  return d === null ? null : `${what}: ${d}`;
}

/** The forward pass against PyTorch's; null if they agree. */
export async function compareOutputs(
  c: Case,
  outputs: readonly Tensor[],
  golden: Golden,
): Promise<string | null> {
  if (outputs.length !== golden.outputs.length) {
    return `${outputs.length} results, expected ${golden.outputs.length}`;
  }
  for (const [k, o] of outputs.entries()) {
    const d = await compare(`result ${k}`, c, 'forward', o, golden.outputs[k]);
    if (d !== null) return d;
  }
  return null;
}

/** Gradients against PyTorch's; null if they agree. */
export async function compareGradients(
  c: Case,
  device: string,
  golden: Golden,
  order: 1 | 2,
  layout: Layout,
): Promise<string | null> {
  const found = differentiate(c, device, order, layout);
  const forward = await compareOutputs(c, found.outputs, golden);
  if (forward !== null) return forward;
  const passes = order === 1 ? (['first'] as const) : (['first', 'second'] as const);
  for (const pass of passes) {
    const expected = golden[pass];
    if (expected === undefined) continue;
    for (let j = 0; j < expected.length; j++) {
      const what = `${pass} derivative ${j}`;
      const g = found[pass][j] ?? null;
      const e = expected[j] ?? null;
      if (g === null && e === null) continue;
      const input = c.inputs[j];
      if (pass === 'first' && g !== null && input !== undefined) {
        if (!same(g.shape, input.shape))
          return `${what}: shape [${g.shape}] for input [${input.shape}]`;
        if (g.dtype !== input.dtype) return `${what}: dtype ${g.dtype} for ${input.dtype}`;
      }
      if (g !== null && e !== null) {
        const d = await compare(what, c, pass, g, e);
        if (d !== null) return d;
      } else {
        // One side has no gradient: the other's must be zero.
        const values = g !== null ? await read(g) : valuesOf(e as GoldenTensor);
        const dtype = (g ?? (e as GoldenTensor)).dtype;
        const d = difference(values, new Array(values.length).fill(0), defaults[dtype]);
        if (d !== null) return `${what}: ${g === null ? 'missing; ' : ''}${d}`;
      }
    }
  }
  return null;
}

/** Whether a case has something to differentiate. */
export const hasGradient = (c: Case): boolean =>
  c.order > 0 && c.inputs.some((x) => isFloat(x.dtype));
