// Random operators: PyTorch's values for a seed, the state of the stream afterwards, and refusals.

import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  DTypeError,
  forkRng,
  Generator,
  getRngState,
  initialSeed,
  manualSeed,
  multinomial,
  normal,
  ones,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  ShapeError,
  setRngState,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from '../src/index.js';

const double = { dtype: 'float64' } as const;
const weights = [0.1, 0.2, 0.7];
const centers = (): Tensor => tensor([0, 10, 20]);

// PyTorch after manualSeed(5): the values, and the number that rand draws next.
const drawn: [what: string, draw: () => Tensor, values: unknown, next: number][] = [
  ['randint with high', () => randint(10, [5]), [1, 4, 7, 5, 6], 0.1166452169418335],
  [
    'randint with low and high',
    () => randint(-3, 4, [2, 3]),
    [
      [-2, 2, -1],
      [0, 3, -2],
    ],
    0.16439151763916016,
  ],
  [
    'randint as floats',
    () => randint(0, 5, [4], { dtype: 'float32' }),
    [1, 4, 2, 0],
    0.9201034307479858,
  ],
  [
    'randint as booleans',
    () => randint(2, [6], { dtype: 'bool' }),
    [true, false, true, true, false, false],
    0.16439151763916016,
  ],
  [
    'randint as half types',
    () => randint(0, 9, [4], { dtype: 'float16' }),
    [8, 3, 7, 3],
    0.9201034307479858,
  ],
  [
    'randint as bytes',
    () => randint(255, [4], { dtype: 'uint8' }),
    [251, 69, 7, 75],
    0.9201034307479858,
  ],
  ['randperm', () => randperm(7), [1, 0, 4, 2, 6, 5, 3], 0.16439151763916016],
  ['randperm as floats', () => randperm(4, { dtype: 'float32' }), [3, 1, 0, 2], 0.8199270367622375],
  [
    'normal of numbers',
    () => normal(2, 3, [4]),
    [0.5396577715873718, 0.18853524327278137, 0.32571130990982056, 4.002573013305664],
    0.0332646369934082,
  ],
  [
    'normal of tensors',
    () => normal(tensor([0, 10]), tensor([[1], [2]])),
    [
      [-0.4867807626724243, 9.396178245544434],
      [-1.1161924600601196, 11.33504867553711],
    ],
    0.0332646369934082,
  ],
  [
    'normal of a tensor and a number',
    () => normal(centers(), 0.5),
    [-0.24339038133621216, 9.698089599609375, 19.720951080322266],
    0.0332646369934082,
  ],
  [
    'normal of a number and a tensor',
    () => normal(1, tensor([1, 2, 3])),
    [0.5132192373275757, -0.20764315128326416, -0.6742887496948242],
    0.0332646369934082,
  ],
  [
    'bernoulli',
    () => bernoulli(tensor([0.1, 0.5, 0.9, 0, 1])),
    [0, 1, 0, 0, 1],
    0.1166452169418335,
  ],
  ['bernoulli_', () => zeros([6]).bernoulli_(0.3), [0, 1, 0, 0, 1, 0], 0.07241219282150269],
  [
    'bernoulli_ with 0.5',
    () => zeros([6], double).bernoulli_(),
    [0, 1, 1, 1, 1, 0],
    0.07241219282150269,
  ],
  [
    'exponential_',
    () => zeros([4]).exponential_(2),
    [0.5136321187019348, 0.15038900077342987, 0.22379054129123688, 0.18926502764225006],
    0.0332646369934082,
  ],
  [
    'exponential_ with 1',
    () => zeros([3], double).exponential_(),
    [1.0272642114155888, 0.30077800462945686, 0.44758109483026054],
    0.16439151763916016,
  ],
  [
    'randLike',
    () => randLike(zeros([3], double)),
    [0.6420150066280941, 0.2597579151763153, 0.36082761942715424],
    0.16439151763916016,
  ],
  [
    'randLike in another dtype',
    () => randLike(zeros([3], double), { dtype: 'float32' }),
    [0.8302518725395203, 0.12611091136932373, 0.9074696898460388],
    0.8199270367622375,
  ],
  [
    'randnLike',
    () => randnLike(zeros([2, 2])),
    [
      [-0.4867807626724243, -0.6038215756416321],
      [-0.5580962300300598, 0.6675242781639099],
    ],
    0.0332646369934082,
  ],
  [
    'multinomial',
    () => multinomial(tensor([weights, [0.5, 0.25, 0.25]]), 2),
    [
      [2, 1],
      [0, 1],
    ],
    0.07241219282150269,
  ],
  [
    'multinomial with replacement',
    () => multinomial(tensor(weights), 5, true),
    [2, 1, 2, 2, 1],
    0.6064285635948181,
  ],
];

