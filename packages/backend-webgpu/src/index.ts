// @dl/backend-webgpu: device `webgpu`, in Node and in browsers.
import {
  DeviceError,
  type DeviceMemory,
  noGrad,
  registerBackend,
  scope,
  type Tensor,
} from '@dl/core/functional';
import { webgpuBackend } from './backend.js';
import { findAdapter, openDevice } from './device.js';
import { type Counts, Runtime } from './runtime.js';

export type { Counts } from './runtime.js';

/** The device in use. */
export interface WebGPUInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
}

let runtime: Runtime | null = null;
let about: WebGPUInfo | null = null;

function opened(operator: string): Runtime {
  if (runtime === null) {
    throw new DeviceError(
      `${operator}: the device is not open; call \`await webgpu.init()\` once before`,
    );
  }
  return runtime;
}

async function init(): Promise<WebGPUInfo> {
  if (runtime !== null && about !== null && !runtime.lost) return about;
  const { adapter, device, software } = await openDevice();
  const { vendor, architecture, description } = adapter.info;
  runtime = new Runtime(device, !software);
  about = { vendor, architecture, description };
  registerBackend(webgpuBackend(runtime));
  return about;
}

/** Device `webgpu`: functions to open it and to inspect it. */
export const webgpu = {
  /**
   * Whether this machine has a WebGPU adapter (PyTorch: `torch.cuda.is_available`). In Node the
   * package `webgpu` must be installed.
   *
   * @example if (await webgpu.isAvailable()) await webgpu.init();
   */
  async isAvailable(): Promise<boolean> {
    return runtime !== null || typeof (await findAdapter()) !== 'string';
  },

  /**
   * Why device `webgpu` cannot be used here, and what to do about it; null if it can.
   *
   * @example console.log((await webgpu.unavailable()) ?? 'ready')
   */
  async unavailable(): Promise<string | null> {
    if (runtime !== null) return null;
    const found = await findAdapter();
    return typeof found === 'string' ? found : null;
  },

  /**
   * Opens the adapter with its full limits and makes device `webgpu` available. A second call has no effect.
   *
   * @throws DeviceError that names what is missing.
   * @example await webgpu.init(); const x = tensor([1, 2]).to('webgpu');
   */
  init,

  /** The adapter in use. @throws DeviceError before `init`. */
  info(): WebGPUInfo {
    opened('webgpu.info');
    return about as WebGPUInfo;
  },

  /**
   * Closes the device and frees all its memory. Tensors on it are lost; `await webgpu.init()` opens a new device.
   *
   * @example webgpu.destroy();
   */
  destroy(): void {
    runtime?.device.destroy();
  },

  /** Numbers of dispatched kernels and of submits so far. @throws DeviceError before `init`. */
  counts(): Counts {
    const { dispatches, submits } = opened('webgpu.counts');
    return { dispatches, submits };
  },

  /** Bytes in use and bytes kept for later tensors. @throws DeviceError before `init`. */
  memory(): DeviceMemory {
    const { live, pooled } = opened('webgpu.memory');
    return { live, pooled };
  },

  /** Returns the memory kept for later tensors to the device (PyTorch: `torch.cuda.empty_cache`). */
  emptyCache(): void {
    opened('webgpu.emptyCache').emptyCache();
  },

  /** Resolves when all work is done (PyTorch: `torch.cuda.synchronize`). */
  async synchronize(): Promise<void> {
    await opened('webgpu.synchronize').sync();
  },

  /**
   * Runs a model once without recording gradients, so that its kernels are compiled before they are timed.
   *
   * @example await webgpu.warmup(model, zeros([1, 784]).to('webgpu'));
   */
  async warmup(model: { forward(x: Tensor): unknown }, sampleInput: Tensor): Promise<void> {
    scope(() => {
      noGrad(() => model.forward(sampleInput));
    });
    await opened('webgpu.warmup').sync();
  },
};
