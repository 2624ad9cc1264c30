// What steps.mjs exports.
import type { Work } from '../src/row.js';

/** Runs `steps` steps; `done` resolves when the device has done them, and is waited for after every `together`. */
export function runSteps(
  work: Work,
  steps: number,
  done?: () => Promise<void>,
  together?: number,
): Promise<void>;
