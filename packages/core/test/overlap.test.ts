// Targets, sources and indices in the same memory: refused or correct, as in PyTorch 2.13.
import { describe, expect, it } from 'vitest';
import {
  arange,
  DLError,
  defineUpdate,
  expand,
  full,
  IndexError,
  linear,
  ones,
  Tensor,
  tensor,
  unfold,
  zeros,
} from '../src/index.js';

const ar = (): Tensor => tensor([0, 1, 2, 3, 0, 1], { dtype: 'int32' });
const none = zeros([6], { dtype: 'int32' });
const one = ones([6], { dtype: 'int32' });
const refused = /shares memory|share one memory location/;
const above = (): Tensor => ar().gt(1);

/**
 * PyTorch's result; null: "some elements of the input tensor and the written-to tensor refer to a single memory
 * location".
 */
const cases: Readonly<Record<string, readonly [run: () => Tensor, wanted: unknown]>> = {
  'scatter_ by itself': [() => ((x) => x.scatter_(0, x, one))(ar()), null],
  'scatter_ by a view of itself': [() => ((x) => x.scatter_(0, x.at(':'), one))(ar()), null],
  'scatter_ a number by itself': [() => ((x) => x.scatter_(0, x, 3))(ar()), null],
  'scatter_ itself': [() => ((x) => x.scatter_(0, none, x))(ar()), null],
  'scatter_ adding itself': [() => ((x) => x.scatter_(0, none, x, { reduce: 'add' }))(ar()), null],
  'scatter_ multiplying itself': [
    () => ((x) => x.scatter_(0, none, x, { reduce: 'multiply' }))(ar()),
    null,
  ],
  'scatter_ int64 by itself': [
    () =>
      ((x) => x.scatter_(0, x, full([2], 1n as unknown as number, { dtype: 'int64' })))(
        zeros([2], { dtype: 'int64' }),
      ),
    null,
  ],
  'scatterAdd_ by itself': [() => ((x) => x.scatterAdd_(0, x, one))(ar()), null],
  'scatterAdd_ itself': [() => ((x) => x.scatterAdd_(0, none, x))(ar()), null],
  'indexAdd_ by itself': [() => ((x) => x.indexAdd_(0, x, one))(ar()), null],
  'indexAdd_ itself': [() => ((x) => x.indexAdd_(0, none, x))(ar()), null],
  'indexAdd_ itself, scaled': [() => ((x) => x.indexAdd_(0, none, x, { alpha: 2 }))(ar()), null],
  'set by itself': [() => ((x) => x.set([x], 5))(ar()), null],
  'set by two of itself': [
    () => ((x) => x.set([x.at(0), x.at(1)], 5))(ones([2, 3], { dtype: 'int32' })),
    null,
  ],
  'set to itself by an index': [() => ((x) => x.set([none], x))(ar()), null],
  'set to an element of itself by an index': [
    () => ((x) => x.set([tensor([0, 1], { dtype: 'int32' })], x.at(2)))(ar()),
    null,
  ],
  'set to an element of itself by a mask': [
    () => ((x) => x.set([x.gt(1)], x.at(2)))(ar()),
    [0, 1, 2, 2, 0, 1],
  ],
  'set to itself by a mask': [() => ((x) => x.set([x.gt(1)], x.at(':2')))(ar()), null],
  'set by a mask that is the tensor itself': [
    () => ((x) => x.set([x], 0))(above()),
    [false, false, false, false, false, false],
  ],
  'set a row by another': [
    () => ((x) => x.set([0, x.at(1)], 1))(zeros([2, 2], { dtype: 'int32' })),
    [
      [1, 0],
      [0, 0],
    ],
  ],
  'set a slice to a shifted one': [() => ((x) => x.set('0:4', x.at('1:5')))(ar()), null],
  'set a slice to an element': [() => ((x) => x.set('0:4', x.at(1)))(ar()), [1, 1, 1, 1, 0, 1]],
  'set to itself': [() => ((x) => x.set(':', x))(ar()), [0, 1, 2, 3, 0, 1]],
  'set all rows to one of them': [
    () => ((x) => x.set(':', x.at(0)))(arange(4).view([2, 2])),
    [
      [0, 1],
      [0, 1],
    ],
  ],
  'take by itself': [() => ((x) => x.take(x))(ar()), [0, 1, 2, 3, 0, 1]],
  'gather by itself': [() => ((x) => x.gather(0, x))(ar()), [0, 1, 2, 3, 0, 1]],
  'copy_ itself': [() => ((x) => x.copy_(x))(ar()), [0, 1, 2, 3, 0, 1]],
  'copy_ shifted': [() => ((x) => x.narrow(0, 0, 4).copy_(x.narrow(0, 1, 4)))(ar()), null],
  'copy_ an element': [() => ((x) => x.at(':4').copy_(x.at('1:2')))(ar()), null],
  'copy_ transposed': [() => ((x) => x.copy_(x.t()))(arange(4).view([2, 2])), null],
  'add_ itself': [() => ((x) => x.add_(x))(ar()), [0, 2, 4, 6, 0, 2]],
  'add_ transposed': [() => ((x) => x.add_(x.t()))(arange(4).view([2, 2])), null],
  'add_ shifted': [() => ((x) => x.at(':4').add_(x.at('1:5')))(ar()), null],
  'add_ interleaved': [() => ((x) => x.at('0:4:2').add_(x.at('1:5:2')))(ar()), [1, 5]],
  'add_ an element': [() => ((x) => x.add_(x.at(1)))(ar()), null],
  'mul_ a row': [() => ((x) => x.mul_(x.at(0)))(arange(4).view([2, 2])), null],
  'scatter_ by the other half': [
    () =>
      ((x) => x.at(':3').scatter_(0, x.at('3:'), ones([3], { dtype: 'int32' })))(
        zeros([6], { dtype: 'int32' }),
      ),
    [1, 0, 0],
  ],
  'scatter_ by every other element of itself': [
    () =>
      ((x) => x.scatter_(0, x.at('::2'), ones([3], { dtype: 'int32' })))(
        zeros([6], { dtype: 'int32' }),
      ),
    [1, 0, 0, 0, 0, 0],
  ],
  'add_ to an expanded tensor': [() => zeros([1]).expand([3]).add_(1), null],
  'copy_ to an expanded tensor': [
    () =>
      zeros([1])
        .expand([3])
        .copy_(ones([3])),
    null,
  ],
  'scatter_ to an expanded tensor': [
    () =>
      zeros([1])
        .expand([3])
        .scatter_(0, tensor([0], { dtype: 'int32' }), ones([1])),
    null,
  ],
  'uniform_ of an expanded tensor': [() => zeros([1]).expand([3]).uniform_(), null],
  'add_ to an expanded tensor without elements': [
    () => zeros([1, 0]).expand([3, 0]).add_(1),
    [[], [], []],
  ],
  'fill_ of an expanded tensor without elements': [
    () => zeros([1, 0]).expand([3, 0]).fill_(1),
    [[], [], []],
  ],
  'add_ to overlapping windows': [() => unfold(zeros([5]), 0, 3, 3).add_(1), [[1, 1, 1]]],
  'scatterAdd_ of bools': [
    () =>
      tensor([true, false]).scatterAdd_(
        0,
        tensor([0, 0, 1], { dtype: 'int32' }),
        tensor([true, true, true]),
      ),
    [true, true],
  ],
  'indexAdd_ of bools': [
    () =>
      tensor([true, false]).indexAdd_(
        0,
        tensor([0, 0, 1], { dtype: 'int32' }),
        tensor([true, true, true]),
      ),
    [true, true],
  ],
};

