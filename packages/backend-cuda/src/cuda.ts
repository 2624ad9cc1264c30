// The public functions: init, availability, memory, and the current device.
import { aliasDevice, DeviceError, registerBackend } from '@dl/core/functional';
import { type CudaBackend, cudaBackend } from './backend.js';
import { translate } from './failure.js';
import type { NativeMemory } from './native.js';
import { type Opened, open, openDriver, versionText } from './open.js';
import type { KernelStats } from './runtime.js';

/** What `init` found. */
export interface CudaReport {
  /** CUDA version that the driver supports: '12.4'. */
  readonly driver: string;
  /** Version of the compiler: '13.0'. */
  readonly nvrtc: string;
  /** Version of cuBLAS; null if it is not available and products use our own kernels. */
  readonly cublas: string | null;
  readonly devices: readonly { readonly name: string; readonly capability: string }[];
}

let report: CudaReport | undefined;
const started: CudaBackend[] = [];
let current = 0;

/**
 * Whether device `cuda` can be used here: a driver, a device and the compiler are available (PyTorch:
 * `torch.cuda.is_available`). Never throws; `unavailable()` says why not.
 *
 * @example const device = cuda.isAvailable() ? 'cuda' : 'cpu';
 */
export function isAvailable(): boolean {
  return unavailable() === null;
}

/**
 * Why device `cuda` cannot be used here, and what to do about it; null if it can.
 *
 * @example console.log(cuda.unavailable() ?? 'ready')
 */
export function unavailable(): string | null {
  try {
    open();
    return null;
  } catch (e) {
    if (e instanceof DeviceError) return e.message;
    throw e;
  }
}

/**
 * The number of devices that the driver reports; 0 without a driver (PyTorch: `torch.cuda.device_count`).
 *
 * @example cuda.deviceCount()
 */
export function deviceCount(): number {
  try {
    return openDriver().info.count;
  } catch (e) {
    if (e instanceof DeviceError) return 0;
    throw e;
  }
}

/**
 * Makes every NVIDIA device available as `'cuda:0'`, `'cuda:1'`, …; `'cuda'` stands for the current one. Call it once
 * before using them; calling it again has no effect.
 *
 * @returns the versions of driver, compiler and cuBLAS, and the devices.
 * @throws DeviceError if the driver, a device or the compiler is missing; the message says which, and what to do.
 * @example
 * await cuda.init();
 * const x = randn([64, 784]).to('cuda');
 */
export async function init(): Promise<CudaReport> {
  if (report !== undefined) return report;
  const all = open();
  const devices = Array.from({ length: all.driver.count }, (_, i) => all.addon.deviceInfo(i));
  for (const [i, device] of devices.entries()) {
    const backend = cudaBackend(all, i, device, () => allowTf32);
    started.push(backend);
    registerBackend(backend);
  }
  aliasDevice('cuda', `cuda:${current}`);
  report = {
    driver: versionText(all.driver.version),
    nvrtc: `${all.nvrtc.major}.${all.nvrtc.minor}`,
    cublas: all.cublas?.version ?? null,
    devices: devices.map((d) => ({ name: d.name, capability: `${d.major}.${d.minor}` })),
  };
  return report;
}

/** The index of a device: given as `'cuda:1'`, as 1, or by default the current one. */
function indexOf(operation: string, device?: number | string): number {
  if (device === undefined) return current;
  const i =
    typeof device === 'number'
      ? device
      : device === 'cuda'
        ? current
        : Number(/^cuda:(\d+)$/.exec(device)?.[1] ?? NaN);
  const count = deviceCount();
  if (!Number.isInteger(i) || i < 0 || i >= count) {
    throw new DeviceError(
      `${operation}: device '${device}' is not available; ${count === 0 ? (unavailable() ?? 'call `await cuda.init()` first') : `valid are 0 to ${count - 1}, or 'cuda:0' to 'cuda:${count - 1}'`}`,
    );
  }
  return i;
}

function backendAt(operation: string, device?: number | string): CudaBackend {
  const found = started[indexOf(operation, device)];
  if (found === undefined) {
    throw new DeviceError(`${operation}: call \`await cuda.init()\` once before using the device`);
  }
  return found;
}

function ask<T>(operation: string, index: number, body: (all: Opened['addon']) => T): T {
  try {
    return body(openDriver().addon);
  } catch (e) {
    throw translate(e, `cuda:${index}`, operation);
  }
}

/**
 * The name of a device (PyTorch: `torch.cuda.get_device_name`).
 *
 * @example cuda.getDeviceName(0) // 'NVIDIA H200'
 */
export function getDeviceName(device?: number | string): string {
  const i = indexOf('getDeviceName', device);
  return ask('getDeviceName', i, (addon) => addon.deviceInfo(i).name);
}

/**
 * The compute capability of a device (PyTorch: `torch.cuda.get_device_capability`).
 *
 * @example cuda.getDeviceCapability(0) // [9, 0]
 */
export function getDeviceCapability(device?: number | string): [major: number, minor: number] {
  const i = indexOf('getDeviceCapability', device);
  const { major, minor } = ask('getDeviceCapability', i, (addon) => addon.deviceInfo(i));
  return [major, minor];
}

