// The devices: which ones there are, how to start one, and how a step is run on one.
import { DeviceError, scope, type Tensor } from '@dl/core/functional';
import type { DeviceState } from '../shared/messages.js';
import type { DeviceName } from '../shared/settings.js';

type WebGPU = typeof import('@dl/backend-webgpu')['webgpu'];

let backend: Promise<WebGPU> | null = null;

/** The backend's code, fetched when it is first asked for. */
function loadWebgpu(): Promise<WebGPU> {
  backend ??= import('@dl/backend-webgpu').then(({ webgpu }) => webgpu);
  return backend;
}

/** What this browser can compute with. */
export async function findDevices(): Promise<DeviceState[]> {
  return [
    { name: 'cpu', missing: null },
    { name: 'webgpu', missing: await missingWebgpu() },
  ];
}

/** Why there is no WebGPU, as a sentence for the user; null if there is. */
async function missingWebgpu(): Promise<string | null> {
  if ((globalThis.navigator as { gpu?: unknown } | undefined)?.gpu === undefined) {
    return 'WebGPU is not available: this browser does not support it, or the page was not loaded over https. Everything runs on the CPU.';
  }
  try {
    const webgpu = await loadWebgpu();
    if (await webgpu.isAvailable()) return null;
    return 'WebGPU is not available: the browser supports it but finds no graphics adapter. Everything runs on the CPU.';
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `WebGPU is not available: ${why}. Everything runs on the CPU.`;
  }
}

/**
 * Makes a device usable.
 *
 * @throws DeviceError with a sentence for the user if it is not there.
 */
export async function startDevice(name: DeviceName): Promise<void> {
  if (name === 'cpu') return;
  const missing = await missingWebgpu();
  if (missing !== null) throw new DeviceError(missing);
  try {
    await (await loadWebgpu()).init();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DeviceError(`WebGPU could not be started: ${why}`);
  }
}

/** Runs one step of a training, and gives back the device memory that only the step needed. */
export const runStep = <T>(body: () => T): T => scope(body);

/** A tensor's elements, read from its device; on the CPU they are the tensor's own. */
export async function readBack(x: Tensor): Promise<Float32Array> {
  return (await x.detach().cpu()).contiguous().data() as Float32Array;
}
