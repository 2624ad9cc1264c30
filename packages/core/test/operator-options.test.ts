// Options of operators that select and rearrange, with PyTorch's values.
import { describe, expect, it } from 'vitest';
import * as dl from '../src/index.js';
import { IndexError, ShapeError, type Tensor, tensor, ValueError } from '../src/index.js';

const whole = (values: dl.NestedArray): Tensor => tensor(values, { dtype: 'int32' });
const arrays = (list: readonly Tensor[]): unknown[] => list.map((x) => x.toArray());

describe('unique', () => {
  const x = tensor([
    [3, 1, 3],
    [2, 0, 2],
    [3, 1, 3],
  ]);

  it('finds slices along a dimension', () => {
    expect(x.unique({ dim: 0 }).toArray()).toEqual([
      [2, 0, 2],
      [3, 1, 3],
    ]);
    expect(arrays(dl.unique(x, { dim: 1, returnInverse: true, returnCounts: true }))).toEqual([
      [
        [1, 3],
        [0, 2],
        [1, 3],
      ],
      [1, 0, 1],
      [1, 2],
    ]);
    const pages = whole([
      [
        [1, 2],
        [1, 2],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const [values, inverse] = pages.unique({ dim: -1, returnInverse: true });
    expect(values?.toArray()).toEqual(pages.toArray());
    expect(inverse?.toArray()).toEqual([0, 1]);
    expect(values?.dtype).toBe('int32');
  });

  it('finds elements of any shape and dtype, with each NaN counted as new', () => {
    expect(arrays(dl.unique(tensor(3), { returnInverse: true, returnCounts: true }))).toEqual([
      [3],
      0,
      [1],
    ]);
    expect(arrays(dl.unique(tensor([NaN, 1, NaN, 1]), { returnCounts: true }))).toEqual([
      [1, NaN, NaN],
      [2, 1, 1],
    ]);
    expect(tensor([true, false, true]).unique({ sorted: true }).toArray()).toEqual([false, true]);
    const halves = tensor([2, -1, 2], { dtype: 'bfloat16' }).unique();
    expect([halves.dtype, halves.toArray()]).toEqual(['bfloat16', [-1, 2]]);
  });

  it('treats empty tensors as PyTorch does', () => {
    expect(
      arrays(dl.zeros([0]).unique({ dim: 0, returnInverse: true, returnCounts: true })),
    ).toEqual([[], [], []]);
    expect(dl.unique(dl.zeros([0, 2]), { dim: 0 }).shape).toEqual([0, 2]);
    expect(() => dl.unique(dl.zeros([2, 0]), { dim: 0 })).toThrow(ShapeError);
    expect(() => dl.unique(dl.zeros([0, 2]), { dim: 1 })).toThrow(ShapeError);
    expect(() => dl.unique(tensor(3), { dim: 0 })).toThrow(ShapeError);
    expect(() => dl.unique(x, { dim: 2 })).toThrow(IndexError);
  });
});

describe('nonzero', () => {
  it('returns columns that index the tensor', () => {
    const x = whole([
      [1, 0],
      [0, 2],
    ]);
    const places = x.nonzero({ asTuple: true });
    expect(arrays(places)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(x.at(...places).toArray()).toEqual([1, 2]);
    expect(arrays(dl.nonzero(tensor(5), { asTuple: true }))).toEqual([[0]]);
    expect(arrays(dl.nonzero(tensor(0), { asTuple: true }))).toEqual([[]]);
    expect(dl.nonzero(tensor(5)).shape).toEqual([1, 0]);
  });
});

describe('searchsorted', () => {
  it('accepts a side and a sorter', () => {
    const sorted = tensor([1, 3, 5]);
    expect(dl.searchsorted(sorted, 3, { side: 'right' }).item()).toBe(2);
    expect(dl.searchsorted(sorted, 3, { side: 'left' }).item()).toBe(1);
    expect(dl.searchsorted(sorted, { input: 3, right: true }).item()).toBe(2);
    const mixed = tensor([5, 1, 3]);
    expect(dl.searchsorted(mixed, tensor([3]), { sorter: mixed.argsort() }).toArray()).toEqual([1]);
  });

  it('refuses contradictory or mismatched options', () => {
    const x = tensor([5, 1, 3]);
    expect(() => dl.searchsorted(x, 3, { side: 'left', right: true })).toThrow(ValueError);
    expect(() => dl.searchsorted(x, 3, { sorter: whole([1, 2]) })).toThrow(ShapeError);
    expect(() => dl.searchsorted(x, 3, { sorter: whole([1, 2, 7]) })).toThrow(IndexError);
    expect(() => dl.searchsorted(tensor(5), 3)).toThrow(ShapeError);
    expect(() => dl.searchsorted(x, 3, { side: 'middle' as 'left' })).toThrow(
      "searchsorted: side must be one of 'left', 'right', not 'middle'",
    );
  });
});

describe('calls that PyTorch refuses', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'flip twice along a dimension',
      () => dl.ones([2, 2]).flip(0, -2),
      /^flip: dims \[0, -2\] must not contain a dimension twice/,
    ],
    [
      'squeeze twice along a dimension',
      () => dl.ones([1, 2]).squeeze([0, 0]),
      /^squeeze: dims \[0, 0\] must not contain a dimension twice/,
    ],
    [
      'countNonzero twice along a dimension',
      () => dl.countNonzero(dl.ones([1, 2]), [0, 0]),
      /^countNonzero: .*twice/,
    ],
    ['unbind a scalar', () => tensor(3).unbind(), /^unbind: .*without dimensions/],
    ['split a scalar', () => tensor(3).split(1), /^split: .*without dimensions/],
    ['chunk a scalar', () => tensor(3).chunk(1), /^chunk: .*without dimensions/],
    ['narrow a scalar', () => tensor(3).narrow(0, 0, 1), /^narrow: .*without dimensions/],
    ['negative parts', () => dl.ones([3]).split([4, -1]), /^split: /],
    ['negative minlength', () => whole([1]).bincount({ minlength: -1 }), /^bincount: minlength/],
    ['negative classes', () => dl.oneHot(whole([0]), -2), /^oneHot: numClasses/],
    [
      'fractional repeats',
      () => tensor([1]).repeatInterleave(tensor([1.5])),
      /^repeatInterleave: repeats must be integers/,
    ],
    [
      'repeats beyond int32, which must not wrap',
      () => tensor([1]).repeatInterleave(tensor([2n ** 32n + 1n], { dtype: 'int64' })),
      /^repeatInterleave: positions among 4294967297 elements do not fit int32/,
    ],
    [
      'repeats of another length',
      () => tensor([1, 2]).repeatInterleave(whole([1, 2, 3])),
      /^repeatInterleave: repeats of shape \[3\]/,
    ],
    [
      'meshgrid of a matrix',
      () => dl.meshgrid(dl.ones([2]), dl.ones([2, 2])),
      /^meshgrid: .*at most one dimension/,
    ],
    ['meshgrid without tensors', () => dl.meshgrid([]), /^meshgrid: .*at least one tensor/],
    [
      'unflatten into no sizes',
      () => dl.ones([1]).unflatten(0, []),
      /^unflatten: sizes must not be empty/,
    ],
    ['diagonal of a vector', () => dl.ones([3]).diagonal(), /^diagonal: expected at least 2/],
    ['rot90 of a vector', () => dl.ones([3]).rot90(), /^rot90: expected at least 2/],
    [
      'keepdim without a dimension',
      () => dl.ones([3]).median({ keepdim: true } as never),
      /^median: keepdim needs a dimension/,
    ],
    ['norm with a dtype', () => dl.ones([3]).norm(2, 0, { dtype: 'int32' }), /^norm: /],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(dl.DLError);
    expect(call).toThrow(message);
  });
});

