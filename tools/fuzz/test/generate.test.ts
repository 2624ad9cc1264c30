// The generator: a seed gives one program, most calls are valid, and every row of the table is drawn.
import { describe, expect, it } from 'vitest';
import { generate } from '../src/generate.js';
import { Machine } from '../src/machine.js';
import { operations } from '../src/operations/index.js';
import { asPython, asTypescript } from '../src/print.js';
import { isDType, type Program, valuesOf } from '../src/program.js';

const programs: Program[] = [];
for (let seed = 0; seed < 1500; seed++) programs.push(generate(seed));

describe('the generator', () => {
  it('gives one program for a seed', () => {
    for (const seed of [0, 17, 400]) expect(generate(seed)).toEqual(programs[seed]);
  });

  it('goes on beside views that may not tell what made them', () => {
    for (const seed of [50001073, 50001739, 50002385]) {
      expect(generate(seed).instructions.length).toBeGreaterThan(0);
    }
  });

  it('draws every row', () => {
    const drawn = new Set(programs.flatMap((p) => p.instructions.map((i) => i.op)));
    const left = () => operations.filter((op) => !drawn.has(op));
    // Rare rows may take a few seeds more.
    for (let seed = programs.length; seed < 4 * programs.length && left().length > 0; seed++) {
      for (const { op } of generate(seed).instructions) drawn.add(op);
    }
    expect(left()).toEqual([]);
  });

  it('draws calls that are valid, but for a few', () => {
    let calls = 0;
    let errors = 0;
    for (const p of programs) {
      const machine = new Machine('cpu');
      for (const i of p.instructions) machine.step(i);
      calls += p.instructions.length;
      errors += machine.errors.size;
    }
    expect(errors / calls).toBeGreaterThan(0.002);
    expect(errors / calls).toBeLessThan(0.06);
  });

  it('has programs in every dtype, of both orders, with hooks, noGrad, special and empty tensors', () => {
    const text = programs.map((p) => asTypescript(p));
    for (const part of [
      'createGraph: true',
      'registerHook',
      'noGrad(() =>',
      'NaN',
      '-Infinity',
      '1e-40',
      'zeros([0',
      "'...'",
    ]) {
      expect(text.filter((t) => t.includes(part)).length, part).toBeGreaterThan(2);
    }
    const dtypes = new Set(
      programs.flatMap((p) =>
        p.instructions.flatMap((i) => valuesOf(i).flatMap((v) => (isDType(v) ? [v.d] : []))),
      ),
    );
    expect([...dtypes].sort()).toEqual([
      'bfloat16',
      'bool',
      'float16',
      'float32',
      'float64',
      'int32',
      'int64',
      'uint8',
    ]);
  });

  it('prints both languages', () => {
    const program: Program = {
      seed: 'by hand',
      instructions: [
        {
          out: 0,
          op: 'tensor',
          args: [[1, { f: 'nan' }]],
          options: { dtype: { d: 'float32' }, requiresGrad: true },
        },
        { out: 1, op: 'at', args: [{ r: 0 }, '1:', null] },
        { out: 2, op: 'sum', args: [{ r: 1 }, -1], options: { keepdim: true }, noGrad: true },
        { out: 3, op: 'set', args: [{ r: 2 }, [0, '...'], 5] },
      ],
    };
    expect(asTypescript(program).split('\n').slice(1)).toEqual([
      "const v0 = tensor([1, NaN], { dtype: 'float32', requiresGrad: true });",
      "const v1 = v0.at('1:', null);",
      'const v2 = noGrad(() => v1.sum(-1, { keepdim: true }));',
      "v2.set([0, '...'], 5);",
      '',
    ]);
    expect(asPython(program)).toContain(
      [
        "v0 = torch.tensor([1, float('nan')], dtype=torch.float32, requires_grad=True)",
        'v1 = v0[1:, None]',
        'with torch.no_grad(): v2 = i32(v1.sum(-1, keepdim=True), v1)',
        'v2[0, ...] = 5',
      ].join('\n'),
    );
  });
});
