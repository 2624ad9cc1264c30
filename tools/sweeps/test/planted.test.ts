// Planted faults: each is found, by the sentence that would be read.
import { abs, add, eq, erf, exp, mul, neg, sub, tanh, where } from '@dl/core';
import { openRunner } from 'dl-devices';
import { expect, it } from 'vitest';
import { exceptionOf } from '../src/exceptions.js';
import { type Swept, swept } from '../src/functions.js';
import { sweep } from '../src/sweep.js';
import { judge } from '../src/verdict.js';

const plain = await openRunner('plain');

async function problemsOf(
  name: string,
  run: Swept['run'],
  exceptions: readonly string[] = [],
): Promise<readonly string[]> {
  const f = swept.find((one) => one.name === name) as Swept;
  const key = { function: name, dtype: 'float32', runner: 'plain' } as const;
  const list = exceptions.map((line) => exceptionOf(line, 'a planted fault', true));
  return judge(await sweep({ ...f, run }, 'float32', plain), key, list).problems;
}

type X = Parameters<typeof erf>[0];
const one =
  (f: (x: X) => X): Swept['run'] =>
  ([x]) =>
    f(x);

it('finds nothing in what is right', async () => {
  expect(await problemsOf('erf', one(erf))).toEqual([]);
  expect(await problemsOf('exp', one(exp))).toEqual([]);
});

it('finds a branch that takes the wrong side at one number', async () => {
  // As `a < 0.125` does beside a rounding that sends the tie the other way.
  const tie = (x: X): X => where(eq(abs(x), 0.125), sub(erf(x), mul(x, 1)), erf(x));
  const problems = await problemsOf('erf', one(tie));
  expect(problems.join('\n')).toMatch(
    /^erf forward float32 on plain: 2 of \d+ points are off: \(0\.125\)/,
  );
});

it('finds the same branch inside another function, whose operand has another value there', async () => {
  const gelu = (x: X): X => {
    const z = mul(x, Math.SQRT1_2);
    const tie = where(eq(abs(z), 0.125), sub(erf(z), z), erf(z));
    return mul(mul(x, 0.5), add(tie, 1));
  };
  const problems = await problemsOf('gelu', one(gelu));
  expect(problems.join('\n')).toMatch(/gelu forward float32 on plain: .*\(-?0\.17677/);
});

// The complement by subtraction: it cancels, and is 0 where erf rounds to 1.
const canceled = (x: X): X => sub(1, erf(x));

it('finds a tail that is 0', async () => {
  const problems = await problemsOf('erfc', one(canceled));
  expect(problems.join('\n')).toMatch(/erfc forward float32 .* is 0, not \d/);
});

it('finds a gradient of the wrong sign', async () => {
  const flipped = (x: X): X => {
    const y = tanh(x);
    return sub(add(y.detach(), y.detach()), y);
  };
  const problems = await problemsOf('tanh', one(flipped));
  expect(problems.join('\n')).toMatch(/^tanh d\/da float32/m);
});

it('finds results that depend on the place in memory', async () => {
  const moved = (x: X): X => (x.offset === 0 ? exp(x) : mul(exp(x), 1 + 2 ** -23));
  const problems = await problemsOf('exp', one(moved));
  expect(problems.join('\n')).toMatch(/exp float32 on plain: forward at \(.*moved by 1 in memory/);
});

it('finds a zero of the wrong sign, and NaN for a number', async () => {
  const zero = await problemsOf(
    'neg',
    one((x) => sub(0, x)),
  );
  expect(zero.join('\n')).toMatch(/\(0\) is 0, not -0: Infinity ulp/);
  const nan = await problemsOf(
    'neg',
    one((x) => where(eq(x, 1), Number.NaN, neg(x))),
  );
  expect(nan.join('\n')).toMatch(/\(1\) is NaN, not -1/);
});

it('says that a known fault is fixed, or has grown', async () => {
  const line = 'erfc | forward | plain | 0..30 | float32 2e7 300';
  expect(await problemsOf('erfc', one(canceled), [line])).toEqual([]);
  const smaller = await problemsOf('erfc', one(canceled), [line.replace('300', '20')]);
  expect(smaller.join('\n')).toMatch(/points are off where 20 were: a planted fault/);
  const right = await problemsOf('exp', one(exp), [line.replace('erfc', 'exp')]);
  expect(right.join('\n')).toMatch(/exp forward float32 on plain: fixed, so delete/);
});

it('refuses a line that says something else', () => {
  const read = (line: string) => () => exceptionOf(line, '', true);
  expect(read('exp | forward | gpu | 0..1 | float32 5 1')).toThrow(/no runner 'gpu'/);
  expect(read('exp | forward | plain | 0..x | float32 5 1')).toThrow(/'x' is not a number/);
  expect(read('exp | forward | plain | 0..1 | float8 5 1')).toThrow(/'float8' is no floating/);
});
