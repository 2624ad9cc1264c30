// What counts as the same numbers, what is on the lists, and which programs a run takes.
import { whole } from 'dl-testing/sampling';
import { describe, expect, it } from 'vitest';
import { compare, special, toleranceOf } from '../src/compare.js';
import { expected, programNames, twinOf } from '../src/program.js';
import { median } from '../src/time.js';
import { differing } from './differing.js';
import { chosen } from './numbers.js';

describe('compare', () => {
  it('allows rounding and nothing more', () => {
    expect(compare('mnist', [2, 1e-7], [2.000002, 0])).toMatchObject({ same: true, first: null });
    const { same, worst, first } = compare('mnist', [1, 2.0001], [1, 2]);
    expect(same).toBe(false);
    expect(worst).toBeCloseTo(5e-5);
    expect(first).toBe("number 1 is 2.0001, PyTorch's is 2");
  });

  it('is stricter with float64', () => {
    expect(compare('mnist', [1.000005], [1]).same).toBe(true);
    expect(compare('time_sequence', [1.000005], [1]).same).toBe(false);
  });

  it('tells NaN from numbers, and lists of different lengths', () => {
    expect(compare('mnist', [NaN], [NaN]).same).toBe(true);
    expect(compare('mnist', [NaN], [1])).toMatchObject({ same: false, worst: Infinity });
    expect(compare('mnist', [1], [NaN]).same).toBe(false);
    expect(compare('mnist', [Infinity], [1]).same).toBe(false);
    expect(compare('mnist', [], [])).toMatchObject({ same: false });
    expect(compare('mnist', [1], [1, 2]).first).toBe('1 numbers, PyTorch has 2');
  });
});

describe('the programs', () => {
  const names = programNames();

  it('have numbers of PyTorch, and nothing else has', () => {
    expect(Object.keys(expected()).sort()).toEqual(names);
    for (const name of names) expect(expected()[name]?.length).toBeGreaterThan(0);
  });

  it('are those of the lists', () => {
    for (const { program } of differing) expect(names).toContain(program);
    for (const name of Object.keys(special)) expect(names).toContain(name);
    expect(toleranceOf('mnist')).toEqual({ rtol: 1.3e-6, atol: 1e-5 });
  });

  it('have twins, but for the models that libraries brought', () => {
    const without = names.filter((name) => twinOf(name) === null);
    expect(without.filter((name) => !/^(hf|torchvision)_/.test(name))).toEqual([]);
  });

  it('each run in one of the turns', () => {
    const turns = [['a', 'b'], ['c']];
    expect(chosen(['a', 'b', 'c', 'd'], turns, { of: 2, at: 0 })).toEqual(['a', 'b', 'd']);
    expect(chosen(['a', 'b', 'c', 'd'], turns, { of: 2, at: 1 })).toEqual(['c', 'd']);
    expect(chosen(['a', 'b', 'c', 'd'], turns, whole)).toEqual(['a', 'b', 'c', 'd']);
  });
});

it('takes the middle of the turns', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});
