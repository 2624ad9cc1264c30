// Gradients through in-place operators and through slices that were written to.

import { init } from '@dl/backend-cpu';
import { grad, tensor, zeros } from '@dl/core';
import { equal, near } from '../lib/want.mjs';

const leaf = (values, dtype = 'float32') => tensor(values, { requiresGrad: true, dtype });
const gradient = (x, y) => {
  y.sum().backward();
  return x.grad;
};

export default {
  'clamp-in-place': {
    run: () => {
      const x = leaf([-3, 0.5, 3]);
      return gradient(x, x.mul(1).clamp_(-2, 2));
    },
    want: equal([0, 1, 0]),
  },
  'nan-to-num-in-place': {
    run: () => {
      const x = leaf([1, 2]);
      return gradient(x, x.mul(2).nanToNum_());
    },
    want: equal([2, 2]),
  },
  'copy-of-a-constant': {
    run: () => {
      const p = leaf([1, 2]);
      const q = p.mul(2);
      q.copy_(tensor([5, 6]));
      return gradient(p, q);
    },
    want: equal([0, 0]),
  },
  'zero-in-a-view': {
    run: () => {
      const x = leaf([1, 2, 3]);
      const view = x.mul(2).narrow(0, 0, 2);
      view.zero_();
      return gradient(x, view);
    },
    want: equal([0, 0, 0]),
  },
  'zero-in-max-values': {
    run: () => {
      const x = leaf([[1, 2, 3]]);
      const { values } = x.max(0);
      values.zero_();
      return gradient(x, values);
    },
    want: equal([[0, 0, 0]]),
  },
  'guard-before-sqrt': {
    run: () => {
      const x = leaf([0, 4]);
      const y = x.mul(1);
      y.set(0, 0);
      return gradient(x, y.sqrt());
    },
    want: equal([0, 0.25]),
  },
  'slice-multiplied-before-sqrt': {
    run: () => {
      const x = leaf([0, 4]);
      const y = x.mul(1);
      y.at('0:1').mul_(1);
      return gradient(x, y.sqrt());
    },
    want: equal([Infinity, 0.25]),
  },
  'copy-has-a-node-of-its-own': {
    run: () => {
      const x = leaf([1, 2]);
      const z = x.mul(2);
      const y = zeros([2]);
      y.copy_(z);
      const loss = y.sum().add(z.sum().mul(10));
      return grad(loss, [y])[0];
    },
    want: equal([1, 1]),
  },
  'retain-grad-after-copy': {
    run: () => {
      const x = leaf([1, 2]);
      const z = x.mul(2);
      const y = zeros([2]);
      y.copy_(z);
      y.retainGrad();
      y.sum().add(z.sum().mul(10)).backward();
      return y.grad;
    },
    want: equal([1, 1]),
  },
  'native-add-wider': {
    needs: ['addon'],
    run: () => {
      init({ smallest: 0 });
      const a = leaf([1, 2, 3]);
      const b = leaf([1, 2, 3], 'float64');
      const h = a.cumsum(0);
      h.add_(b);
      h.sum().backward();
      return [a.grad, b.grad];
    },
    want: equal([
      [3, 2, 1],
      [1, 1, 1],
    ]),
  },
  'native-mul-wider': {
    needs: ['addon'],
    run: () => {
      init({ smallest: 0 });
      const a = leaf([1, 2, 3]);
      const b = leaf([2, 2, 2], 'float64');
      const h = a.cumsum(0);
      h.mul_(b);
      h.sum().backward();
      return a.grad;
    },
    want: near([6, 4, 2]),
  },
  'relu-then-input-in-place': {
    run: () => {
      const x = leaf([-1, 2]);
      const h = x.mul(1);
      const y = h.relu();
      h.add_(1);
      return gradient(x, y);
    },
    want: equal([0, 1]),
  },
};
