// Arguments in place and by name: nothing that was given is ignored, in any function of the package.
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.js';

const { DLError, Signature, kinds, may, need, softmax, sum, tensor } = core;

/** Functions that have no signature, each for a reason. */
const without: { readonly [name: string]: string } = {
  callable: 'makes signatures',
  takes: 'makes signatures',
  need: 'makes signatures',
  may: 'makes signatures',
  variadic: 'makes signatures',
  isOptionsObject: 'takes anything',
  inFloat32: 'takes a function',
  ...Object.fromEntries(
    ['unary', 'binary', 'ternary', 'defineUpdate'].map((name) => [name, 'defines operators']),
  ),
  ...Object.fromEntries(
    ['aliasDevice', 'registerBackend', 'slabAllocator'].map((name) => [name, 'for backends']),
  ),
  ...Object.fromEntries(
    [
      'defaultGenerator',
      'drawSeed',
      'isPlain',
      'isPromise',
      'randomSampler',
      'shuffledOrder',
      'tagOf',
      'warnOnce',
    ].map((name) => [name, 'for the other packages']),
  ),
};

/** Not yet. */
const pending: readonly string[] = [];

const isClass = (f: unknown): boolean =>
  typeof f === 'function' && /^class\b/.test(Function.prototype.toString.call(f));

interface Public {
  (...args: unknown[]): unknown;
  readonly signature?: core.Signature;
}

const functions = Object.entries(core).filter(
  ([, f]) => typeof f === 'function' && !isClass(f),
) as [string, Public][];

it('every function has a signature', () => {
  const missing = functions
    .filter(([name, f]) => f.signature === undefined && !(name in without))
    .map(([name]) => name);
  expect(missing.sort()).toEqual([...pending].sort());
});

/** A value of a kind. */
function sampleOf(kind: core.kinds.Kind<unknown>): unknown {
  const values = [
    tensor([1, 2]),
    1,
    true,
    [1],
    'mean',
    'float32',
    [tensor([1])],
    new Uint8Array(1),
    () => tensor([1]),
  ];
  return values.find((v) => kind.is(v)) ?? null;
}

/** Of no kind, or of some kinds and not of others. */
const strange: readonly unknown[] = [
  null,
  'text',
  NaN,
  -7,
  1.5,
  true,
  10n,
  Symbol('s'),
  [],
  ['a'],
  [[1], 2],
  new Map(),
  Promise.resolve(1),
  () => 1,
  new Float32Array(2),
  tensor([[1, 2]]),
];

describe.each(functions.filter(([, f]) => f.signature !== undefined))('%s', (name, f) => {
  const signature = f.signature as core.Signature;
  const { places, options } = signature;
  const plain = places.map(({ kind }) => sampleOf(kind));

  /** What a call throws; an error must be of the family and name the function. */
  const refusal = (...args: unknown[]): string | null => {
    try {
      const out = f(...args);
      if (out instanceof Promise) out.catch(() => {});
      return null;
    } catch (e) {
      const what = `${name}(${args.map(kinds.described).join(', ')})`;
      expect(e, `${what}: ${e instanceof Error ? e.stack : String(e)}`).toBeInstanceOf(DLError);
      return (e as Error).message;
    }
  };

  it('refuses names that there are not', () => {
    if (options === null) return;
    const message = refusal(...plain, { no_such_option: 1 });
    // Among any number of arguments an options object is one of another kind.
    expect(message).toMatch(signature.further === null ? /no_such_option/ : /must be/);
  });

  it('refuses surplus arguments', () => {
    const more = [...plain, Symbol('more')];
    expect(refusal(...more)).toMatch(/takes|must be/);
  });

  it('takes every argument by name', () => {
    for (let k = 1; k < places.length; k++) {
      const named = Object.fromEntries(places.slice(k).map(({ name }, i) => [name, plain[k + i]]));
      const message = refusal(...plain.slice(0, k), named);
      expect(message ?? '').not.toMatch(/unknown option|is missing|takes/);
    }
  });

  it('refuses other kinds with an error of the family, in every position', () => {
    for (let i = 0; i < plain.length; i++) {
      for (const wrong of strange) {
        const message = refusal(...plain.map((v, k) => (k === i ? wrong : v)));
        if (places[i]?.kind.is(wrong) === false) expect(message).not.toBeNull();
      }
    }
    for (const [option, kind] of Object.entries(options ?? {})) {
      for (const wrong of strange) {
        if (!kind.is(wrong)) expect(refusal(...plain, { [option]: wrong })).toContain(option);
      }
    }
  });
});