it('norm is computed in the requested dtype', () => {
  expect(tensor([3, 4]).norm({ dtype: 'float64' }).dtype).toBe('float64');
  expect(tensor([3, 4]).norm(Infinity, { dim: 0, dtype: 'float64' }).dtype).toBe('float64');
});

describe('lists written out as separate arguments', () => {
  const x = dl.arange(6).reshape(1, 2, 3);

  it('equal the lists', () => {
    expect(x.permute(0, 2, 1).shape).toEqual([1, 3, 2]);
    expect(x.permute({ dims: [2, 1, 0] }).shape).toEqual([3, 2, 1]);
    expect(x.view(3, -1).shape).toEqual([3, 2]);
    expect(dl.reshape(x, 6).shape).toEqual([6]);
    expect(x.expand(2, -1, 3).shape).toEqual([2, 2, 3]);
    expect(x.repeat(2, 1, 1, 1, 1, 1, 2).shape).toEqual([2, 1, 1, 1, 1, 2, 6]);
    expect(x.tile(2).shape).toEqual([1, 2, 6]);
    expect(x.flip(1, 2).toArray()).toEqual([
      [
        [5, 4, 3],
        [2, 1, 0],
      ],
    ]);
    expect(x.flip(2).toArray()).toEqual(x.flip({ dims: [2] }).toArray());
    expect(x.flatten().unflatten(0, 2, 3).shape).toEqual([2, 3]);
    expect(dl.meshgrid(dl.arange(2), dl.arange(3), { indexing: 'xy' })[0]?.shape).toEqual([3, 2]);
    expect(dl.meshgrid(dl.arange(2))[0]?.shape).toEqual([2]);
  });

  it('are refused if another value is among them', () => {
    expect(() => x.view(2, 1.5)).toThrow('view: shape must be a list of integers, not [2, 1.5]');
    expect(() => x.permute(0, '1' as never, 2)).toThrow(/^permute: /);
  });

  it('are typed', () => {
    // @ts-expect-error: not a list of strings
    expect(() => x.view('2', 3)).toThrow(/^view: /);
    // @ts-expect-error: no such option
    expect(() => x.permute(0, 1, 2, { dim: 1 })).toThrow(/permute: .*dim/);
    // @ts-expect-error: no such option
    expect(() => x.sort({ largest: true })).toThrow(/^sort: unknown option 'largest'/);
    // @ts-expect-error: in the options
    expect(() => x.sort(0, true)).toThrow(/{ descending: true }/);
    // @ts-expect-error: a list, or nothing
    expect(() => x.cumsum()).toThrow(/^cumsum: dim is missing/);
  });
});

