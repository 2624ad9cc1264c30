// Values on another device: the CPU backend under another name.
import { cpuBackend, DeviceError, registerBackend, type Tensor, tensor } from '@dl/core';
import { beforeAll, expect, test } from 'vitest';
import { Adam, ReduceLROnPlateau, SGD } from '../src/index.js';

beforeAll(() => {
  registerBackend({ ...cpuBackend, device: 'elsewhere' });
});

const there = (x: number): Tensor => tensor([x], { device: 'elsewhere' });
const leaf = (): Tensor => tensor([1], { requiresGrad: true });

/** The state dict of an Adam after one step. */
function trained(): ReturnType<Adam['stateDict']> {
  const x = leaf();
  const adam = new Adam([x], { lr: 0.1 });
  x.mul(2).sum().backward();
  adam.step();
  return adam.stateDict();
}

test.each<[string, () => unknown, RegExp]>([
  [
    'a metric',
    () => new ReduceLROnPlateau(new SGD([leaf()], { lr: 0.1 })).step(there(1)),
    /^ReduceLROnPlateau\.step: .*'elsewhere'.*step\(\(await metrics\.cpu\(\)\)\.item\(\)\)/,
  ],
  [
    'a rate',
    () => {
      const dict = trained();
      for (const group of dict.param_groups) group.lr = there(1);
      new Adam([leaf()], {}).loadStateDict(dict);
    },
    /^Adam\.loadStateDict: 'lr' of group 0: .*await x\.cpu\(\)/,
  ],
  ...['step', 'exp_avg'].map((key): [string, () => unknown, RegExp] => [
    key,
    () => {
      const dict = trained();
      for (const state of Object.values(dict.state)) state[key] = there(1);
      new Adam([leaf()], {}).loadStateDict(dict);
    },
    new RegExp(`^Adam\\.loadStateDict: '${key}' of parameter 0: .*await x\\.cpu\\(\\)`),
  ]),
])('%s on the device throws, naming the called function', (_, call, message) => {
  expect(call).toThrow(DeviceError);
  expect(call).toThrow(message);
});
