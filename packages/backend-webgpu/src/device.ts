// The adapter and the device, in Node and in browsers, and the errors of opening them.
/// <reference types="@webgpu/types" />
import { DeviceError } from '@dl/core/functional';

/** The WebGPU object of a browser or of Node. */
export interface Found {
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
  /** Whether the adapter runs on the CPU, where all memory is the same. */
  readonly software: boolean;
}

interface NodeModule {
  create(options: string[]): GPU;
}

/** Dawn's WebGPU object in Node: its adapters are valid only as long as it is referenced. */
let held: GPU | null = null;

/** The WebGPU object, or a sentence that says why there is none. */
async function entry(): Promise<GPU | string> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own !== undefined) return own;
  if (held !== null) return held;
  if (typeof process === 'undefined' || process.versions?.node === undefined) {
    return 'this browser has no WebGPU, or the page is not served over https';
  }
  try {
    // The name is in a variable so that bundlers for browsers do not resolve it.
    const name = 'webgpu';
    const module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as NodeModule;
    held ??= module.create([]);
    return held;
  } catch (e) {
    return `the package 'webgpu' does not load; npm i webgpu (${(e as Error).message.split('\n')[0]})`;
  }
}

/** The adapter, or why there is none. */
export async function findAdapter(): Promise<GPUAdapter | string> {
  const gpu = await entry();
  if (typeof gpu === 'string') return gpu;
  const adapter = await gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch(() => null);
  return adapter ?? 'no adapter was found; a driver for Vulkan, Metal or Direct3D 12 is needed';
}

const wanted = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
] as const;

/** Limits that the kernels need: WebGPU guarantees them, but adapters in compatibility mode have less. */
const needed: { readonly [name: string]: number } = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
};

/** The device with the adapter's full limits; throws a DeviceError that names what is missing. */
export async function openDevice(): Promise<Found> {
  const adapter = await findAdapter();
  if (typeof adapter === 'string') {
    throw new DeviceError(`webgpu: not available: ${adapter}; use device 'cpu' instead`);
  }
  for (const [name, least] of Object.entries(needed)) {
    const has = (adapter.limits as unknown as Record<string, number>)[name] ?? 0;
    if (has < least) {
      throw new DeviceError(
        `webgpu: the adapter's limit ${name} is ${has}, but at least ${least} is needed; try another adapter or driver, or use device 'cpu' instead`,
      );
    }
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of wanted) requiredLimits[name] = adapter.limits[name];
  const { architecture, description, isFallbackAdapter } = adapter.info;
  const software =
    isFallbackAdapter === true ||
    /swiftshader|llvmpipe|basic render/i.test(`${architecture} ${description}`);
  const requiredFeatures: GPUFeatureName[] = adapter.features.has('subgroups') ? ['subgroups'] : [];
  const device = await adapter
    .requestDevice({ requiredLimits, requiredFeatures })
    .catch((e: Error) => {
      throw new DeviceError(
        `webgpu: the adapter did not return a device (${e.message.split('\n')[0]}); reload the page, update the driver, or use device 'cpu' instead`,
      );
    });
  return { adapter, device, software };
}