it.each(drawn)('%s', (what, draw, values, next) => {
  manualSeed(5);
  const got = draw();
  const flat = (x: unknown): number[] => [x].flat(2).map(Number);
  flat(values).forEach((wanted, i) => {
    const off = Math.abs(flat(got.toArray())[i] - wanted);
    // Normal and exponential draws agree within a few units in the last place.
    expect(off).toBeLessThanOrEqual(/norm|expo|randn/.test(what) ? 2e-6 * Math.abs(wanted) : 0);
  });
  expect(flat(got.toArray())).toHaveLength(flat(values).length);
  expect(typeof [got.toArray()].flat(2)[0]).toBe(typeof [values].flat(2)[0]);
  expect(rand([1]).item()).toBe(next);
});

describe('the stream', () => {
  it('is read, restored, and reports its seed', () => {
    manualSeed(5);
    expect(initialSeed()).toBe(5n);
    const state = getRngState();
    const first = rand([2]).toArray();
    expect(rand([2]).toArray()).not.toEqual(first);
    setRngState(state);
    expect(rand([2]).toArray()).toEqual(first);
  });

  it('is not affected by a fork, even by one that fails', () => {
    manualSeed(5);
    const wanted = rand([2]).toArray();
    manualSeed(5);
    expect(forkRng(() => rand([2]).toArray())).toEqual(wanted);
    expect(() =>
      forkRng(() => {
        rand([2]);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(rand([2]).toArray()).toEqual(wanted);
  });

  it('of a custom generator gives the same numbers as the global one, which is not affected', () => {
    const own = (): { generator: Generator } => ({ generator: new Generator().manualSeed(5) });
    const calls: ((options: object) => Tensor)[] = [
      (o) => rand([3], o),
      (o) => randn([3], o),
      (o) => randint(9, [3], o),
      (o) => randint(1, 9, [3], o),
      (o) => randperm(5, o),
      (o) => normal(0, 1, [3], o),
      (o) => normal(centers(), 1, undefined, o),
      (o) => bernoulli(tensor([0.5, 0.5, 0.5]), o),
      (o) => multinomial(tensor(weights), 2, false, o),
      (o) => randLike(centers(), o),
      (o) => zeros([3]).uniform_(0, 1, o),
      (o) => zeros([3]).normal_(0, 1, o),
      (o) => zeros([3]).bernoulli_(0.5, o),
      (o) => zeros([3]).exponential_(1, o),
    ];
    for (const [i, call] of calls.entries()) {
      manualSeed(5);
      const global = call({}).toArray();
      manualSeed(8);
      const next = rand([1]).item();
      manualSeed(8);
      expect([i, call(own()).toArray()]).toEqual([i, global]);
      expect([i, rand([1]).item()]).toEqual([i, next]);
    }
  });
});

describe('refused', () => {
  it.each<[what: string, call: () => unknown, kind: new (m: string) => Error, message: string]>([
    [
      'rand with an integer dtype',
      () => rand([2], { dtype: 'int32' }),
      DTypeError,
      'use randint() for integers',
    ],
    [
      'filling integers',
      () => zeros([2], { dtype: 'int32' }).uniform_(),
      DTypeError,
      'got dtype int32',
    ],
    ['an empty range', () => randint(3, 3, [2]), ValueError, 'randint'],
    [
      'reversed bounds',
      () => zeros([2]).uniform_(2, 1),
      ValueError,
      'from must not be greater than to',
    ],
    ['a negative standard deviation', () => zeros([2]).normal_(0, -1), ValueError, 'normal'],
    [
      'no shape',
      () => normal(0, 1, undefined as never),
      ShapeError,
      'two plain numbers need a shape',
    ],
    [
      'weights in three dimensions',
      () => multinomial(ones([1, 1, 1]), 1),
      ShapeError,
      'multinomial',
    ],
    ['more samples than categories', () => multinomial(ones([2]), 3), ValueError, 'multinomial'],
    ['probabilities above 1', () => bernoulli(tensor([1.5])), ValueError, 'bernoulli'],
    ['a rate of 0', () => zeros([2]).exponential_(0), ValueError, 'exponential'],
    [
      'a leaf that requires gradients',
      () => zeros([2], { requiresGrad: true }).uniform_(),
      Error,
      'uniform_',
    ],
  ])('%s', (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});

it('an in-place fill ends the history of the old values', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  const y = x.mul(3);
  y.uniform_();
  y.mul(x).sum().backward();
  expect(x.grad?.toArray()).toEqual(y.detach().toArray());
});
