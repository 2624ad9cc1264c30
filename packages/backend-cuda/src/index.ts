// The public exports of @dl/backend-cuda: one import for everything.

export type { CudaReport, DeviceProperties, MemoryStats } from './cuda.js';
/** Everything about the device: availability, initialization, memory. */
export * as cuda from './cuda.js';
export { deviceCount, init, isAvailable } from './cuda.js';
export type { KernelStats } from './runtime.js';
