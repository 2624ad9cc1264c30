// Modules on another device: the CPU backend under another name.
import {
  cpuBackend,
  DeviceError,
  FormatError,
  manualSeed,
  ones,
  randn,
  registerBackend,
  type Tensor,
  zeros,
} from '@dl/core';
import { beforeAll, expect, test } from 'vitest';
import * as nn from '../src/index.js';
import { clipGradNorm_, init, Linear, Sequential } from '../src/index.js';
import { Custom, expectIdentical } from './support.js';

beforeAll(() => {
  registerBackend({ ...cpuBackend, device: 'elsewhere' });
});

test('a module moves to the device, computes there and moves back', async () => {
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

test('a layer created on the device loads values from the CPU', async () => {
  const m = new Linear(2, 2, { device: 'elsewhere' });
  expect(m.weight.device).toBe('elsewhere');
  m.loadStateDict({ weight: ones([2, 2]), bias: zeros([2]) });
  expect(m.weight.device).toBe('elsewhere');
  expect((await m.weight.cpu()).toArray()).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test('a failed move changes nothing', () => {
  const net = new Sequential(new Linear(1, 1), new Linear(1, 1));
  const before = net[0].weight.toArray();
  const dict = net.stateDict();
  dict['0.weight'] = ones([1, 1]).add(net[0].weight.detach());
  dict['1.bias'] = ones([1], { device: 'elsewhere' });
  expect(() => net.loadStateDict(dict)).toThrow(
    /^loadStateDict: "1\.bias": the tensor is on device 'elsewhere'.*await x\.cpu\(\)/,
  );
  expect(() => net.loadStateDict(dict)).not.toThrow(FormatError);
  expect(net[0].weight.toArray()).toEqual(before);
});

// A layer must not read values on the device: it draws them before the move, or computes there.
const inits: Record<keyof typeof init, ((x: Tensor) => unknown) | null> = {
  calculateGain: null,
  constant_: (x) => init.constant_(x, 3),
  dirac_: (x) => init.dirac_(x.unsqueeze(2)),
  eye_: init.eye_,
  kaimingNormal_: init.kaimingNormal_,
  kaimingUniform_: init.kaimingUniform_,
  normal_: init.normal_,
  ones_: init.ones_,
  orthogonal_: init.orthogonal_,
  sparse_: (x) => init.sparse_(x, 0.5),
  truncNormal_: (x) => {
    init.truncNormal_(x.select(0, 0), 0, 1, -0.5, 0.5);
    init.truncNormal_(x.select(0, 1), 0, 1, 2, 3);
  },
  uniform_: init.uniform_,
  xavierNormal_: init.xavierNormal_,
  xavierUniform_: init.xavierUniform_,
  zeros_: init.zeros_,
};

test.each(Object.entries(inits))('init.%s gives there what it gives here', async (_, fill) => {
  const [here, there] = ['cpu', 'elsewhere'].map((device) => {
    const x = zeros([8, 6], { device });
    manualSeed(3);
    fill?.(x);
    return x;
  }) as [Tensor, Tensor];
  expect((await there.cpu()).toArray()).toEqual(here.toArray());
});

test.each([0.1, null])('batch normalization with momentum %s', async (momentum) => {
  const [here, there] = ['cpu', 'elsewhere'].map(
    (device) => new nn.BatchNorm1d(3, { momentum, device }),
  ) as [nn.BatchNorm1d, nn.BatchNorm1d];
  for (let step = 0; step < 3; step++) {
    const x = randn([4, 3]).mul(step + 1);
    const out = here.forward(x);
    expect((await there.forward(x.to('elsewhere' as string)).cpu()).toArray()).toEqual(
      out.toArray(),
    );
  }
  await there.cpu();
  for (const [name, x] of Object.entries(here.stateDict())) {
    expect(there.stateDict()[name]?.toArray(), name).toEqual(x.toArray());
  }
  expect(here.runningMean!.toArray()).not.toEqual([0, 0, 0]);
});

test('an operation that would read values on the device throws, naming the called function', () => {
  const there = new Linear(2, 1, { device: 'elsewhere' });
  const here = new Linear(2, 1);
  for (const x of [...there.parameters(), ...here.parameters()]) {
    x.grad = ones(x.shape, { device: x.device });
  }
  const refusals: [() => unknown, RegExp][] = [
    [
      () => clipGradNorm_(there.parameters(), 1, { errorIfNonfinite: true }),
      /^clipGradNorm_: errorIfNonfinite: .*'elsewhere'.*\(await norm\.cpu\(\)\)\.item\(\)/,
    ],
    [
      () => clipGradNorm_([...here.parameters(), ...there.parameters()], 1),
      /^clipGradNorm_: .*'cpu' and 'elsewhere'.*move the model to one device/,
    ],
    [() => there.to('cpu'), /^Module\.to: .*'elsewhere'.*await module\.cpu\(\)/],
  ];
  for (const [call, message] of refusals) {
    expect(call).toThrow(DeviceError);
    expect(call).toThrow(message);
  }
  expect(clipGradNorm_(there.parameters(), 1).device).toBe('elsewhere');
});
