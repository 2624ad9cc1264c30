// The suite where there are no files: the goldens are given, and its outcome is a value.
import { webgpu } from '@dl/backend-webgpu';
import type { Goldens } from './goldens.js';
import { missingDtypes } from './host.js';
import { suite } from './suite.js';

export type { Goldens };

export interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly dispatches: number;
}

/** Runs the suite on `cpu` or `webgpu`. */
export async function outcomeOf(device: string, goldens: Goldens): Promise<Outcome> {
  if (device === 'webgpu') await webgpu.init();
  const failed: string[] = [];
  let passed = 0;
  for (const group of suite({ device, goldens, without: missingDtypes[device] ?? [] })) {
    for (const r of await group.run()) {
      if (r.failure === null) passed++;
      else failed.push(`${r.id}, ${r.check}: ${r.failure}`);
    }
  }
  return { passed, failed, dispatches: device === 'webgpu' ? webgpu.counts().dispatches : 0 };
}
