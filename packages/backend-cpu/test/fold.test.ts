// Folds in one pass compared with the same stages one by one on core's own backend.
import { cpuBackend, type FoldStage, type View } from '@dl/core';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { describe, expect, it } from 'vitest';
import { addon, difference, isas, type Layout, native, random, twin, view } from './helper.js';
import { input, make, number, type Program, program, result } from './programs.js';

const f = 'float32';
const next = random(31);
const value = (): number => next() * 4 - 2;

/** exp(x - max). */
const power = make({
  inputs: [f, f],
  steps: [
    { op: 'sub', args: [input(0, f), input(1, f)], dtype: f },
    { op: 'exp', args: [result(0, f)], dtype: f },
  ],
  outputs: [result(1, f)],
});
/** exp(x - max) / total. */
const share = make({
  inputs: [f, f, f],
  steps: [...power.steps, { op: 'div', args: [result(1, f), input(2, f)], dtype: f }],
  outputs: [result(2, f)],
});
/** The same, but reading the exponential as its last input instead of computing it again. */
const rest = make({
  inputs: [f, f, f, f],
  steps: [{ op: 'div', args: [input(3, f), input(2, f)], dtype: f }],
  outputs: [result(0, f)],
});
/** 1 / (found + 1), where found is the result of the previous stage. */
const inverse = make({
  inputs: [f],
  steps: [
    { op: 'add', args: [input(0, f), number(1, f)], dtype: f },
    { op: 'div', args: [number(1, f), result(0, f)], dtype: f },
  ],
  outputs: [result(1, f)],
});
/** (x - y) · inverse · p. */
const scaled = make({
  inputs: [f, f, f, f],
  params: [f],
  steps: [
    { op: 'sub', args: [input(0, f), input(1, f)], dtype: f },
    { op: 'mul', args: [result(0, f), input(3, f)], dtype: f },
    { op: 'mul', args: [result(1, f), { from: 'param', index: 0, dtype: f }], dtype: f },
  ],
  outputs: [result(2, f)],
});
const withParam = (p: Program): Program =>
  make({ inputs: p.inputs, steps: p.steps, outputs: p.outputs, params: [f] });

interface Case {
  readonly stages: readonly FoldStage[];
  readonly last: Program;
  readonly inputs: number;
  readonly params: readonly number[];
}

const cases: Readonly<Record<string, Case>> = {
  softmax: {
    stages: [
      { program: program.identity, reducer: 'max' },
      { program: power, reducer: 'sum' },
    ],
    last: share,
    inputs: 1,
    params: [],
  },
  'softmax that keeps its exponentials': {
    stages: [
      { program: program.identity, reducer: 'max' },
      { program: power, reducer: 'sum', rest },
    ],
    last: share,
    inputs: 1,
    params: [],
  },
  'two inputs, an intermediate stage and a number': {
    stages: [
      { program: withParam(program.squares), reducer: 'sum' },
      { program: withParam(inverse), reducer: null },
    ],
    last: scaled,
    inputs: 2,
    params: [0.7],
  },
};

const shapes: readonly (readonly [readonly number[], readonly (readonly number[])[]])[] = [
  [[7], [[0]]],
  [
    [1, 1],
    [[0], [1], [0, 1]],
  ],
  [
    [40, 30],
    [[0], [1], [0, 1]],
  ],
  [[3, 50_000], [[1]]],
  [
    [900, 1300],
    [[0], [1]],
  ],
  [
    [6, 5, 40, 8],
    [[1], [2, 3], [0, 2, 3], [0, 1, 2, 3], [3]],
  ],
  [
    [130, 3, 700],
    [[0, 2], [1], [0]],
  ],
];

function oneByOne(
  c: Case,
  inputs: View[],
  shape: readonly number[],
  axes: readonly number[],
): View {
  const kept = shape.map((n, d) => (axes.includes(d) ? 1 : n));
  const found: View[] = [];
  for (const { program: p, reducer } of c.stages) {
    const r = view(kept, f, 'dense', () => NaN);
    if (reducer === null) cpuBackend.map(p, found, [r], c.params);
    else {
      cpuBackend.reduce(p, reducer, [...inputs, ...found], shape, axes, r, c.params);
    }
    found.push(r);
  }
  const out = view(shape, f, 'dense', () => 9);
  cpuBackend.map(c.last, [...inputs, ...found], [out], c.params);
  return out;
}

describe.each(isas)('%s', (isa) => {
  // A part at each commit, everything in `test:all`, on each instruction set.
  it.each(drawn(sampleOf(3), Object.keys(cases)))('%s', (name) => {
    addon.isa(isa);
    const c = cases[name];
    for (const [shape, lists] of shapes) {
      for (const layout of ['dense', 'permuted', 'stepped'] as readonly Layout[]) {
        const inputs = Array.from({ length: c.inputs }, () => view(shape, f, layout, value));
        for (const axes of lists) {
          const where = `${shape} over ${axes}, ${layout}`;
          const expected = oneByOne(c, inputs, shape, axes);
          const before = inputs.map(twin);
          const outs = [1, 2].map((threads) => {
            addon.threads(threads);
            const out = view(shape, f, 'dense', () => 9);
            const done = native.fold?.(c.stages, c.last, inputs, shape, axes, [out], c.params);
            expect(done, where).toBe(true);
            return out;
          });
          expect(difference(outs[0], expected), where).toBeLessThanOrEqual(3e-6);
          expect(difference(outs[1], outs[0]), `${where}, threads`).toBe(0);
          if (c.stages.some((s) => s.rest !== undefined)) {
            const bare = c.stages.map(({ program, reducer }) => ({ program, reducer }));
            const out = view(shape, f, 'dense', () => 9);
            native.fold?.(bare, c.last, inputs, shape, axes, [out], c.params);
            expect(difference(out, outs[0]), `${where}, nothing kept`).toBe(0);
          }
          inputs.forEach((x, i) => {
            expect(difference(x, before[i])).toBe(0);
          });
        }
      }
    }
  });

  it('refuses operands outside their buffers and programs that do not fit', () => {
    const { stages, last } = cases.softmax;
    const x = view([20, 30], f, 'dense', value);
    const out = view([20, 30], f, 'dense', value);
    const run = (a: View, b: View, list = stages): unknown =>
      native.fold?.(list, last, [a], [20, 30], [1], [b], []);
    expect(run(x, out)).toBe(true);
    expect(() => run({ ...x, offset: 20 }, out)).toThrow(/outside its buffer/);
    expect(() => run(x, { ...out, strides: [31, 1] })).toThrow(/outside its buffer/);
    expect(() => run(x, out, stages.slice(0, 1))).toThrow(/number of inputs/);
    const bad = [{ program: power, reducer: 'max' }, stages[1]] as FoldStage[];
    expect(() => run(x, out, bad)).toThrow(/number of inputs/);
    const keeping = (kept: Program): FoldStage[] => [stages[0], { ...stages[1], rest: kept }];
    expect(run(x, out, keeping(rest))).toBe(true);
    expect(() => run(x, out, keeping(share))).toThrow(/number of inputs/);
    expect(() => run(x, out, keeping(withParam(rest)))).toThrow(/same numbers/);
    const twice = make({
      inputs: rest.inputs,
      steps: rest.steps,
      outputs: [result(0, f), result(0, f)],
    });
    expect(() => run(x, out, keeping(twice))).toThrow(/have the same outputs/);
  });
});
