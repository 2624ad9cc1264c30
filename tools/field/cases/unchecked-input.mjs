// Input that PyTorch refuses and that gives a number without a word.
import { avgPool2d, conv1d, embedding, fmod, oneHot, ones, tensor, where } from '@dl/core';
import { equal, refuses } from '../lib/want.mjs';

const int64 = (values) => tensor(values, { dtype: 'int64' });
const int32 = (values) => tensor(values, { dtype: 'int32' });
const outOfRange = refuses(/out of (range|bounds)|outside/i);
const huge = 4294967297n; // 2^32 + 1: the low half is a valid index

export default {
  'int-div-zero': {
    from: 'like pytorch#15508',
    run: () => int32([7]).floorDivide(0),
    want: refuses(/zero|by 0/i),
  },
  'int-remainder-zero': {
    from: 'like pytorch#15508',
    run: () => int64([7]).remainder(0),
    want: refuses(/zero|by 0/i),
  },
  'int-fmod-zero': { run: () => fmod(int32([5, 3]), int32([2, 0])), want: refuses(/zero|by 0/i) },
  'embedding-negative': {
    from: 'pytorch#151918, PR 151967',
    run: () =>
      embedding(
        int64([-1]),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    want: refuses(/-1/, /out of (range|bounds)|outside|negative/i),
  },
  'uint8-out-of-range': {
    from: 'tfjs#4313',
    run: () => tensor([300, -1], { dtype: 'uint8' }),
    want: refuses(/300/, /uint8/),
  },
  'uint8-mask': {
    from: 'pytorch#12230',
    run: () => tensor([10, 20, 30]).at(tensor([1, 0, 1], { dtype: 'uint8' })),
    want: equal([10, 30]),
  },
  'flip-twice-the-same': {
    run: () =>
      tensor([
        [1, 2],
        [3, 4],
      ]).flip([0, 0]),
    want: refuses(/flip/, /twice|repeat|duplicate|more than once|same dim/i),
  },
  'where-float-condition': {
    run: () => where(tensor([0.5, 0]), tensor([1, 1]), tensor([2, 2])),
    want: refuses(/where/, /bool/),
  },
  'avgpool-divisor-zero': {
    run: () => avgPool2d(ones([1, 1, 4, 4]), 2, { divisorOverride: 0 }),
    want: refuses(/divisor/i),
  },
  'conv1d-mixed-dtypes': {
    run: () => conv1d(ones([1, 1, 4], { dtype: 'float64' }), ones([1, 1, 2])),
    want: refuses(/conv1d/, /float64/, /float32/),
  },
  'unbind-of-a-number': { run: () => tensor(3).unbind(), want: refuses(/unbind/, /dim/i) },
  'index-select-2-to-the-32': {
    run: () => tensor([10, 20, 30]).indexSelect(0, int64([huge])),
    want: outOfRange,
  },
  'gather-2-to-the-32': {
    run: () => tensor([10, 20, 30]).gather(0, int64([huge])),
    want: outOfRange,
  },
  'at-2-to-the-32': { run: () => tensor([10, 20, 30]).at([4294967297]), want: outOfRange },
  'scatter-2-to-the-32': {
    run: () => tensor([10, 20, 30]).scatter_(0, int64([huge]), 99),
    want: outOfRange,
  },
  'one-hot-2-to-the-32': { run: () => oneHot(int64([huge]), 3), want: refuses(/oneHot/) },
};
