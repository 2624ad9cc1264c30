// The suite: every case of every operator through every check that applies, on one device.
import { type Backend, type DType, isFloat, registerBackend, type Tensor, zeros } from '@dl/core';
import { isIn, type Sample, whole } from 'dl-sampling';
import type { Calls } from './calls.js';
import { type Case, outputStart } from './case.js';
import { backendChecks } from './checks/backend.js';
import * as own from './checks/elementwise.js';
import { errorChecks } from './checks/errors.js';
import { compareGradients, compareOutputs, hasGradient } from './checks/golden.js';
import { differentiate, gradcheck, gradgradcheck, list, weightTensor } from './checks/gradients.js';
import { difference, read } from './compare.js';
import { type ElementwiseExport, elementwiseCases, elementwiseExports } from './elementwise.js';
import { isFailure } from './failure.js';
import { type Goldens, goldenOf } from './goldens.js';
import { type Guarded, guarded } from './guard.js';
import { isHostOnly, isWithout } from './host.js';
import { layouts, place } from './layout.js';
import { rowCases } from './table/index.js';

/** One thing that was checked. */
export interface Result {
  readonly id: string;
  readonly check: string;
  /** What is wrong; null if the check passed. */
  readonly failure: string | null;
}

/** Everything about one operator. */
export interface Group {
  readonly operator: string;
  /** How many cases and refused calls it has. */
  readonly size: number;
  run(): Promise<Result[]>;
}

/** What the suite runs on. */
export interface SuiteOptions {
  /** A registered device. */
  readonly device: string;
  readonly goldens: Goldens;
  /** dtypes that the device does not have; their cases are left out. */
  readonly without?: readonly DType[];
  /** Only these of the cases, and of the calls that must be refused. Default: all. */
  readonly sample?: Sample;
  /** Takes note of what the device was asked for. */
  readonly calls: Calls;
}

const exact = { rtol: 0, atol: 0 };

/** All cases, as the oracle needs them. */
export const allCases = (): { elementwise: Case[]; table: Case[] } => ({
  elementwise: elementwiseExports().flatMap(elementwiseCases),
  table: rowCases(),
});

/** The groups of the suite: one for each operator, and one for what no operator does. */
export function suite(options: SuiteOptions): Group[] {
  const { device, without = [], sample = whole } = options;
  const elementwise = new Map(elementwiseExports().map((e) => [e.name, e]));
  const rows = rowCases();
  const errors = errorChecks(device, without);
  const names = new Set([...elementwise.keys(), ...rows.map((c) => c.operator), ...errors.keys()]);
  let position = 0;
  const taken = (): boolean => isIn(sample, position++);
  const groups = [...names].map((operator): Group => {
    const e = elementwise.get(operator);
    const own = e === undefined ? [] : elementwiseCases(e);
    const cases = [...own, ...rows.filter((c) => c.operator === operator)]
      .filter((c) => !c.inputs.some((x) => without.includes(x.dtype)))
      .filter(taken);
    const refused = (errors.get(operator) ?? []).filter(taken);
    return {
      operator,
      size: cases.length + refused.length,
      run: async () => {
        const results: Result[] = [];
        for (const c of cases) {
          results.push(...(await runCase(c, own.includes(c) ? (e ?? null) : null, options)));
        }
        for (const check of refused) results.push(check());
        return results;
      },
    };
  });
  return [...groups.filter((g) => g.size > 0), backendGroup(options)];
}

/** The group of what a device does for core and for no operator. */
function backendGroup({ device, calls }: SuiteOptions): Group {
  return {
    operator: 'backend',
    size: backendChecks.length,
    run: async () => {
      const results: Result[] = [];
      for (const { name, body } of backendChecks) {
        const inner = zeros([0], { device }).storage.backend;
        const found = await guardedBody(inner, guarded(inner, calls), () => body(device));
        const failure = found instanceof Error ? (found.stack ?? found.message) : found;
        results.push({ id: 'backend', check: name, failure });
      }
      return results;
    },
  };
}

async function runCase(
  c: Case,
  elementwise: ElementwiseExport | null,
  { device, goldens, without = [], calls }: SuiteOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  const inner = zeros([0], { device }).storage.backend;
  const guard = guarded(inner, calls);
  const check = async (name: string, body: () => Promise<string | null>): Promise<void> => {
    const failure = await guardedBody(inner, guard, body);
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
        const changed = difference(await read(p.memory), before[j] as number[], exact);
        if (changed !== null) return `input ${j} was changed: ${changed}`;
      }
      if (elementwise === null) return null;
      const values = await Promise.all(outputs.map(read));
      if (layout === 'contiguous') contiguous = values;
      const other = values.map((v, k) => difference(v, contiguous[k] as number[], exact));
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
  const method = own.asMethod(c);
  if (method !== null) await check('as a method', () => compare(method));
  const inPlace = own.inPlace(c, output);
  if (inPlace !== null) {
    await check('in place', () => compare(inPlace));
    await check('in place on a window', () => own.inPlaceOnWindow(c, device, output));
  }
  if (!c.id.includes('/matrix/')) return;
  await check('many elements', () => own.longRun(e, c, device));
  const wide = c.inputs.every((x) => x.dtype === 'float32' || x.dtype === 'float64');
  if (e.operator.arity > 1 && wide) {
    await check('numbers as operands', () => own.numbersAsOperands(e, c, device));
  }
}

/** Runs a check with every buffer of the device guarded. */
async function guardedBody(
  inner: Backend,
  guard: Guarded,
  body: () => Promise<string | null>,
): Promise<string | Error | null> {
  registerBackend(guard.backend);
  try {
    const failure = await body();
    return failure ?? (await guard.check());
  } catch (e) {
    return e instanceof Error ? e : String(e);
  } finally {
    registerBackend(inner);
    await guard.check();
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