describe('shared memory', () => {
  it.each(Object.entries(cases))('%s', (_, [run, wanted]) => {
    if (wanted === null) {
      expect(run).toThrow(DLError);
      expect(run).toThrow(refused);
    } else expect(run().toArray()).toEqual(wanted);
  });

  // Every existing in-place method, so that new ones are covered too.
  const names = Object.getOwnPropertyNames(Tensor.prototype).filter(
    (name) =>
      name.endsWith('_') &&
      !/^(requiresGrad|detach|fill|zero|random|uniform|normal|exponential|bernoulli|scatter|scatterAdd|indexAdd)_$/.test(
        name,
      ),
  );
  it.each(names)('%s refuses partly overlapping operands, or has none', (name) => {
    const x = full([6], 0.5);
    const target = x.narrow(0, 0, 4) as unknown as Record<string, (...args: unknown[]) => Tensor>;
    const other = x.narrow(0, 1, 4);
    const tries = [[other], [other, other], [other, 0.5], [0.5, other]];
    const said = tries.map((args) => {
      const before = x.version;
      try {
        (target[name] as (...args: unknown[]) => Tensor).apply(target, args);
        return x.version === before ? 'nothing' : 'written';
      } catch (e) {
        if (!(e instanceof DLError) && !(e instanceof TypeError)) throw e;
        return refused.test(e.message) ? 'refused' : 'other';
      }
    });
    // Written although an operand overlaps: only if the operand is not read as a tensor.
    expect(
      said.filter((s) => s === 'written'),
      `${name}: ${said}`,
    ).toEqual([]);
  });
});

