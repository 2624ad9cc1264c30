// Rare cases: reset statistics, pretrained vectors, empty layers, Python's notation of unusual numbers.
import { manualSeed, ones, rand, randn, ShapeError, type Tensor, tensor, zeros } from '@dl/core';
import { describe, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import { pyFloat, pyNumber, pySizes } from '../src/python-format.js';

describe('normalization', () => {
  const trained = (): nn.BatchNorm1d => {
    const norm = new nn.BatchNorm1d(2);
    norm.forward(randn([5, 2]).mul(3).add(7));
    norm.weight?.detach().fill_(4);
    norm.bias?.detach().fill_(5);
    return norm;
  };
  const values = (norm: nn.BatchNorm1d): unknown =>
    Object.fromEntries(Object.entries(norm.stateDict()).map(([k, x]) => [k, x.toArray()]));

  test('resetRunningStats resets statistics and keeps parameters', () => {
    const norm = trained();
    expect(norm.runningMean?.toArray()).not.toEqual([0, 0]);
    norm.resetRunningStats();
    expect(values(norm)).toEqual({
      weight: [4, 4],
      bias: [5, 5],
      running_mean: [0, 0],
      running_var: [1, 1],
      num_batches_tracked: 0,
    });
  });

  test('resetParameters restores the state of a new layer', () => {
    const norm = trained();
    norm.resetParameters();
    expect(values(norm)).toEqual(values(new nn.BatchNorm1d(2)));
  });

  test('layers without statistics, weight or bias have nothing to reset', () => {
    const bare = new nn.BatchNorm1d(2, { affine: false, trackRunningStats: false });
    bare.resetParameters();
    expect(bare.stateDict()).toEqual({});
    expect(new nn.GroupNorm(1, 2, { bias: false }).bias).toBeNull();
  });
});

describe('Embedding.fromPretrained', () => {
  const vectors = (): Tensor =>
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);

  test('shares the vectors, freezes them by default, and draws no random numbers', () => {
    manualSeed(1);
    const next = rand([1]).item();
    manualSeed(1);
    const own = vectors();
    const made = nn.Embedding.fromPretrained(own);
    expect(rand([1]).item()).toBe(next);
    expect(String(made)).toBe('Embedding(3, 2)');
    expect(made.weight.requiresGrad).toBe(false);
    own.fill_(9);
    expect(made.forward(tensor([2], { dtype: 'int32' })).toArray()).toEqual([[9, 9]]);
  });

  test('with freeze: false gives no gradient to the padding', () => {
    const made = nn.Embedding.fromPretrained(vectors(), { freeze: false, paddingIdx: 1 });
    expect(String(made)).toBe('Embedding(3, 2, padding_idx=1)');
    made
      .forward(tensor([0, 1, 1, 0], { dtype: 'int32' }))
      .sum()
      .backward();
    expect(made.weight.grad?.toArray()).toEqual([
      [2, 2],
      [0, 0],
      [0, 0],
    ]);
  });

  test('throws unless it gets a matrix', () => {
    expect(() => nn.Embedding.fromPretrained(ones([3]))).toThrow(ShapeError);
    expect(() => nn.Embedding.fromPretrained(ones([3]))).toThrow('got shape [3]');
    expect(() => nn.Embedding.fromPretrained([[1]] as never)).toThrow(
      'embeddings must be a tensor, not an array',
    );
  });
});

describe('hooks on outputs that are not tensors', () => {
  test('get gradients at the positions of the tensors', () => {
    class Mixed extends nn.Module<[Tensor], [string, Tensor, Tensor]> {
      override forward(x: Tensor): [string, Tensor, Tensor] {
        return ['text', ones([1]), x.mul(3)];
      }
    }
    const net = new Mixed();
    const seen: unknown[] = [];
    net.registerFullBackwardPreHook((_, grads) => {
      seen.push(grads.map((g) => g?.toArray() ?? null));
    });
    net.registerFullBackwardPreHook((_, grads) => grads.map((g) => g?.mul(2) ?? null));
    const x = tensor([1], { requiresGrad: true });
    const [text, constant, y] = net.forward(x);
    expect([text, constant.requiresGrad]).toEqual(['text', false]);
    y.backward();
    expect(seen).toEqual([[null, null, [1]]]);
    expect(x.grad?.toArray()).toEqual([6]);
  });

  test('return an output without history unchanged', () => {
    const net = new nn.ReLU();
    let calls = 0;
    net.registerFullBackwardHook(() => {
      calls++;
    });
    expect(net.forward(tensor([-1, 1])).toArray()).toEqual([0, 1]);
    expect(calls).toBe(0);
  });
});

describe('empty sizes', () => {
  test('convolutions without inputs do not reset their bias', () => {
    const layer = new nn.Conv1d(0, 2, 3);
    expect(layer.weight.shape).toEqual([2, 0, 3]);
    layer.resetParameters();
    expect(layer.bias?.shape).toEqual([2]);
  });

  test('orthogonal_ and kaimingNormal_ accept empty tensors', () => {
    for (const fill of [nn.init.orthogonal_, nn.init.kaimingNormal_]) {
      const none = zeros([0, 3]);
      expect(fill(none)).toBe(none);
    }
    const wide = nn.init.orthogonal_(zeros([3, 3], { dtype: 'float64' }));
    const product = wide.matmul(wide.t()).toArray() as number[][];
    product.forEach((row, i) => {
      row.forEach((v, j) => {
        expect(v).toBeCloseTo(i === j ? 1 : 0, 12);
      });
    });
  });

  test("padding 'valid' is no padding in any padding mode", () => {
    manualSeed(2);
    const circular = new nn.Conv1d(1, 1, 3, { padding: 'valid', paddingMode: 'circular' });
    const x = randn([1, 1, 6]);
    manualSeed(2);
    const plain = new nn.Conv1d(1, 1, 3);
    expect(circular.forward(x).toArray()).toEqual(plain.forward(x).toArray());
  });
});

