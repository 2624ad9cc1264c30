// Functions that set a switch while another function runs: they refuse asynchronous functions, and restore the switch.
import { describe, expect, it } from 'vitest';
import {
  AutogradError,
  enableGrad,
  forkRng,
  getRngState,
  inferenceMode,
  isGradEnabled,
  noGrad,
  scope,
  tensor,
} from '../src/index.js';

const runners = { noGrad, enableGrad, inferenceMode, forkRng, scope };
const state = (): unknown => [isGradEnabled(), [...getRngState()]];

describe.each(Object.entries(runners))('%s', (name, run) => {
  // As called by a program in JavaScript.
  const loose = run as (body: () => unknown) => unknown;

  it.each([
    ['an async function', async () => 1, /promise/],
    ['an async function that fails', async () => Promise.reject(new Error('later')), /promise/],
    // biome-ignore lint/suspicious/noThenProperty: other libraries' promises look like this
    ['a thenable', () => ({ then: () => {} }), /promise/],
    [
      'a generator',
      function* () {
        yield 1;
      },
      /generator/,
    ],
    [
      'an async generator',
      async function* () {
        yield 1;
      },
      /generator/,
    ],
  ])('refuses %s', async (_, body, words) => {
    const before = state();
    expect(() => loose(body)).toThrow(AutogradError);
    expect(() => loose(body)).toThrow(words);
    expect(() => loose(body)).toThrow(new RegExp(`^${name}: `));
    await new Promise((done) => setTimeout(done, 1));
    expect(state()).toEqual(before);
  });

  it("returns the function's result, and propagates its error", () => {
    expect(loose(() => tensor([1]).add(1).item())).toBe(2);
    expect(() =>
      loose(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(isGradEnabled()).toBe(true);
  });

  it('is refused by the compiler for an async function', () => {
    // @ts-expect-error the function must not be async
    expect(() => run(async () => 1)).toThrow();
    const either = (): number | undefined => run(() => 1);
    expect(either()).toBe(1);
  });
});