describe('positions that do not fit int32', () => {
  const big = (n: bigint): Tensor => tensor([n as unknown as number], { dtype: 'int64' });
  it.each([2n ** 32n + 1n, 2n ** 31n, -(2n ** 32n), 2n ** 62n])('%s does not wrap', (n) => {
    const x = arange(4);
    const says = new RegExp(`index -?${String(n).replace('-', '').slice(0, 6)}`);
    expect(() => x.indexSelect(0, big(n))).toThrow(says);
    expect(() => x.gather(0, big(n))).toThrow(says);
    expect(() => x.at(big(n))).toThrow(says);
    expect(() => x.at([Number(n)])).toThrow(says);
    expect(() => x.set([big(n)], 1)).toThrow(says);
    expect(() => zeros([4]).scatter_(0, big(n), 1)).toThrow(says);
    expect(() => zeros([4]).indexAdd_(0, big(n), ones([1]))).toThrow(says);
  });

  it('are refused as results', () => {
    const x = expand(zeros([1], { dtype: 'uint8' }), [2 ** 31 + 1]);
    for (const run of [() => x.argmax(), () => x.argmin(0), () => x.sort(), () => x.topk(1)]) {
      expect(run).toThrow(/do not fit int32/);
    }
  });
});

describe('detached memory', () => {
  it.each([
    'add',
    'sum',
    'gather',
    'matmul',
    'linear',
    'sort',
    'cumsum',
    'item',
    'toArray',
    'copy_',
    'uniform_',
  ])('is reported by %s', (name) => {
    const array = new Float32Array(1);
    const x = tensor(array).view([1]);
    const held = (x as unknown as { buffer: Float32Array }).buffer;
    structuredClone(held, { transfer: [held.buffer as ArrayBuffer] });
    const y = ones([1]);
    const runs: Record<string, () => unknown> = {
      add: () => x.add(1),
      sum: () => x.sum(),
      gather: () => x.gather(0, tensor([0], { dtype: 'int32' })),
      matmul: () => x.matmul(y),
      linear: () => linear(ones([2, 1]), ones([1, 1]), x),
      uniform_: () => x.uniform_(),
      sort: () => x.sort(),
      cumsum: () => x.cumsum(0),
      item: () => x.item(),
      toArray: () => x.toArray(),
      copy_: () => y.copy_(x),
    };
    expect(runs[name]).toThrow(/memory of a tensor was detached/);
  });

  it.each(['int32', 'int64'] as const)('is reported for an index of %s', (dtype) => {
    const index = tensor([0], { dtype });
    const held = (index as unknown as { buffer: Int32Array }).buffer;
    structuredClone(held, { transfer: [held.buffer as ArrayBuffer] });
    expect(() => ones([1]).gather(0, index)).toThrow(/memory of a tensor was detached/);
  });

  it('is not reported for an empty tensor', () => {
    const index = tensor([0], { dtype: 'int32' });
    expect(() => zeros([0]).gather(0, index)).toThrow(IndexError);
    expect(() => zeros([0]).scatter_(0, index, ones([1]))).toThrow(IndexError);
  });
});

describe('an update', () => {
  it('refuses an expanded tensor', () => {
    const step = defineUpdate('step', ([p]) => [p as never]);
    expect(() => step([zeros([1]).expand([3])], [])).toThrow(refused);
  });
});

describe('a wider operand in place', () => {
  it.each(['div_', 'add_', 'mul_', 'cumsum'])("%s has a gradient of the target's dtype", (name) => {
    const x = tensor([1, 2, 4], { requiresGrad: true });
    const b = tensor([2, 4, 8], { dtype: 'float64' });
    const y =
      name === 'cumsum'
        ? x.cumsum(0).add_(b)
        : (x.log2() as unknown as Record<string, (b: Tensor) => Tensor>)[name]?.(b);
    expect(y?.dtype).toBe('float32');
    y?.sum().backward();
    expect(x.grad?.dtype).toBe('float32');
    const z = tensor([1, 2, 4], { requiresGrad: true });
    const plain =
      name === 'cumsum'
        ? z.cumsum(0).add(b)
        : (z.log2() as unknown as Record<string, (b: Tensor) => Tensor>)[name.slice(0, -1)]?.(b);
    plain?.sum().backward();
    expect(
      x.grad
        ?.sub(z.grad as Tensor)
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-6);
  });
});

describe('an in-place change of a view whose elements share memory', () => {
  // PyTorch 2.13: h = x * 1; change(h.unfold(0, 2, 1)); (h * w).sum().backward()
  it.each<[string, (v: Tensor) => unknown, number[]]>([
    ['mul_', (v) => v.mul_(2), [2, 20, 200, 2000]],
    ['add_', (v) => v.add_(1), [1, 10, 100, 1000]],
    ['mul_ of a tensor', (v) => v.mul_(arange(6).view([3, 2])), [0, 20, 400, 5000]],
    ['zero_', (v) => v.zero_(), [0, 0, 0, 0]],
    ['clamp_', (v) => v.clamp_(0, 2), [1, 10, 0, 0]],
  ])('by %s has the gradient of the element written last', (_, change, wanted) => {
    const x = tensor([1, 2, 3, 4], { requiresGrad: true });
    const h = x.mul(1);
    change(h.unfold(0, 2, 1));
    h.mul(tensor([1, 10, 100, 1000]))
      .sum()
      .backward();
    expect(x.grad?.toArray()).toEqual(wanted);
  });
});
