// Errors of adapters and devices: each is one error that says what to do about it.
import { DeviceError, registerBackend, tensor } from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { webgpuBackend } from '../src/backend.js';
import { openDevice } from '../src/device.js';
import { Runtime } from '../src/runtime.js';

/** A browser with this adapter. */
const browserWith = (adapter: unknown): void => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => adapter } });
};

afterEach(() => {
  vi.unstubAllGlobals();
});

const limits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
};

describe('opening the device', () => {
  it('without an adapter names what is missing', async () => {
    browserWith(null);
    const failure = openDevice();
    await expect(failure).rejects.toThrow(DeviceError);
    await expect(failure).rejects.toThrow(/no adapter was found; a driver .* device 'cpu'/);
  });

  it('on an adapter with too small a limit names the limit', async () => {
    browserWith({ limits: { ...limits, maxComputeInvocationsPerWorkgroup: 128 } });
    await expect(openDevice()).rejects.toThrow(
      /limit maxComputeInvocationsPerWorkgroup is 128, but at least 256 is needed/,
    );
  });

  it('on an adapter that returns no device says so', async () => {
    const requestDevice = async () => {
      throw new Error('used up');
    };
    browserWith({ limits, info: {}, features: new Set(), requestDevice });
    await expect(openDevice()).rejects.toThrow(/did not return a device \(used up\).*device 'cpu'/);
  });
});

describe('errors of the device', () => {
  it('are thrown once at the next call, and later calls work', async () => {
    provideAdapter();
    const { device } = await openDevice();
    const runtime = new Runtime(device, true);
    registerBackend(webgpuBackend(runtime));
    const x = tensor([1, 2]).to('webgpu');
    class GPUOutOfMemoryError extends Error {}
    const raise = (error: Error): boolean =>
      device.dispatchEvent(
        Object.assign(new Event('uncapturederror'), { error }) as unknown as Event,
      );
    raise(new GPUOutOfMemoryError('no more'));
    expect(() => x.add(1)).toThrow(/out of memory .*smaller batch, scope/);
    expect((await x.add(1).cpu()).toArray()).toEqual([2, 3]);
    raise(new Error('a shader is wrong'));
    expect(() => x.add(1)).toThrow(/refused by the device: a shader is wrong/);
    expect((await x.add(1).cpu()).toArray()).toEqual([2, 3]);
  });
});
