// Runs the suite and says what came of it.
import { Calls } from './calls.js';
import { BACKEND, runParts, type SuiteOptions, suite } from './suite.js';

/** What came of a run. */
export interface Report {
  readonly passed: number;
  /** Each failure as one text: the case, the check, what is wrong. */
  readonly failed: readonly string[];
  readonly calls: Calls;
}

export interface RunOptions extends Omit<SuiteOptions, 'calls'> {
  /** Only operators whose name holds this text. Default: all. */
  readonly filter?: string;
  /** How often each operator's cases run; what no operator does is checked once. Default: once. */
  readonly times?: number;
}

/**
 * Runs the suite, or a part of it, on a registered device. A method of the contract that a run of all
 * operators has not called is a failure.
 */
export async function runSuite({
  filter = '',
  times = 1,
  ...options
}: RunOptions): Promise<Report> {
  const calls = new Calls();
  const failed: string[] = [];
  let passed = 0;
  const groups = suite({ ...options, calls }).filter((g) => g.operator.includes(filter));
  for (let time = 0; time < times; time++) {
    const parts = groups
      .filter((g) => time === 0 || g.operator !== BACKEND)
      .flatMap((g) => g.parts);
    for (const { id, check, failure } of await runParts(parts, { ...options, calls })) {
      if (failure === null) passed++;
      else failed.push(`${id}, ${check}: ${failure}`);
    }
  }
  if (filter === '') {
    for (const method of calls.never()) {
      failed.push(`the contract: ${method} was never called on device ${options.device}`);
    }
  }
  return { passed, failed, calls };
}
