// Instance normalization, RMSNorm and recurrent cells: behavior that the goldens do not cover.
import {
  add,
  mul,
  noGrad,
  ones,
  randn,
  setWarningHandler,
  stack,
  type Tensor as T,
  Tensor,
  tensor,
  unbind,
} from '@dl/core';
import { expect, it } from 'vitest';
import * as nn from '../src/index.js';

const values = (x: unknown): unknown => (x instanceof Tensor ? x.toArray() : x);

it('InstanceNorm without affine warns for a wrong number of channels, as in PyTorch', () => {
  const heard: string[] = [];
  setWarningHandler((message) => heard.push(message));
  try {
    const norm = new nn.InstanceNorm1d(3, { eps: 0 });
    for (let i = 0; i < 2; i++) {
      expect(norm.forward(tensor([[[1, 3]]])).toArray()).toEqual([[[-1, 1]]]);
    }
  } finally {
    setWarningHandler(null);
  }
  expect(heard).toHaveLength(1);
  expect(heard[0]).toContain(
    'InstanceNorm1d: expected 3 channels in dimension 1, got shape [1, 1, 2]',
  );
});

it('InstanceNorm resets its running statistics and does not count batches, as in PyTorch', () => {
  const norm = new nn.InstanceNorm2d(2, { affine: true, trackRunningStats: true });
  const fresh = Object.values(norm.stateDict()).map((x) => x.toArray());
  norm.forward(randn([3, 2, 4, 4]));
  expect(Number(norm.numBatchesTracked?.item())).toBe(0);
  expect(norm.runningMean?.toArray()).not.toEqual([0, 0]);
  noGrad(() => norm.weight?.fill_(3));
  norm.resetParameters();
  expect(Object.values(norm.stateDict()).map((x) => x.toArray())).toEqual(fresh);
});

it('RMSNorm.resetParameters resets the weight to 1', () => {
  const norm = new nn.RMSNorm(2);
  noGrad(() => norm.weight?.fill_(3));
  norm.resetParameters();
  expect(norm.weight?.toArray()).toEqual([1, 1]);
});

it('a cell run step by step equals its layer', () => {
  const x = randn([5, 2, 3]);
  const pairs = [
    [new nn.RNN(3, 4, { nonlinearity: 'relu' }), new nn.RNNCell(3, 4, { nonlinearity: 'relu' })],
    [new nn.LSTM(3, 4), new nn.LSTMCell(3, 4)],
    [new nn.GRU(3, 4), new nn.GRUCell(3, 4)],
  ] as unknown as [nn.AnyModule, nn.AnyModule][];
  for (const [layer, cell] of pairs) {
    const state = Object.entries(layer.stateDict());
    cell.loadStateDict(Object.fromEntries(state.map(([k, v]) => [k.replace('_l0', ''), v])));
    const forward = cell.forward as (x: T, hx?: unknown) => T | [T, T];
    let hx: T | [T, T] | undefined;
    const outputs = unbind(x, 0).map((step) => {
      hx = forward.call(cell, step, hx);
      return Array.isArray(hx) ? hx[0] : hx;
    });
    const [wanted] = (layer.forward as (x: T) => [T, unknown]).call(layer, x);
    const apart = add(stack(outputs, 0), mul(wanted, -1)).abs().max();
    expect(Number(values(apart))).toBeLessThan(1e-6);
  }
});

it('cells accept null as state, and distinguish a pair from a tensor', () => {
  const x = ones([1, 2]);
  const cell = new nn.LSTMCell(2, 3);
  expect(cell.forward(x, null)[0].toArray()).toEqual(cell.forward(x)[0].toArray());
  expect(() => cell.forward(x, ones([1, 3]) as never)).toThrow(
    'LSTMCell.forward: hx must be a pair of tensors [h0, c0] or null',
  );
  expect(() => new nn.GRUCell(2, 3).forward(x, [x] as never)).toThrow(
    'GRUCell.forward: hx must be',
  );
});
