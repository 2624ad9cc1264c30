// Data as JavaScript programs have it.
import { ones, tensor } from '@dl/core';
import { DataLoader } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import { either, equal, near, refuses } from '../lib/want.mjs';

export default {
  'input-uint8clamped': {
    from: 'onnxruntime#21753, tfjs#757',
    run: () => {
      const pixels = tensor(new Uint8ClampedArray([1, 255]));
      return [pixels.dtype, pixels];
    },
    want: equal(['uint8', [1, 255]]),
  },
  'input-uint32': {
    from: 'tfjs#4009',
    run: () => tensor(new Uint32Array([4294967295])),
    want: equal([4294967295]),
  },
  'input-array-of-typed-arrays': {
    from: 'tfjs-core PR 1587',
    run: () => tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]),
    want: equal([
      [1, 2],
      [3, 4],
    ]),
  },
  'dataset-int-labels': {
    from: 'what default_collate does',
    run: () => {
      const loader = new DataLoader(
        { length: 4, get: (i) => [ones([2]), i % 2] },
        { batchSize: 4 },
      );
      for (const [x, y] of loader) return crossEntropy(x, y).item();
    },
    want: near(Math.LN2),
  },
  'dataset-plain-array': {
    from: 'PyTorch takes any list',
    run: () => {
      for (const batch of new DataLoader([1, 2, 3], { batchSize: 3 })) return batch;
    },
    want: either(equal([1, 2, 3]), refuses(/get|length|dataset/i)),
  },
  'dataset-async-item': {
    from: 'datasets that read files',
    run: async () => {
      for await (const batch of new DataLoader(
        { length: 2, get: async (i) => i },
        { batchSize: 2 },
      ))
        return batch;
    },
    want: either(equal([0, 1]), refuses(/promise|async/i)),
  },
  'dataset-iterable': {
    from: 'IterableDataset',
    run: () => {
      const stream = {
        *[Symbol.iterator]() {
          for (let i = 0; i < 4; i++) yield tensor([i]);
        },
      };
      return [...new DataLoader(stream, { batchSize: 2 })];
    },
    want: either(
      equal([
        [[0], [1]],
        [[2], [3]],
      ]),
      refuses(/iterable|length|get/i),
    ),
  },
};