describe('arguments by name', () => {
  const x = tensor([
    [3, 1],
    [2, 4],
  ]);

  it('equal positional arguments', () => {
    expect(dl.triu(x, { diagonal: 1 }).toArray()).toEqual(dl.triu(x, 1).toArray());
    expect(dl.tril(x, { diagonal: -1 }).toArray()).toEqual(dl.tril(x, -1).toArray());
    expect(dl.diag(tensor([1, 2]), { diagonal: 1 }).shape).toEqual([3, 3]);
    expect(x.diagonal({ offset: 1, dim1: 1, dim2: 0 }).toArray()).toEqual([2]);
    expect(x.topk(1, 0, { largest: false, sorted: false }).values.toArray()).toEqual([[2, 1]]);
    expect(x.sort(0, { descending: true, stable: true }).values.toArray()).toEqual([
      [3, 4],
      [2, 1],
    ]);
    expect(x.repeatInterleave(2, { dim: 1 }).shape).toEqual([2, 4]);
    expect(x.takeAlongDim(whole([3])).toArray()).toEqual([4]);
    expect(x.split({ splitSizeOrSections: 1, dim: 1 })).toHaveLength(2);
    expect(dl.cat([x, x], { dim: 1 }).shape).toEqual([2, 4]);
    expect(x.indexSelect({ dim: 1, index: whole([1]) }).toArray()).toEqual([[1], [4]]);
    expect(
      x.scatterReduce(0, whole([[0, 0]]), x, { reduce: 'amax', includeSelf: false }).shape,
    ).toEqual([2, 2]);
    expect(x.median({ dim: 1, keepdim: true }).values.toArray()).toEqual([[1], [2]]);
    expect(x.kthvalue({ k: 1, dim: 1 }).values.toArray()).toEqual([1, 2]);
    expect(x.to('float64', { copy: true }).dtype).toBe('float64');
    expect(x.to('cpu', { dtype: 'int32' }).dtype).toBe('int32');
  });
});

describe('to', () => {
  it('accepts only valid targets', () => {
    const x = tensor([1.5]);
    expect(x.to(x)).toBe(x);
    expect(() => x.to('long' as string)).toThrow(
      "to: 'long' is called 'int64' here; write x.to('int64')",
    );
    expect(() => x.to('torch.float64' as string)).toThrow("write x.to('float64')");
    expect(() => x.to('int32', { dtype: 'int64' })).toThrow(/^to: dtype is given twice/);
    // @ts-expect-error: no target
    expect(() => x.to()).toThrow(/^to: pass a dtype/);
    // @ts-expect-error: not an option here
    expect(() => x.to({ nonBlocking: true })).toThrow(/^to: unknown option 'nonBlocking'/);
  });
});

