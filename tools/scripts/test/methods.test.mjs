// Plants calls of methods in the packages' sources and sees each one found.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasTurn } from 'dl-testing/sampling';
import { expect, it } from 'vitest';
import { loadedSpreads, methodCalls, spreadsIn } from '../lib/methods.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const file = join(root, 'packages/data/src/planted.ts');

it.runIf(hasTurn('planted calls of methods', 3, 1))(
  'finds methods, in chains too, and lets the class keep its own',
  () => {
    const planted = `
    import { add, type Tensor } from '@dl/core/functional';
    export const own = (x: Tensor) => x.detach().clone().to('int32').contiguous().numel();
    export const called = (x: Tensor) => add(x, 1).softmax(0);
    export const read = (x: Tensor) => x.T;
    export const within = (x: Tensor) => x.mul_(2);
  `;
    const found = methodCalls(root, { [file]: planted });
    expect(found.map((line) => line.replace(/ Did you mean.*/, ''))).toEqual([
      "packages/data/src/planted.ts:4: Property 'softmax' does not exist on type 'Tensor'.",
      "packages/data/src/planted.ts:5: Property 'T' does not exist on type 'Tensor'.",
      "packages/data/src/planted.ts:6: Property 'mul_' does not exist on type 'Tensor'.",
    ]);
  },
  120_000,
);

it('finds spreads that run when a module is loaded, and no others', () => {
  const text = `
    const kinds = { a: 1, ...base };
    const list = /*#__PURE__*/ define([...base]);
    const later = () => ({ ...base });
    function rest(...all: number[]) { return [...all]; }
    const lazy = /*#__PURE__*/ (() => ({ ...base }))();
    class A { b = () => [...base]; c() { return { ...base }; } }
  `;
  expect(spreadsIn('x.ts', text).map((line) => line.replace(/ runs .*/, ''))).toEqual([
    'x.ts:2: ...base',
    'x.ts:3: ...base',
  ]);
});

it('no package has such spreads', () => {
  expect(loadedSpreads(root)).toEqual([]);
});
