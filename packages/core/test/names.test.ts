// Every wrong call throws a DLError whose message begins with the name of the called function.
import { expect, it } from 'vitest';
import * as core from '../src/index.js';

const { DLError, kinds, ones, tensor } = core;

interface Public {
  (...args: unknown[]): unknown;
  readonly signature?: core.Signature;
}

/** Functions whose errors may name another operator, each with its reason. */
const others: { readonly [name: string]: string } = {
  checkpoint: "the user's function",
};

const operators = (Object.entries(core) as [string, Public][]).filter(
  ([name, f]) => typeof f === 'function' && f.signature !== undefined && !(name in others),
);

const whole = (values: core.NestedArray): core.Tensor => tensor(values, { dtype: 'int32' });

/**
 * Values to draw from, of which a kind accepts some. Tensors are created each time, since some functions write to them.
 */
const pool: readonly (() => unknown)[] = [
  () => ones([2, 3]),
  () => ones([2, 3], { requiresGrad: true }),
  () => tensor(2),
  () => ones([0]),
  () => ones([2, 0, 1]),
  () => ones([3], { dtype: 'float64' }),
  () => ones([3, 3], { dtype: 'float16' }),
  () => whole([0, 1, 1]),
  () => whole(-9),
  () => whole([[9, -5, 0]]),
  () => whole([[0], [1]]),
  () => tensor([true, false, true]),
  () => ones([2, 3], { dtype: 'bool' }),
  () => ones([2, 2, 2, 2, 2]),
  () => ones([1, 3]).expand([2, 3]),
  () => 0,
  () => 1,
  () => -1,
  () => 3,
  () => -7,
  () => 0.5,
  () => null,
  () => true,
  () => 'ij,jk->ik',
  () => 'cpu',
  () => 'webgpu',
  () => 'int32',
  () => 'reflect',
  () => [],
  () => [0, 1],
  () => [0, 0],
  () => [2, -3],
  () => [1, 2, 3],
  () => [ones([2, 3]), ones([2])],
  () => [ones([2]), whole([1, 2])],
  () => [tensor(1)],
];

/** Pseudo-random numbers, the same in each run. */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Calls with random arguments, each valid by itself; errors must begin with `name`. */
function expectNamed(
  name: string,
  { places, options }: core.Signature,
  f: (...args: unknown[]) => unknown,
  rounds: number,
): void {
  // An in-place form may use the name of its operator.
  const begins = new RegExp(`^${name.replace(/_$/, '_?')}: `);
  const draw = drawer(name.length * 7919 + (name.codePointAt(0) ?? 0));
  const fitting = (kind: core.kinds.Kind<unknown>): (() => unknown)[] =>
    pool.filter((make) => kind.is(make()));
  const ofPlaces = places.map(({ kind }) => fitting(kind));
  const named = Object.entries(options ?? {}).map(
    ([option, kind]) => [option, fitting(kind)] as const,
  );
  for (let round = 0; round < rounds; round++) {
    const args: unknown[] = ofPlaces.map((list) => list[draw(list.length)]?.());
    const chosen = named.filter(([, list]) => list.length > 0 && draw(2) === 0);
    if (chosen.length > 0) {
      args.push(Object.fromEntries(chosen.map(([o, list]) => [o, list[draw(list.length)]?.()])));
    }
    try {
      const out = f(...args);
      if (out instanceof Promise) out.catch(() => {});
    } catch (e) {
      const what = `${name}(${args.map((x) => (x instanceof core.Tensor ? `${x.dtype} ${JSON.stringify(x.shape)}` : kinds.described(x))).join(', ')})`;
      expect(e, `${what}: ${e instanceof Error ? e.stack : String(e)}`).toBeInstanceOf(DLError);
      expect((e as Error).message, what).toMatch(begins);
    }
  }
}

const full = process.env.DL_FULL === '1';

it.each(operators)('%s is the name in its errors', (_, f) => {
  const signature = f.signature as core.Signature;
  expectNamed(signature.name, signature, f, full ? 250 : 100);
});

const inPlace = operators.filter(([name]) => typeof ones([1])[`${name}_` as 'abs_'] === 'function');

it.each(inPlace)('the method %s_ is the name in its errors', (name, f) => {
  const method = (x: unknown, ...rest: unknown[]): unknown =>
    (x as Record<string, Public>)[`${name}_`]?.(...rest);
  expectNamed(
    `${name}_`,
    f.signature as core.Signature,
    (x, ...rest) => (x instanceof core.Tensor ? method(x, ...rest) : null),
    full ? 100 : 40,
  );
});