describe('members', () => {
  test('a shared buffer is listed once, a frozen parameter keeps no gradient', () => {
    class Shared extends nn.Module {
      a = this.registerBuffer('a', ones([1]));
      b = this.registerBuffer('b', this.a);
      w = new nn.Parameter(ones([1]));
      override forward(x: Tensor): Tensor {
        return x.mul(this.w);
      }
    }
    const net = new Shared();
    expect([...net.namedBuffers()].map(([name]) => name)).toEqual(['a']);
    expect(Object.keys(net.stateDict())).toEqual(['w', 'a', 'b']);
    net.zeroGrad({ setToNone: false });
    expect(net.w.grad).toBeNull();
    net.forward(ones([1])).backward();
    net.zeroGrad({ setToNone: false });
    expect(net.w.grad?.toArray()).toEqual([0]);
  });

  test('a list accepts negative indices', () => {
    const [a, b, c] = [new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid()];
    const list = new nn.ModuleList<nn.Module>([a, b]);
    list.set(-1, c);
    expect([...list]).toEqual([a, c]);
    expect(list.at(-2)).toBe(a);
    expect(() => new nn.ModuleDict().get('x')).toThrow("no module is named 'x'; the dict is empty");
  });

  test('a list is unchanged after a failed insertion', () => {
    const list = new nn.ModuleList<nn.Module>([new nn.ReLU(), new nn.Tanh()]);
    expect(() => list.insert(1, 3 as never)).toThrow();
    expect([...list].map(String)).toEqual(['ReLU()', 'Tanh()']);
  });

  test('clones share values that cannot be copied', () => {
    const when = new Date(0);
    class Dated extends nn.Module {
      when = when;
      sizes = Object.freeze([1, 2]);
      inner = { list: [ones([1])] };
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const net = new Dated();
    const copied = nn.cloneModule(net);
    expect(copied.when).toBe(when);
    expect(Object.isFrozen(copied.sizes)).toBe(true);
    expect(copied.inner.list[0]).not.toBe(net.inner.list[0]);
    copied.inner.list[0]?.fill_(5);
    expect(net.inner.list[0]?.toArray()).toEqual([1]);
  });

  test('summary works for a forward that does not return a tensor', () => {
    class Words extends nn.Module<[Tensor], unknown> {
      constructor(private readonly result: unknown) {
        super();
      }
      override forward(): unknown {
        return this.result;
      }
    }
    expect(nn.summary(new Words('text'), [1]).layers[0]?.outputShape).toBeNull();
    expect(nn.summary(new Words([ones([2]), 3]), [1]).layers[0]?.outputShape).toEqual([[2], null]);
    expect(String(nn.summary(new Words([ones([2]), 3]), [1]))).toContain('[[2], -]');
  });
});

describe('invalid arguments of recurrent layers', () => {
  test('inputs and states of a wrong shape throw, naming the argument', () => {
    const first = new nn.GRU(2, 3, { batchFirst: true });
    expect(() => first.forward(zeros([2]))).toThrow(
      'GRU: expected [batch, time, features], or [time, features], got shape [2]',
    );
    const lstm = new nn.LSTM(2, 3);
    expect(() => lstm.forward(zeros([2]))).toThrow('expected [time, batch, features]');
    const state = zeros([1, 4, 3]);
    expect(() => lstm.forward(zeros([5, 4, 2]), [state, zeros([1, 4, 2])])).toThrow(
      'LSTM: the state c0 must have shape [1, 4, 3], got [1, 4, 2]',
    );
    expect(() => lstm.forward(zeros([5, 4, 2]), [zeros([4, 3]), state])).toThrow(
      'LSTM: the state h0 must have shape [1, 4, 3], got [4, 3]',
    );
  });
});

// The right side is from repr() of Python 3.11.
test.each([
  [Number.NaN, 'nan'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
  [-0, '-0.0'],
  [0, '0.0'],
  [1, '1.0'],
  [-2.5, '-2.5'],
  [1e-5, '1e-05'],
  [-1.25e-7, '-1.25e-07'],
  [1e-10, '1e-10'],
  [1.5e-300, '1.5e-300'],
  [0.0001, '0.0001'],
  [0.000123, '0.000123'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [123456789012345680, '1.2345678901234568e+17'],
  [1e22, '1e+22'],
  [1e100, '1e+100'],
] as const)('%d is %s in Python', (x, text) => {
  expect(pyFloat(x)).toBe(text);
});

test('sizes and integers print as in Python', () => {
  expect([pySizes(null), pySizes(3), pySizes([3]), pySizes([3, null])]).toEqual([
    'None',
    '3',
    '(3,)',
    '(3, None)',
  ]);
  expect([pyNumber(3), pyNumber(-0), pyNumber(0.5)]).toEqual(['3', '-0.0', '0.5']);
});
