// Faults that are known: each is told from others by the smallest program that shows it.
import type { Finding, Kind } from './compare.js';
import type { Outcome } from './outcome.js';
import { typescriptLine } from './print.js';
import type { Program } from './program.js';

/** A fault of the library that has been found and is not fixed yet. */
export interface Known {
  readonly id: string;
  /** What is wrong, and why, in a sentence. */
  readonly what: string;
  /** Kinds of runners that show it: `all`, `plain`, `addon`, `addon:avx512`, `webgpu`, `cuda`. */
  readonly runners: readonly string[];
  readonly kinds: readonly Kind[];
  /**
   * Patterns, each of which the shrunk program matches. `.` stays within a line; `[^]*` and a group that is named again
   * tie lines together, such as what makes a tensor and what changes it.
   */
  readonly lines: readonly string[];
  /** A pattern of the finding's message. */
  readonly message?: string;
  /** The smallest program that shows it, with PyTorch's answer: `pnpm fuzz --write-known` finds it. */
  readonly program?: Program;
  readonly answer?: Outcome;
}

/** Whether a runner is of a kind: `addon:avx2:5` is of `addon` and of `addon:avx2`. */
export const isOf = (runner: string, kind: string): boolean =>
  kind === 'all' || runner === kind || runner.startsWith(`${kind}:`);

/** The known fault that a shrunk program shows; null if it is a new one. */
export function knownFault(
  list: readonly Known[],
  runner: string,
  program: Program,
  finding: Finding,
): Known | null {
  const text = program.instructions.map(typescriptLine).join('\n');
  const found = list.find(
    (k) =>
      k.runners.some((kind) => isOf(runner, kind)) &&
      k.kinds.includes(finding.kind) &&
      k.lines.every((pattern) => new RegExp(pattern, 'm').test(text)) &&
      (k.message === undefined || new RegExp(k.message).test(finding.message)),
  );
  return found ?? null;
}
