// Types of progress.mjs, for vitest.config.ts.
import type { Reporter, TestSequencerConstructor } from 'vitest/node';

export const Progress: new () => Reporter;
export const LongestFirst: TestSequencerConstructor;
