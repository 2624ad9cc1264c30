// What users call: init, what is there, memory, and the current device.
import { aliasDevice, DeviceError, registerBackend } from '@dl/core/functional';
import { type CudaBackend, cudaBackend } from './backend.js';
import { translate } from './failure.js';
import type { NativeMemory } from './native.js';
import { type Opened, open, openDriver, versionText } from './open.js';
import type { KernelStats } from './runtime.js';

/** What `init` found. */
export interface CudaReport {
  /** CUDA version that the driver is for: '12.4'. */
  readonly driver: string;
  /** Version of the compiler: '13.0'. */
  readonly nvrtc: string;
  /** Version of cuBLAS; null if it is not there and products use kernels of our own. */
  readonly cublas: string | null;
  readonly devices: readonly { readonly name: string; readonly capability: string }[];
}

let report: CudaReport | undefined;
const started: CudaBackend[] = [];
let current = 0;

/**
 * Whether device `cuda` can be used here: the driver, a device and the compiler are there (PyTorch:
 * `torch.cuda.is_available`). Never throws; `unavailable()` says why not.
 *
 * @example const device = cuda.isAvailable() ? 'cuda' : 'cpu';
 */
export function isAvailable(): boolean {
  return unavailable() === null;
}

/**
 * Why device `cuda` cannot be used here, with what to do about it; null if it can.
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
 * How many devices the driver sees; 0 without a driver (PyTorch: `torch.cuda.device_count`).
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
 * Makes every NVIDIA device usable as `'cuda:0'`, `'cuda:1'`, …, and `'cuda'` a name of the current one.
 * Call it once before using them; calling it again changes nothing.
 *
 * @returns the versions of driver, compiler and cuBLAS, and the devices.
 * @throws DeviceError if the driver, a device or the compiler is missing, saying which and what to do.
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

/** The number of a device: of `'cuda:1'`, of 1, or the current one. */
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
      `${operation}: there is no device '${device}'; ${count === 0 ? (unavailable() ?? 'call `await cuda.init()` first') : `valid are 0 to ${count - 1}, or 'cuda:0' to 'cuda:${count - 1}'`}`,
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

/** What a device says of itself (PyTorch: `torch.cuda.get_device_properties`). */
export interface DeviceProperties {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** Bytes. */
  readonly totalMemory: number;
  readonly multiProcessorCount: number;
}

/**
 * Name, capability, memory and processors of a device (PyTorch: `torch.cuda.get_device_properties`).
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

/** The number of the device that `'cuda'` means (PyTorch: `torch.cuda.current_device`). */
export function currentDevice(): number {
  return current;
}

/**
 * Has `'cuda'` mean another device from now on (PyTorch: `torch.cuda.set_device`).
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

/** What a device's allocator has done, in bytes and counts (PyTorch: `torch.cuda.memory_stats`). */
export type MemoryStats = NativeMemory;

/** All numbers of a device's allocator (PyTorch: `torch.cuda.memory_stats`). */
export function memoryStats(device?: number | string): MemoryStats {
  return backendAt('memoryStats', device).stats();
}

/**
 * Bytes that tensors hold (PyTorch: `torch.cuda.memory_allocated`).
 *
 * @example cuda.memoryAllocated()
 */
export function memoryAllocated(device?: number | string): number {
  return memoryStats(device).live;
}

/** The most that tensors held at any time (PyTorch: `torch.cuda.max_memory_allocated`). */
export function maxMemoryAllocated(device?: number | string): number {
  return memoryStats(device).peakLive;
}

/**
 * Has the peaks of a device's memory count from now on (PyTorch: `torch.cuda.reset_peak_memory_stats`).
 *
 * @example cuda.resetPeakMemoryStats(); step(); cuda.maxMemoryAllocated()
 */
export function resetPeakMemoryStats(device?: number | string): void {
  backendAt('resetPeakMemoryStats', device).runtime.resetPeak();
}

/** Bytes taken from the device, in use or kept for later (PyTorch: `torch.cuda.memory_reserved`). */
export function memoryReserved(device?: number | string): number {
  return memoryStats(device).reserved;
}

/** Free and total bytes of the device, all processes together (PyTorch: `torch.cuda.mem_get_info`). */
export function memGetInfo(device?: number | string): [free: number, total: number] {
  const { free, total } = memoryStats(device);
  return [free, total];
}

/** Gives memory that is kept for later tensors back to the device (PyTorch: `torch.cuda.empty_cache`). */
export function emptyCache(device?: number | string): void {
  if (device !== undefined) backendAt('emptyCache', device).emptyCache();
  else for (const backend of started) backend.emptyCache();
}

/**
 * How many kernels a device was given, and where they came from.
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
    ['held by tensors', mib(s.live)],
    ['at most so far', mib(s.peakLive)],
    ['kept for later', mib(s.pooled)],
    ['taken from the device', mib(s.reserved)],
    ['at most so far', mib(s.peakReserved)],
    ['page-locked on the host', mib(s.pinned)],
    ['free on the device', `${mib(s.free)} of ${mib(s.total)}`],
    ['allocations of the driver', String(s.taken)],
    ['times it was full', String(s.retries)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [backend.device, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join(
    '\n',
  );
}

let allowTf32 = false;

/**
 * Whether products of float32 matrices may round their inputs to TF32, which is faster and has ten bits
 * of fraction (PyTorch: `torch.backends.cuda.matmul.allow_tf32`). Off unless switched on, as there.
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
