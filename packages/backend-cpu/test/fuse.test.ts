// Fused steps of the addon yield exactly the numbers of the single steps.
import type { View } from '@dl/core';
import { describe, expect, it } from 'vitest';
import { addon, difference, isas, native, random, twin, view } from './helper.js';
import { input, make, number, type Program, result, single } from './programs.js';

type Steps = Program['steps'];
const f = 'float32';
const next = random(57);
const [x, y] = [input(0, f), input(1, f)];

const logistic = (one: number, over = number(1, f)): Steps => [
  { op: 'neg', args: [x], dtype: f },
  { op: 'exp', args: [result(0, f)], dtype: f },
  { op: 'add', args: [result(1, f), number(one, f)], dtype: f },
  { op: 'div', args: [over, result(2, f)], dtype: f },
];
const gelu = (k: number): Steps => [
  { op: 'mul', args: [x, number(0.5, f)], dtype: f },
  { op: 'mul', args: [number(k, f), x], dtype: f },
  { op: 'erf', args: [result(1, f)], dtype: f },
  { op: 'add', args: [number(1, f), result(2, f)], dtype: f },
  { op: 'mul', args: [result(0, f), result(3, f)], dtype: f },
];
const powerOf: Steps = [
  { op: 'sub', args: [x, y], dtype: f },
  { op: 'exp', args: [result(0, f)], dtype: f },
];
const programs: Readonly<Record<string, Steps>> = {
  sigmoid: logistic(1),
  silu: logistic(1, x),
  'sigmoid with another numerator': logistic(1, y),
  'no sigmoid: another number': logistic(2),
  gelu: gelu(Math.SQRT1_2),
  'no gelu: another scale': gelu(0.5),
  'exponential of a difference': powerOf,
  'difference that is used twice': [
    ...powerOf,
    { op: 'mul', args: [result(0, f), result(1, f)], dtype: f },
  ],
  'softplus and its derivative in one program': [
    ...logistic(1),
    { op: 'log', args: [result(2, f)], dtype: f },
    { op: 'mul', args: [result(4, f), result(3, f)], dtype: f },
  ],
  'two in succession': [
    ...powerOf,
    { op: 'neg', args: [result(1, f)], dtype: f },
    { op: 'exp', args: [result(2, f)], dtype: f },
    { op: 'add', args: [number(1, f), result(3, f)], dtype: f },
    { op: 'div', args: [y, result(4, f)], dtype: f },
  ],
};

/** A program's steps, each as a separate program. */
function oneByOne(steps: Steps, inputs: readonly View[], n: number): View {
  const found: View[] = [];
  for (const { op, args } of steps) {
    const operands = args.map((a): View => {
      if (a.from === 'const') return view([], f, 'dense', () => a.value);
      return (a.from === 'input' ? inputs : found)[a.index];
    });
    const out = view([n], f, 'dense', () => 0);
    native.map(
      single(
        op,
        args.map(() => f),
        f,
      ),
      operands,
      [out],
      [],
    );
    found.push(out);
  }
  return found[found.length - 1];
}

const special = [0, -0, NaN, Infinity, -Infinity, 1e-40, -1e-40, 88, -88, 104, -104, 3e38, -3e38];
const value = (i: number): number => special[i % 50] ?? (next() - 0.5) * 20;

describe.each(isas)('%s', (isa) => {
  it.each(Object.keys(programs))('%s', (name) => {
    addon.isa(isa);
    const steps = programs[name];
    const p = make({ inputs: [f, f], steps, outputs: [result(steps.length - 1, f)] });
    for (const n of [1, 3, 16, 31, 32, 100, 1024, 1061, 70_001]) {
      const both = [view([n], f, 'dense', value), view([n], f, 'dense', value)];
      const one = view([], f, 'dense', () => 0.75);
      for (const inputs of [both, [one, both[1]], [both[0], one], [both[1], both[0]]] as View[][]) {
        const before = inputs.map(twin);
        const out = view([n], f, 'dense', () => 0);
        native.map(p, inputs, [out], []);
        expect(difference(out, oneByOne(steps, inputs, n), 1e-30), `${n} elements`).toBe(0);
        inputs.forEach((a, i) => {
          expect(difference(a, before[i])).toBe(0);
        });
      }
    }
  });

  it('writes over an input', () => {
    addon.isa(isa);
    const steps = programs.silu;
    const p = make({ inputs: [f], steps, outputs: [result(3, f)] });
    const a = view([5000], f, 'dense', value);
    const expected = oneByOne(steps, [twin(a)], 5000);
    native.map(p, [a], [a], []);
    const start = a.offset;
    const got = (a.buffer as Float32Array).slice(start, start + 5000);
    expect(got).toEqual((expected.buffer as Float32Array).slice(start, start + 5000));
  });
});
