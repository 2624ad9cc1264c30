// Devices by name: aliases, numbered devices, and messages about devices that are not available.
import { expect, it } from 'vitest';
import { aliasDevice, cpuBackend, registerBackend, tensor, zeros } from '../src/index.js';

it('an alias means the device that it was last assigned', () => {
  registerBackend({ ...cpuBackend, device: 'many:0' });
  registerBackend({ ...cpuBackend, device: 'many:1' });
  expect(() => zeros([1], { device: 'many' })).toThrow(/devices here: .*many:0, many:1/);
  aliasDevice('many', 'many:0');
  expect(zeros([1], { device: 'many' }).device).toBe('many:0');
  expect(tensor([1]).to('many' as string).device).toBe('many:0');
  aliasDevice('many', 'many:1');
  expect(tensor([1]).to('many' as string).device).toBe('many:1');
  expect(() => zeros([1], { device: 'many:2' })).toThrow(/'many:2' is not available; devices here/);
});

it('the message names the package of a device that was not initialized, and the devices of a type that was', () => {
  expect(() => tensor([1]).to('cuda')).toThrow(/npm i @dl\/backend-cuda/);
  registerBackend({ ...cpuBackend, device: 'cuda:0' });
  expect(() => tensor([1]).to('cuda:1')).toThrow(
    /'cuda:1' is not available; devices here: .*cuda:0/,
  );
});
