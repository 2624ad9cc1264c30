// One case through every check that applies: values, gradients, layouts, forms of the call.
import { type DType, isFloat, type Tensor } from '@dl/core';
import { type Case, outputStart } from '../case.js';
import { difference, read } from '../compare.js';
import type { ElementwiseExport } from '../elementwise.js';
import { isFailure } from '../failure.js';
import { type Goldens, goldenOf } from '../goldens.js';
import { isHostOnly, isWithout } from '../host.js';
import { layouts, place } from '../layout.js';
import * as own from './elementwise.js';
import { compareGradients, compareOutputs, hasGradient } from './golden.js';
import { differentiate, gradcheck, gradgradcheck, list, weightTensor } from './gradients.js';

/** One thing that was checked. */
export interface Result {
  readonly id: string;
  readonly check: string;
  /** What is wrong; null if the check passed. */
  readonly failure: string | null;
}

/** What a case runs on. */
export interface CaseOptions {
  /** A registered device. */
  readonly device: string;
  readonly goldens: Goldens;
  /** dtypes that the device does not have; their cases are left out. */
  readonly without?: readonly DType[];
}

const exact = { rtol: 0, atol: 0 };

/** What a check says, or what it threw. */
async function outcome(body: () => Promise<string | null>): Promise<string | Error | null> {
  try {
    return await body();
  } catch (e) {
    return e instanceof Error ? e : String(e);
  }
}

/** Runs one case through every check that applies. */
export async function runCase(
  c: Case,
  elementwise: ElementwiseExport | null,
  { device, goldens, without = [] }: CaseOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  const check = async (name: string, body: () => Promise<string | null>): Promise<void> => {
    const failure = await outcome(body);
    if (failure instanceof Error && isHostOnly(c.operator, device, failure)) {
      results.push({ id: c.id, check: `${name}: refused, the values are needed`, failure: null });
      return;
    }
    if (isWithout(without, failure)) {
      results.push({ id: c.id, check: `${name}: refused, the dtype is missing`, failure: null });
      return;
    }
    const text = failure instanceof Error ? (failure.stack ?? failure.message) : failure;
    results.push({ id: c.id, check: name, failure: text });
  };
  const golden = goldenOf(goldens, c);
  if (isFailure(golden)) return [{ id: c.id, check: 'goldens', failure: golden.failure }];

  let contiguous: number[][] = [];
  for (const layout of layouts) {
    await check(`forward, ${layout}`, async () => {
      const placed = c.inputs.map((input) => place(input, device, layout));
      const before = await Promise.all(placed.map((p) => read(p.memory)));
      const outputs = list(
        c.run(
          placed.map((p) => p.tensor),
          device,
        ),
      );
      const d = await compareOutputs(c, outputs, golden);
      if (d !== null) return d;
      for (const [j, p] of placed.entries()) {
        const changed = difference(await read(p.memory), before[j], exact);
        if (changed !== null) return `input ${j} was changed: ${changed}`;
      }
      if (elementwise === null) return null;
      const values = await Promise.all(outputs.map(read));
      if (layout === 'contiguous') contiguous = values;
      const other = values.map((v, k) => difference(v, contiguous[k], exact));
      return other.find((x) => x !== null) ?? null;
    });
  }
  if (hasGradient(c)) {
    const order = c.order as 1 | 2;
    for (const layout of layouts) {
      await check(`gradients, ${layout}`, () => compareGradients(c, device, golden, order, layout));
    }
    await check('backward()', () => backwardEqualsGrad(c, device));
    const doubles =
      c.inputs.some((x) => x.dtype === 'float64') &&
      c.inputs.every((x) => x.dtype === 'float64' || !isFloat(x.dtype));
    if (c.smooth && doubles) {
      await check('finite differences', () => gradcheck(c, device));
      if (order === 2) await check('second finite differences', () => gradgradcheck(c, device));
    }
  }
  if (elementwise !== null) await elementwiseChecks(c, elementwise, device, golden, check);
  return results;
}

async function elementwiseChecks(
  c: Case,
  e: ElementwiseExport,
  device: string,
  golden: Parameters<typeof compareOutputs>[2],
  check: (name: string, body: () => Promise<string | null>) => Promise<void>,
): Promise<void> {
  const inputs = (): Tensor[] => c.inputs.map((x) => place(x, device).tensor);
  const output = e.run(inputs());
  const compare = async (variant: Case): Promise<string | null> =>
    hasGradient(c)
      ? compareGradients(variant, device, golden, 1, 'contiguous')
      : compareOutputs(c, list(variant.run(inputs(), device)), golden);
  const method = own.asMethod(c, e);
  if (method !== null) await check('as a method', () => compare(method));
  const inPlace = own.inPlace(c, output, e);
  if (inPlace !== null) {
    await check('in place', () => compare(inPlace));
    await check('in place on a window', () => own.inPlaceOnWindow(c, device, output, e));
  }
  if (!c.id.includes('/matrix/')) return;
  await check('many elements', () => own.longRun(e, c, device));
  const wide = c.inputs.every((x) => x.dtype === 'float32' || x.dtype === 'float64');
  if (e.operator.arity > 1 && wide) {
    await check('numbers as operands', () => own.numbersAsOperands(e, c, device));
  }
}

/** `backward()` leaves in `.grad` what `grad()` returns. */
async function backwardEqualsGrad(c: Case, device: string): Promise<string | null> {
  const { first } = differentiate(c, device, 1);
  const xs = c.inputs.map((input) => place(input, device).tensor);
  for (const x of xs) if (isFloat(x.dtype)) x.requiresGrad = true;
  const roots = list(c.run(xs, device)).flatMap((o, k) => (o.requiresGrad ? [{ o, k }] : []));
  for (const { o, k } of roots) {
    const g = weightTensor(o.shape, o.dtype, outputStart(k), device);
    o.backward(g, { retainGraph: true });
  }
  for (const [j, x] of xs.entries()) {
    const g = first[j] ?? null;
    if (g === null && x.grad === null) continue;
    if (g === null || x.grad === null) return `input ${j}: one of grad() and backward() gives none`;
    const d = difference(await read(x.grad), await read(g), { rtol: 1e-5, atol: 1e-6 });
    if (d !== null) return `input ${j}: ${d}`;
  }
  return null;
}
