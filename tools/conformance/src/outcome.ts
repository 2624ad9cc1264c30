// The suite where there are no files: the goldens are given, and its outcome is a value.
import { webgpu } from '@dl/backend-webgpu';
import { missingDtypes } from 'dl-devices/dtypes';
import type { Goldens } from './goldens.js';
import { type RunOptions, runSuite } from './run.js';

export type { Goldens };

export interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly dispatches: number;
  /** How often each method of the contract was called, as one line. */
  readonly calls: string;
}

/** Runs the suite, or a part of it, on `cpu` or `webgpu`. */
export async function outcomeOf(
  device: string,
  goldens: Goldens,
  part: Pick<RunOptions, 'sample' | 'operators' | 'lengths'> = {},
): Promise<Outcome> {
  if (device === 'webgpu') await webgpu.init();
  const without = missingDtypes[device] ?? [];
  const { passed, failed, calls } = await runSuite({
    device,
    goldens,
    without,
    ...part,
  });
  const dispatches = device === 'webgpu' ? webgpu.counts().dispatches : 0;
  return { passed, failed, dispatches, calls: calls.text() };
}