describe('indices', () => {
  const x = dl.arange(6).reshape(2, 3);

  it.each<[unknown, string]>([
    [1.5, 'at: index must be an integer'],
    [{ start: 1 }, 'not an object'],
    [undefined, 'not undefined'],
    [['a'], "not ['a']"],
    [() => 1, 'not a function'],
  ])('%s is refused', (index, message) => {
    expect(() => x.at(index as number)).toThrow(ValueError);
    expect(() => x.at(index as number)).toThrow(message);
    expect(() => x.set([index as number], 0)).toThrow(/^set: index 1 must be/);
  });

  it('that are not slices are refused with the name of the call', () => {
    expect(() => x.set(['first'], 1)).toThrow(/^set: 'first' is not a slice/);
    expect(() => x.at([1, 2] as never, 0, 0)).toThrow(/^at: 3 indices/);
  });

  it('of set accept values of any kind that operators accept', () => {
    const mask = dl.zeros([2], { dtype: 'bool' });
    expect(mask.set(0, true).toArray()).toEqual([true, false]);
    expect(dl.zeros([2], { dtype: 'int64' }).set([1], 7n).toArray()).toEqual([0, 7]);
    expect(() => mask.set(0, [true] as never)).toThrow(/^set: value must be/);
  });
});

describe('lists of a known length', () => {
  it('come from chunk, split and unbind', () => {
    const x = tensor([[1, 2, 3, 4, 5, 6]]);
    const [q, k, v]: [Tensor, Tensor, Tensor] = x.chunk(3, 1);
    expect([q, k, v].map((part) => part.toArray())).toEqual([[[1, 2]], [[3, 4]], [[5, 6]]]);
    const [a, b]: [Tensor, Tensor] = x.split([1, 5], { dim: 1 });
    expect([a.shape, b.shape]).toEqual([
      [1, 1],
      [1, 5],
    ]);
    const [row]: [Tensor] = x.unbind<1>();
    expect(row.shape).toEqual([6]);
    const many: Tensor[] = x.unbind(1);
    expect(many).toHaveLength(6);
    const [first, second]: [Tensor, Tensor] = dl.chunk(x, 2, { dim: 1 });
    expect([first.shape, second.shape]).toEqual([
      [1, 3],
      [1, 3],
    ]);
    // @ts-expect-error: three parts are not two
    const two: [Tensor, Tensor] = x.chunk(3, 1);
    expect(two).toHaveLength(3);
    // Of two possible lengths neither is promised.
    const either = x.count > 5 ? 3 : 2;
    // @ts-expect-error: perhaps three
    const promised: [Tensor, Tensor] = x.chunk(either, 1);
    expect(promised).toHaveLength(3);
  });

  it('and set takes its arguments by name', () => {
    const x = tensor([1, 2, 3]);
    expect(x.set({ items: 0, value: 5 }).set([1], { value: 6 }).toArray()).toEqual([5, 6, 3]);
  });

  it('are the sizes of a tensor, which are checked', () => {
    const x = tensor([[1, 2, 3]]);
    const [rows, columns]: [number, number] = x.sizes(2);
    expect([rows, columns]).toEqual([1, 3]);
    expect(() => x.sizes(3)).toThrow('sizes: the tensor has 2 dimensions (shape [1, 3]), not 3');
    expect(() => x.sizes('2' as never)).toThrow(/^sizes: ndim must be an integer/);
  });
});

describe('slice', () => {
  it('is the text of a range', () => {
    const x = dl.arange(6);
    expect(x.at(dl.slice(1, 4)).toArray()).toEqual([1, 2, 3]);
    expect(x.at(dl.slice(null, -1, 2)).toArray()).toEqual([0, 2, 4]);
    expect(x.at(dl.slice(4, null)).toArray()).toEqual([4, 5]);
    expect(x.at(dl.slice(null, null)).toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(
      dl
        .zeros([3])
        .set(dl.slice(1, { stop: 3 }), 2)
        .toArray(),
    ).toEqual([0, 2, 2]);
  });

  it('refuses what is no range', () => {
    expect(() => dl.slice(0, 2, 0)).toThrow(/^slice: step must be a positive integer, got 0/);
    expect(() => dl.slice(1.5, 2)).toThrow(/^slice: start must be an integer/);
    // @ts-expect-error: from where to where
    expect(() => dl.slice(3)).toThrow(/^slice: stop is missing/);
  });
});

describe('names of devices and dtypes', () => {
  it('that stand in the program are checked when it is compiled', () => {
    const x = tensor([1]);
    // @ts-expect-error: no such device
    expect(() => x.to('cudda')).toThrow(/device 'cudda' is not available/);
    const atRunTime: string = 'cudda';
    expect(() => x.to(atRunTime)).toThrow(/device 'cudda' is not available/);
    // @ts-expect-error: PyTorch's name
    expect(() => dl.zeros([1], { dtype: 'long' })).toThrow(
      /not 'long'; 'long' is called 'int64' here/,
    );
  });
});
