// Mutants: what is planted, what is left alone, how switches choose, and that a sample is the same for the same seed.
import { describe, expect, it } from 'vitest';
import { reachOf } from '../lib/mutant-runs.mjs';
import { behindSwitches, mutantsOf, sample } from '../lib/mutants.mjs';

const planted = (text) => mutantsOf(text).map(({ was, put }) => `${was} => ${put}`);

it('plants one mistake at a time', () => {
  expect(planted('const a = b + 1;')).toEqual(['+ => -', '1 => 2']);
  expect(planted('if (a < b) f(true);')).toEqual([
    'a < b => !(a < b)',
    '< => <=',
    'f(true); => ;',
    'true => false',
  ]);
});

it('leaves types and messages alone', () => {
  expect(planted("const a: 1 | true = x; throw new E('a' + 1); warnOnce('k', 1 + 2);")).toEqual([]);
});

it('leaves a constructor its parent, and names their places', () => {
  expect(planted('class A extends B { constructor() { super(); this.go(); } }')).toEqual([
    'this.go(); => ;',
  ]);
  expect(planted('const a = { 1: b };')).toEqual([]);
});

describe('switches', () => {
  const text = `const out = [];
    const add = (x) => { out.push(x); };
    if (a < b && (a + 1 < 4 || !done)) add(a * b + 2);
    else add(a > 1 ? true : false);
    for (let i = 0; i < 3; i++) if (i !== a) add(i / 2 - b);
    return out;`;
  const mutants = mutantsOf(text).map((mutant, i) => ({ ...mutant, number: i + 1 }));
  const run = (source, active) => {
    const f = new Function('a', 'b', 'done', '__mutant', source);
    const cases = [0, 1, 2, 3, 4].flatMap((x) =>
      [1, 2, 3, 5].flatMap((y) => [true, false].map((done) => [x, y, done])),
    );
    return cases.map(([x, y, done]) => f(x, y, done, (number) => number === active));
  };
  const all = behindSwitches(text, mutants);

  it('do nothing while they are off', () => {
    expect(mutants.length).toBeGreaterThan(20);
    expect(run(all, 0)).toEqual(run(text));
  });

  it.each(mutants)('$number: $was -> $put is what an edit of the text is', (mutant) => {
    const edited = text.slice(0, mutant.from) + mutant.put + text.slice(mutant.to);
    expect(run(all, mutant.number)).toEqual(run(edited));
    // Alone, too, and it makes a difference here.
    expect(run(behindSwitches(text, [mutant]), mutant.number)).toEqual(run(edited));
    expect(run(edited)).not.toEqual(run(text));
  });
});

it('finds the tests that reach a mutant', () => {
  const note = (file, name, reached) => ({ file: `/copy/${file}`, name, ms: 5, reached });
  const notes = [
    note('a', null, [1]),
    note('a', 'first', [1, 2]),
    note('b', 'first', [2]),
    note('b', 'second', [2, 3]),
  ];
  const { reach, durations } = reachOf(notes, '/copy');
  expect(reach).toEqual({
    1: { a: 'all' },
    2: { a: ['first'], b: ['first', 'second'] },
    3: { b: ['second'] },
  });
  expect(durations).toEqual({ a: { first: 5 }, b: { first: 5, second: 5 } });
});

it('draws the same sample for the same seed, without repeating', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const drawn = sample(items, 20, 7);
  expect(sample(items, 20, 7)).toEqual(drawn);
  expect(new Set(drawn).size).toBe(20);
  expect(sample(items, 20, 8)).not.toEqual(drawn);
  expect(sample(items, 100, 1)).toHaveLength(50);
});
