// The public face of @dl/backend-cuda: one import for everything.

export type { CudaReport, DeviceProperties, MemoryStats } from './cuda.js';
/** Everything about the device: what there is, its start, its memory. */
export * as cuda from './cuda.js';
export { deviceCount, init, isAvailable } from './cuda.js';
export type { KernelStats } from './runtime.js';
