// Converts errors of the addon to errors that say what to do.
import { DeviceError } from '@dl/core/functional';

/** An error of the addon: `kind` is where it comes from, `reason` the library's name for it. */
export interface NativeFailure extends Error {
  readonly kind:
    | 'driver'
    | 'nvrtc'
    | 'compile'
    | 'cublas'
    | 'library'
    | 'memory'
    | 'missing'
    | 'lost'
    | 'use';
  readonly status: number;
  readonly reason: string;
}

/** Whether an error came from the addon. */
export const isNative = (e: unknown): e is NativeFailure =>
  e instanceof Error && typeof (e as { kind?: unknown }).kind === 'string';

/** The fix for an error that a device may report. */
function fix({ kind, reason }: NativeFailure, device: string): string {
  if (kind === 'memory') {
    return 'use smaller batches, wrap the step in scope(() => …), or free tensors with dispose()';
  }
  if (kind === 'lost') {
    return `'${device}' can no longer be used in this process: save CPU copies of important data and start a new process; with CUDA_LAUNCH_BLOCKING=1 the error names the kernel`;
  }
  if (kind === 'library') return 'install a driver and CUDA libraries that fit each other';
  if (kind === 'driver' && reason === 'CUDA_ERROR_NO_BINARY_FOR_GPU') {
    return 'the compiler is older than the device: install a newer NVRTC';
  }
  return 'please report this with the lines above';
}

/** Converts an error of the addon to a DeviceError that names the device and the operation. */
export function translate(e: unknown, device: string, operation: string): unknown {
  if (!isNative(e)) return e;
  const what =
    e.kind === 'lost' ? `the device failed and is unusable since then: ${e.message}` : e.message;
  return new DeviceError(`${operation} on '${device}': ${what}; ${fix(e, device)}`);
}
