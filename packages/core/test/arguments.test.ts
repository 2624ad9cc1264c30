// Arguments by position and by name: no function of the package ignores an argument.
import { holdFunctions } from 'dl-testing/arguments';
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.js';

const { Signature, kinds, may, need, softmax, sum, tensor } = core;

/** Functions without a signature, each with its reason. */
const without: { readonly [name: string]: string } = {
  callable: 'makes signatures',
  takes: 'makes signatures',
  need: 'makes signatures',
  may: 'makes signatures',
  variadic: 'makes signatures',
  isOptionsObject: 'takes anything',
  alsoSaving: 'for the other packages',
  inFloat32: 'takes a function',
  checkEmbedding: 'for layers',
  ...Object.fromEntries(
    ['unary', 'binary', 'ternary', 'defineUpdate'].map((name) => [name, 'defines operators']),
  ),
  ...Object.fromEntries(
    [
      'aliasDevice',
      'broadcastStrides',
      'mergeLoops',
      'numelOf',
      'registerBackend',
      'slabAllocator',
    ].map((name) => [name, 'for backends']),
  ),
  ...Object.fromEntries(
    [
      'defaultGenerator',
      'dictOf',
      'drawSeed',
      'isDType',
      'isPlain',
      'isPromise',
      'needValues',
      'randomSampler',
      'shuffledOrder',
      'tagOf',
      'warnOnce',
    ].map((name) => [name, 'for the other packages']),
  ),
};

holdFunctions(core, without);

describe('options that PyTorch has', () => {
  const { ones } = core;
  const call = (name: string, ...given: unknown[]): unknown =>
    (core as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...given);
  const index = tensor([0], { dtype: 'int32' });
  it.each<[string, () => unknown]>([
    [
      "relu: unknown option 'inplace'; methods that end in '_'",
      () => call('relu', ones([1]), { inplace: true }),
    ],
    [
      "zeros: unknown option 'pin_memory'; pinned memory is not supported",
      () => call('zeros', [1], { pin_memory: true }),
    ],
    [
      "gather: unknown option 'sparseGrad'; tensors and",
      () => call('gather', ones([1]), 0, index, { sparseGrad: true }),
    ],
    [
      "checkpoint: unknown option 'useReentrant'; checkpoints are",
      () => call('checkpoint', (x: unknown) => x, ones([1]), { useReentrant: false }),
    ],
    [
      "cat: unknown option 'out'; the result is a new tensor",
      () => call('cat', [ones([1])], { out: 1 }),
    ],
    [
      'embedding: sparse gradients are not supported',
      () => call('embedding', index, ones([2, 2]), { sparse: true }),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(message);
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

  it('accepts arguments by position, by name, and lists written out', () => {
    expect(says(x, [1, 2])).toBe('[[1,2]]');
    expect(says(x, 1, 2)).toBe('[[1,2],null]');
    expect(says(x, [1], 0)).toBe('[[1],0]');
    expect(says(x, { shifts: [1], dims: 0 })).toBe('[[1],0,{}]');
    expect(says(x, [1], { dims: 0, keepdim: true })).toBe('[[1],0,{"keepdim":true}]');
    expect(says(x, [1], undefined, { keepdim: true })).toBe('[[1],null,{"keepdim":true}]');
    expect(says(x, [1], undefined, undefined)).toBe('[[1]]');
    expect(says(x, [1], { keepdim: undefined })).toBe('[[1],null,{}]');
  });

  it('names the mistake and the fix', () => {
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
      'roll: shifts is given twice, by position and by name',
    );
    expect(says(x, [1], 0, true)).toBe(
      'roll: takes at most 3 arguments, not 4; pass keepdim in the options: { keepdim: true }',
    );
    expect(says(x, [1], true)).toBe(
      'roll: dims must be an integer or a list of integers, not true; to set keepdim, write { keepdim: true }',
    );
    expect(says(x, [1], 0, 'float64')).toBe(
      "roll: takes at most 3 arguments, not 4; pass dtype in the options: { dtype: 'float64' }",
    );
    expect(says(x, [1], { dtype: 'double' })).toMatch(
      /^roll: dtype must be one of 'float32', .*, not 'double'; 'double' is called 'float64' here$/,
    );
    expect(says([1], [1])).toBe(
      'roll: x must be a tensor, not [1]; tensor(...) makes one from numbers and arrays',
    );
    expect(says({ x }, [1])).toMatch(/^roll: /);
  });
});

it('treats undefined arguments as omitted', () => {
  const x = tensor([1, 2]);
  expect(core.add(x, 1, undefined).toArray()).toEqual([2, 3]);
  const loose = core.mul as (...args: unknown[]) => core.Tensor;
  expect(loose(x, 2, undefined, undefined).toArray()).toEqual([2, 4]);
  expect(x.relu(...([undefined] as unknown as [])).toArray()).toEqual([1, 2]);
});

it('accepts the examples of the design', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(x.sum({ dim: 0 }).toArray()).toEqual([4, 6]);
  expect(sum(x, { dim: 1, keepdim: true }).toArray()).toEqual([[3], [7]]);
  expect(softmax(x, { dim: 1 }).shape).toEqual([2, 2]);
});
