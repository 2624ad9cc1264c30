// The devices: which ones there are, how to start one, and how a step is run on one.
import { scope } from '@dl/core';
import type { DeviceState } from '../shared/messages.js';
import type { DeviceName } from '../shared/settings.js';

/** What this build of the page and this browser can compute with. */
export async function findDevices(): Promise<DeviceState[]> {
  return [
    { name: 'cpu', missing: null },
    { name: 'webgpu', missing: await missingWebgpu() },
  ];
}

async function missingWebgpu(): Promise<string | null> {
  return 'This build of the page brings no WebGPU backend; it computes on the CPU.';
}

/**
 * Makes a device usable.
 *
 * @throws Error with a sentence for the user if it is not there.
 */
export async function startDevice(name: DeviceName): Promise<void> {
  if (name === 'cpu') return;
  const missing = await missingWebgpu();
  if (missing !== null) throw new Error(missing);
}

/** Runs one step of a training, and gives back the device memory that only the step needed. */
export const runStep = <T>(body: () => T): T => scope(body);
