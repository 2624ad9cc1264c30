// Modules on another device: one that is the CPU's backend under another name.
import { cpuBackend, FormatError, ones, registerBackend, type Tensor, zeros } from '@dl/core';
import { beforeAll, expect, test } from 'vitest';
import { Linear, Sequential } from '../src/index.js';
import { Custom, expectIdentical } from './support.js';

beforeAll(() => {
  registerBackend({ ...cpuBackend, device: 'elsewhere' });
});

test('a module moves there, computes there and comes back', async () => {
  const m = new Custom();
  const parameters = [...m.parameters()];
  const before = m.forward(ones([2, 2]));
  m.outProj.weight.grad = ones([1, 1]);
  expect(m.to('elsewhere')).toBe(m);
  expectIdentical([...m.parameters()], parameters);
  for (const x of [...m.parameters(), ...m.buffers(), m.outProj.weight.grad]) {
    expect(x.device).toBe('elsewhere');
  }
  const x = ones([2, 2], { device: 'elsewhere' });
  const y = m.forward(x);
  expect(y.device).toBe('elsewhere');
  expect((await y.cpu()).toArray()).toEqual(before.toArray());
  y.sum().backward();
  expect(m.scale.grad!.device).toBe('elsewhere');
  expect(await m.cpu()).toBe(m);
  for (const t of [...m.parameters(), ...m.buffers(), m.scale.grad as Tensor]) {
    expect(t.device).toBe('cpu');
  }
  expect(m.forward(ones([2, 2])).toArray()).toEqual(before.toArray());
});

test('a layer is made there, and takes values from the CPU', async () => {
  const m = new Linear(2, 2, { device: 'elsewhere' });
  expect(m.weight.device).toBe('elsewhere');
  m.loadStateDict({ weight: ones([2, 2]), bias: zeros([2]) });
  expect(m.weight.device).toBe('elsewhere');
  expect((await m.weight.cpu()).toArray()).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test('values that cannot be moved change nothing', () => {
  const net = new Sequential(new Linear(1, 1), new Linear(1, 1));
  const before = net[0].weight.toArray();
  const dict = net.stateDict();
  dict['0.weight'] = ones([1, 1]).add(net[0].weight.detach());
  dict['1.bias'] = ones([1], { device: 'elsewhere' });
  expect(() => net.loadStateDict(dict)).toThrow('await x.cpu()');
  expect(() => net.loadStateDict(dict)).not.toThrow(FormatError);
  expect(net[0].weight.toArray()).toEqual(before);
});
