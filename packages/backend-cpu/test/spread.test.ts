// Every kernel that uses threads yields the same bits on one thread and on several.
import {
  argmax,
  bmm,
  conv2d,
  cummax,
  cumsum,
  type DType,
  embedding,
  flip,
  gather,
  gelu,
  grad,
  indexAdd,
  indexSelect,
  layerNorm,
  matmul,
  maxPool2d,
  mul,
  scatter,
  softmax,
  sort,
  sum,
  type Tensor,
  tensor,
  topk,
  transpose,
} from '@dl/core';
import { afterAll, describe, expect, it } from 'vitest';
import { init, setNumThreads, shutdown } from '../src/index.js';
import { patience, random } from './helper.js';

const next = random(11);
/** Numbers between -1 and 1; with `below`, integers from 0 to `below` - 1. */
function draw(shape: readonly number[], dtype: DType = 'float32', below?: number): Tensor {
  const count = shape.reduce((n, s) => n * s, 1);
  const values = Float64Array.from({ length: count }, () =>
    below === undefined ? next() * 2 - 1 : Math.floor(next() * below),
  );
  return tensor(values).to(dtype).reshape(shape);
}

const x = draw([600, 700]);
const doubles = draw([600, 700], 'float64');
const images = draw([8, 6, 40, 40]);
const weights = draw([9, 6, 3, 3]);
const rows = draw([900], 'int32', 600);
const columns = draw([600, 700], 'int32', 700);
const across = draw([700, 600]);
const narrow = draw([90_000, 3]);
const left = draw([60, 30, 40]);
const right = draw([60, 40, 50]);
const tiny = draw([5000, 3, 3]);
const whole = draw([300, 200], 'int32', 9);
const inner = draw([700], 'int32', 700);

/** A call for each place in the native code that uses the pool. */
const cases: readonly (readonly [string, () => readonly Tensor[]])[] = [
  ['a map', () => [gelu(x), gelu(doubles)]],
  ['a map of a transposed input', () => [mul(x, transpose(across, 0, 1))]],
  ['a map of short rows', () => [mul(narrow, 3), mul(x.narrow(1, 3, 5), 2)]],
  [
    'copies',
    () => [transpose(x, 0, 1).contiguous(), flip(x, [0]), x.narrow(1, 1, 600).contiguous()],
  ],
  ['copies of bytes', () => [transpose(x.gt(0), 0, 1).contiguous(), x.gt(0).to('uint8')]],
  ['reductions', () => [sum(x), sum(x, 0), sum(x, 1), argmax(x, 0), argmax(x, 1), x.amax()]],
  ['folds', () => [softmax(x, 1), softmax(x, 0), softmax(doubles, 1), layerNorm(x, [700])]],
  ['scans', () => [cumsum(x, 0), cumsum(x, 1), cumsum(doubles, 1), cummax(x, 1)[1]]],
  ['sorting', () => [...sort(x, 1), ...sort(doubles, 0), ...topk(x, 5, 1)]],
  ['gathering', () => [gather(x, 1, columns), indexSelect(x, 0, rows), embedding(rows, x)]],
  [
    'scattering',
    () => [
      scatter(x, 1, columns, doubles.to('float32')),
      indexAdd(x, 0, rows, indexSelect(x, 0, rows)),
      indexAdd(x, 1, inner, x),
    ],
  ],
  [
    'products',
    () => [matmul(x, transpose(x, 0, 1)), matmul(x, x.at(3)), matmul(doubles.t(), doubles)],
  ],
  ['batched products', () => [bmm(left, right), bmm(tiny, tiny)]],
  ['products of integers', () => [matmul(whole, transpose(whole, 0, 1))]],
  [
    'convolutions and their gradients',
    () => {
      const image = images.clone().requiresGrad_();
      const kernel = weights.clone().requiresGrad_();
      const y = conv2d(image, kernel, null, { stride: 2, padding: 1 });
      return [y, ...(grad(sum(mul(y, y)), [image, kernel]) as Tensor[]), maxPool2d(images, 3)];
    },
  ],
];
afterAll(() => shutdown());

describe('threads', () => {
  it.each(cases)(
    'do not change %s',
    (_, run) => {
      expect(init({ smallest: 0 })).toMatchObject({ active: true });
      setNumThreads(1);
      const alone = run().map((t) => t.detach().contiguous().data());
      for (const threads of [2, 5]) {
        setNumThreads(threads);
        const shared = run().map((t) => t.detach().contiguous().data());
        expect(shared.length).toBe(alone.length);
        for (const [i, data] of shared.entries()) {
          const [a, b] = [data, alone[i]].map((d) =>
            Buffer.from(d.buffer, d.byteOffset, d.byteLength),
          );
          expect(Buffer.compare(a, b), `result ${i}, ${threads} threads`).toBe(0);
        }
      }
    },
    patience(30_000),
  );
});
