// The devices of this process: backends register here by an explicit call.
import { DeviceError } from '../errors.js';
import type { Backend } from './contract.js';
import { cpuBackend } from './cpu/index.js';

const backends = new Map<string, Backend>([['cpu', cpuBackend]]);
const aliases = new Map<string, string>();

// What to suggest for a device that users may reasonably request.
const packages: Record<string, string> = {
  webgpu: 'npm i @dl/backend-webgpu, then `await webgpu.init()` once before using the device',
  cuda: 'npm i @dl/backend-cuda, then `await cuda.init()` once before using the device',
};

/**
 * Makes a device available, or replaces its backend by a faster one.
 *
 * @example registerBackend(myBackend); // from then on x.to(myBackend.device) works
 */
export function registerBackend(backend: Backend): void {
  backends.set(backend.device, backend);
}

/**
 * Adds an alias for a device, or changes what an alias means: `'cuda'` stands for the current one of `'cuda:0'`,
 * `'cuda:1'`, ….
 *
 * @example aliasDevice('cuda', 'cuda:0') // x.to('cuda').device is 'cuda:0'
 */
export function aliasDevice(name: string, device: string): void {
  aliases.set(name, device);
}

/** All backends of this process. */
export function registeredBackends(): Iterable<Backend> {
  return backends.values();
}

/** The backend of a device; throws an error that says what to install or call if it is not available. */
export function backendOf(device: string, operator = 'device'): Backend {
  const found = backends.get(device) ?? backends.get(aliases.get(device) ?? '');
  if (found !== undefined) return found;
  const [type] = device.split(':') as [string];
  const names = [...backends.keys()];
  // The device type is available, but another index was requested.
  const started = names.some((name) => name.split(':')[0] === type);
  const fix = (started ? undefined : packages[type]) ?? `devices here: ${names.join(', ')}`;
  throw new DeviceError(`${operator}: device '${device}' is not available; ${fix}`);
}