describe('a signature', () => {
  const signature = new Signature(
    'roll',
    [need('x', kinds.tensor), need('shifts', kinds.integers), may('dims', kinds.oneOrMore)],
    { keepdim: kinds.boolean, dtype: kinds.dtype },
  );
  const x = tensor([1, 2]);
  const says = (...given: unknown[]): string => {
    try {
      return JSON.stringify(signature.take(given).slice(1));
    } catch (e) {
      return (e as Error).message;
    }
  };

  it('takes arguments in place, by name, and lists written out', () => {
    expect(says(x, [1, 2])).toBe('[[1,2]]');
    expect(says(x, 1, 2)).toBe('[[1,2],null]');
    expect(says(x, [1], 0)).toBe('[[1],0]');
    expect(says(x, { shifts: [1], dims: 0 })).toBe('[[1],0,{}]');
    expect(says(x, [1], { dims: 0, keepdim: true })).toBe('[[1],0,{"keepdim":true}]');
    expect(says(x, [1], undefined, { keepdim: true })).toBe('[[1],null,{"keepdim":true}]');
    expect(says(x, [1], undefined, undefined)).toBe('[[1]]');
    expect(says(x, [1], { keepdim: undefined })).toBe('[[1],null,{}]');
  });

  it('says what is wrong and what to write', () => {
    expect(says()).toBe('roll: x is missing; it must be a tensor');
    expect(says(x)).toBe('roll: shifts is missing; it must be a list of integers');
    expect(says(x, 'a')).toBe("roll: shifts must be a list of integers, not 'a'");
    expect(says(x, [1], { keep_dim: true })).toBe(
      "roll: unknown option 'keep_dim'; did you mean keepdim? the options are shifts, dims, keepdim, dtype",
    );
    expect(says(x, [1], { size: 1 })).toBe(
      "roll: unknown option 'size'; the options are shifts, dims, keepdim, dtype",
    );
    expect(says(x, [1], { shifts: [2] })).toBe(
      'roll: shifts is given twice, in its place and by name',
    );
    expect(says(x, [1], 0, true)).toBe(
      'roll: takes at most 3 arguments, not 4; keepdim goes into the options: { keepdim: true }',
    );
    expect(says(x, [1], true)).toBe(
      'roll: dims must be an integer or a list of integers, not true; to set keepdim, write { keepdim: true }',
    );
    expect(says(x, [1], 0, 'float64')).toBe(
      "roll: takes at most 3 arguments, not 4; dtype goes into the options: { dtype: 'float64' }",
    );
    expect(says(x, [1], { dtype: 'double' })).toMatch(
      /^roll: dtype must be one of 'float32', .*, not 'double'$/,
    );
    expect(says([1], [1])).toBe(
      'roll: x must be a tensor, not [1]; tensor(...) makes one from numbers and arrays',
    );
    expect(says({ x }, [1])).toMatch(/^roll: /);
  });
});

it('arguments that are undefined are left out', () => {
  const x = tensor([1, 2]);
  expect(core.add(x, 1, undefined).toArray()).toEqual([2, 3]);
  const loose = core.mul as (...args: unknown[]) => core.Tensor;
  expect(loose(x, 2, undefined, undefined).toArray()).toEqual([2, 4]);
  expect(x.relu(...([undefined] as unknown as [])).toArray()).toEqual([1, 2]);
});

it('the examples of DESIGN work', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(x.sum({ dim: 0 }).toArray()).toEqual([4, 6]);
  expect(sum(x, { dim: 1, keepdim: true }).toArray()).toEqual([[3], [7]]);
  expect(softmax(x, { dim: 1 }).shape).toEqual([2, 2]);
});
