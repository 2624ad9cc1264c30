// Inputs of tensor(): values, typed arrays of all kinds, one-element tensors in nested arrays.
import { describe, expect, it } from 'vitest';
import { DLError, fromTypedArray, ones, type Tensor, tensor } from '../src/index.js';

const of = (x: Tensor): unknown => [x.dtype, x.toArray()];

describe('typed arrays', () => {
  // The results are those of torch.tensor with NumPy arrays of that kind.
  it.each<[string, () => Tensor, unknown]>([
    ['next wider dtype', () => tensor(new Uint32Array([2 ** 32 - 1])), ['int64', [2 ** 32 - 1]]],
    [
      'wider rows',
      () => tensor([new Uint16Array([65535]), new Int16Array([-1])]),
      ['int32', [[65535], [-1]]],
    ],
    ['large', () => tensor(BigUint64Array.of(2n ** 60n)), ['int64', [2n ** 60n]]],
    ['clamped bytes', () => tensor(new Uint8ClampedArray([1, 300])), ['uint8', [1, 255]]],
    [
      'requested dtype',
      () => tensor(new Uint32Array([1, 2]), { dtype: 'int32' }),
      ['int32', [1, 2]],
    ],
    [
      'wide',
      () => tensor(new Uint32Array([2 ** 32 - 1]), { dtype: 'int64' }),
      ['int64', [2 ** 32 - 1]],
    ],
    [
      'values, not bits',
      () => tensor(new Uint16Array([1, 3]), { dtype: 'float16' }),
      ['float16', [1, 3]],
    ],
    [
      'bits',
      () => fromTypedArray(new Uint16Array([0x3c00]), null, { dtype: 'float16' }),
      ['float16', [1]],
    ],
    [
      'rows',
      () => tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]),
      [
        'float32',
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    [
      'rows of bytes',
      () => tensor([new Uint8Array([1, 2]), new Uint8Array([3, 4])]),
      [
        'uint8',
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    [
      'mixed rows',
      () => tensor([new Int32Array([1, 2]), new Float64Array([3, 4])]),
      [
        'float64',
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    [
      'next to numbers',
      () => tensor([new Int32Array([1, 2]), [1.5, 2]]),
      [
        'float32',
        [
          [1, 2],
          [1.5, 2],
        ],
      ],
    ],
    [
      'rows with a requested dtype',
      () => tensor([new Int8Array([-1]), new Int8Array([2])], { dtype: 'int32' }),
      ['int32', [[-1], [2]]],
    ],
    [
      'to booleans',
      () => tensor(new Float32Array([0, 2]), { dtype: 'bool' }),
      ['bool', [false, true]],
    ],
  ])('%s', (_, make, wanted) => {
    expect(of(make())).toEqual(wanted);
  });

  it('are copied', () => {
    const data = new Uint8ClampedArray([1]);
    const x = tensor(data);
    data[0] = 5;
    expect(x.item()).toBe(1);
    const shared = fromTypedArray(data);
    data[0] = 6;
    expect(shared.item()).toBe(6);
  });

  it.each<[string, () => unknown]>([
    [
      "fromTypedArray: no dtype has the elements of an Int8Array; pass { dtype: 'int32' }",
      () => fromTypedArray(new Int8Array(1)),
    ],
    [
      'tensor: 18446744073709551615 is out of range for int64',
      () => tensor([BigUint64Array.of(2n ** 64n - 1n)]),
    ],
    [
      'tensor: 300 is out of range for uint8',
      () => tensor(new Float32Array([300]), { dtype: 'uint8' }),
    ],
    ['fromTypedArray: data must be a typed array, not [1]', () => fromTypedArray([1] as never)],
    [
      'tensor: expected numbers, booleans or bigints, got a DataView',
      () => tensor(new DataView(new ArrayBuffer(8)) as never),
    ],
    [
      'tensor: ragged nested array: element [1] has length 1',
      () => tensor([new Float32Array(2), new Float32Array(1)]),
    ],
    [
      'tensor: ragged nested array: element [1] has a single value',
      () => tensor([new Float32Array(2), 1]),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(DLError);
    expect(f).toThrow(message);
  });
});

describe('tensors of one element', () => {
  it('count as numbers, in their dtype', () => {
    const int = (v: number): Tensor => tensor(v, { dtype: 'int32' });
    expect(of(tensor([int(1), tensor([2], { dtype: 'int32' })]))).toEqual(['int32', [1, 2]]);
    expect(of(tensor([tensor(1, { dtype: 'float64' }), int(2)]))).toEqual(['float64', [1, 2]]);
    expect(of(tensor([int(1), 2.5]))).toEqual(['float32', [1, 2.5]]);
    expect(of(tensor([tensor(true), tensor(false)]))).toEqual(['bool', [true, false]]);
    expect(of(tensor([tensor(1.5, { dtype: 'float16' })]))).toEqual(['float16', [1.5]]);
  });

  it('must not have more elements', () => {
    expect(() => tensor([ones([2]), ones([2])])).toThrow(
      'tensor: expected numbers, got a tensor of shape [2] at [0]; stack([…]) joins tensors',
    );
  });
});