/** The properties of a device (PyTorch: `torch.cuda.get_device_properties`). */
export interface DeviceProperties {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** Bytes. */
  readonly totalMemory: number;
  readonly multiProcessorCount: number;
}

/**
 * Name, compute capability, memory and multiprocessors of a device (PyTorch: `torch.cuda.get_device_properties`).
 *
 * @example cuda.getDeviceProperties(0).totalMemory
 */
export function getDeviceProperties(device?: number | string): DeviceProperties {
  const i = indexOf('getDeviceProperties', device);
  const d = ask('getDeviceProperties', i, (addon) => addon.deviceInfo(i));
  return {
    name: d.name,
    major: d.major,
    minor: d.minor,
    totalMemory: d.memory,
    multiProcessorCount: d.multiprocessors,
  };
}

/** The index of the device that `'cuda'` stands for (PyTorch: `torch.cuda.current_device`). */
export function currentDevice(): number {
  return current;
}

/**
 * Changes the device that `'cuda'` stands for (PyTorch: `torch.cuda.set_device`).
 *
 * @example cuda.setDevice(1); tensor([1]).to('cuda').device // 'cuda:1'
 */
export function setDevice(device: number | string): void {
  current = indexOf('setDevice', device);
  aliasDevice('cuda', `cuda:${current}`);
}

/**
 * Resolves when the work enqueued so far is done (PyTorch: `torch.cuda.synchronize`).
 *
 * @example await cuda.synchronize()
 */
export async function synchronize(device?: number | string): Promise<void> {
  await backendAt('synchronize', device).sync();
}

/** The statistics of a device's allocator, in bytes and counts (PyTorch: `torch.cuda.memory_stats`). */
export type MemoryStats = NativeMemory;

/** All statistics of a device's allocator (PyTorch: `torch.cuda.memory_stats`). */
export function memoryStats(device?: number | string): MemoryStats {
  return backendAt('memoryStats', device).stats();
}

/**
 * Bytes used by tensors (PyTorch: `torch.cuda.memory_allocated`).
 *
 * @example cuda.memoryAllocated()
 */
export function memoryAllocated(device?: number | string): number {
  return memoryStats(device).live;
}

/** The maximum number of bytes used by tensors (PyTorch: `torch.cuda.max_memory_allocated`). */
export function maxMemoryAllocated(device?: number | string): number {
  return memoryStats(device).peakLive;
}

/**
 * Resets the peaks of a device's memory to the current values (PyTorch: `torch.cuda.reset_peak_memory_stats`).
 *
 * @example cuda.resetPeakMemoryStats(); step(); cuda.maxMemoryAllocated()
 */
export function resetPeakMemoryStats(device?: number | string): void {
  backendAt('resetPeakMemoryStats', device).runtime.resetPeak();
}

/** Bytes reserved on the device, in use or kept for later tensors (PyTorch: `torch.cuda.memory_reserved`). */
export function memoryReserved(device?: number | string): number {
  return memoryStats(device).reserved;
}

/** Free and total bytes of the device, for all processes together (PyTorch: `torch.cuda.mem_get_info`). */
export function memGetInfo(device?: number | string): [free: number, total: number] {
  const { free, total } = memoryStats(device);
  return [free, total];
}

/** Returns the memory kept for later tensors to the device (PyTorch: `torch.cuda.empty_cache`). */
export function emptyCache(device?: number | string): void {
  if (device !== undefined) backendAt('emptyCache', device).emptyCache();
  else for (const backend of started) backend.emptyCache();
}

/**
 * The number of kernels launched on a device, and where the kernels came from.
 *
 * @example cuda.kernelStats().launches
 */
export function kernelStats(device?: number | string): KernelStats {
  return backendAt('kernelStats', device).runtime.kernelStats();
}

/**
 * A device's memory as a table (PyTorch: `torch.cuda.memory_summary`).
 *
 * @example console.log(cuda.memorySummary())
 */
export function memorySummary(device?: number | string): string {
  const backend = backendAt('memorySummary', device);
  const s = backend.stats();
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const rows: [string, string][] = [
    ['used by tensors', mib(s.live)],
    ['peak', mib(s.peakLive)],
    ['kept for later', mib(s.pooled)],
    ['reserved on the device', mib(s.reserved)],
    ['peak', mib(s.peakReserved)],
    ['page-locked on the host', mib(s.pinned)],
    ['free on the device', `${mib(s.free)} of ${mib(s.total)}`],
    ['driver allocations', String(s.taken)],
    ['times it was full', String(s.retries)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [backend.device, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join(
    '\n',
  );
}

let allowTf32 = false;

/**
 * Sets whether products of float32 matrices may round their inputs to TF32, which is faster but has only ten bits of
 * fraction (PyTorch: `torch.backends.cuda.matmul.allow_tf32`). Off by default, as in PyTorch.
 *
 * @example cuda.setAllowTf32(true)
 */
export function setAllowTf32(on: boolean): void {
  allowTf32 = on;
}

/** Whether products of float32 matrices may round their inputs to TF32. */
export function getAllowTf32(): boolean {
  return allowTf32;
}
