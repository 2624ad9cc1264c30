// Without a driver: every function says so in one sentence that names what is missing and what to do.
import { DeviceError, tensor } from '@dl/core';
import { afterEach, describe, expect, it } from 'vitest';
import { cuda } from '../src/index.js';
import { candidates } from '../src/libraries.js';
import './helper.js';

const kept = { ...process.env };
afterEach(() => {
  process.env = { ...kept };
});

/** No driver, even if this machine has one. */
function withoutDriver(): void {
  process.env.DL_CUDA_DRIVER = '/nowhere/libcuda.so.1';
}

describe('without a driver', () => {
  it('queries return instead of throwing', () => {
    withoutDriver();
    expect(cuda.isAvailable()).toBe(false);
    expect(cuda.deviceCount()).toBe(0);
    expect(cuda.unavailable()).toContain('libcuda.so.1');
  });

  it('init() throws one DeviceError that names the library and the fix', async () => {
    withoutDriver();
    const error = await cuda.init().then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(DeviceError);
    const { message } = error as DeviceError;
    expect(message).toMatch(/^cuda: .*libcuda\.so\.1.*cannot be opened/);
    expect(message).toContain("install NVIDIA's driver");
    expect(message.split('\n')).toHaveLength(1);
  });

  it('errors about a device name it and the reason', () => {
    withoutDriver();
    for (const f of [cuda.getDeviceName, cuda.getDeviceCapability, cuda.memorySummary]) {
      expect(() => f(0)).toThrow(DeviceError);
      expect(() => f(0)).toThrow(/libcuda\.so\.1/);
    }
    expect(() => tensor([1]).to('cuda')).toThrow(/npm i @dl\/backend-cuda, then `await cuda.init/);
  });
});

describe('the search for libraries', () => {
  it('uses only the file that a variable names', () => {
    process.env.DL_CUDA_NVRTC = '/x/libnvrtc.so.99';
    expect(candidates('nvrtc', 12040)).toEqual(['/x/libnvrtc.so.99']);
  });

  it('leaves out libraries newer than the driver, and prefers the newest that fits', () => {
    delete process.env.DL_CUDA_NVRTC;
    const names = (driver: number | null): string[] =>
      candidates('nvrtc', driver).filter((p) => !p.includes('/'));
    expect(names(12040)).toEqual(['libnvrtc.so.12']);
    expect(names(13000)).toEqual(['libnvrtc.so.13', 'libnvrtc.so.12']);
    expect(names(null)).toEqual(['libnvrtc.so.13', 'libnvrtc.so.12']);
  });
});
