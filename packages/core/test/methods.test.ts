// The arguments of all tensor methods, by position and by name, compared with the functions'.
import { type Called, hold } from 'dl-testing/arguments';
import { expect, it } from 'vitest';
import * as core from '../src/index.js';

const { Tensor } = core;

type Method = ((...given: unknown[]) => unknown) & { readonly signature?: core.Signature };

/** Methods without a signature, each with its reason. */
const without: { readonly [name: string]: string } = {
  toJSON: 'is given a key by JSON.stringify',
  ...Object.fromEntries(
    ['constructor', 'elementAt', 'letGo', 'revived', 'withdraw'].map((n) => [n, 'for the library']),
  ),
};

const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype)).flatMap(
  ([name, { value }]): [string, Method][] => (typeof value === 'function' ? [[name, value]] : []),
);

it('every method has a signature', () => {
  const missing = methods.filter(([, f]) => f.signature === undefined).map(([name]) => name);
  expect(missing.sort()).toEqual(Object.keys(without).sort());
});

const table: Record<string, Called> = {};
for (const [name, method] of methods) {
  const { signature } = method;
  if (signature === undefined) continue;
  // The object of a method is always a tensor.
  const call = (x: unknown, ...given: unknown[]): unknown =>
    x instanceof Tensor ? method.call(x, ...given) : signature.take([x, ...given]);
  table[`x.${name}`] = { call, signature };
}
hold(table);

/** Methods whose arguments differ from those of the function with the same name, as in PyTorch. */
const others: { readonly [name: string]: string } = {
  where: 'the tensor is what stands where the condition holds',
};

const shown = ({ places, options, further }: core.Signature): unknown => [
  places.slice(1).map(({ name, kind, optional }) => [name, kind.words, optional]),
  Object.entries(options).map(([name, kind]) => [name, kind.words]),
  further?.kind.words,
];

const exported: Readonly<Record<string, unknown>> = core;
const twins = methods.flatMap(([name, { signature }]) => {
  if (signature === undefined || name in others) return [];
  const twin = (exported[name] ?? exported[name.replace(/_$/, '')]) as Method | undefined;
  return twin?.signature === undefined ? [] : [[name, signature, twin.signature] as const];
});

it.each(twins)('%s takes the arguments of the function with the same name', (_, method, twin) => {
  expect(shown(method)).toEqual(shown(twin));
});

it('most methods have a function', () => {
  expect(twins.length).toBeGreaterThan(250);
});
