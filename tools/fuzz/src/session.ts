// A run of the fuzzer: programs from seeds, judged, shrunk where judges disagree, told by their faults.
import { abstains, compare, type Finding, unjudged } from './compare.js';
import { unfit } from './fit.js';
import type { Judge } from './judge.js';
import { type Known, knownFault } from './known.js';
import type { Outcome, Verdict } from './outcome.js';
import type { Program } from './program.js';
import { shrink } from './shrink.js';

export interface Found {
  readonly runner: string;
  readonly seed: number | string;
  readonly program: Program;
  readonly finding: Finding;
  /** What the reference gives for the shrunk program. */
  readonly expected: Outcome | null;
  readonly known: Known | null;
}

/** What became of a program. */
export interface Judged {
  readonly expected: Outcome | null;
  readonly failed: readonly Found[];
  /** Whether every failure was shrunk; there are too many alike otherwise. */
  readonly shrunk: boolean;
}

export interface Tally {
  programs: number;
  instructions: number;
  /** Verdicts by runner. */
  readonly judged: Map<string, number>;
  /** Programs left out by reason. */
  readonly left: Map<string, number>;
  /** Programs that showed a known fault, by its id. */
  readonly known: Map<string, number>;
  /** Programs that look like one that was shrunk before, and were not shrunk again. */
  repeated: number;
}

const add = (map: Map<string, number>, key: string): void => {
  map.set(key, (map.get(key) ?? 0) + 1);
};

/** Each try of a program that hangs takes as long as a program may. */
const hangTries = 8;

/** One shrinking of each look is much work already. */
const perLook = 3;

export class Session {
  readonly tally: Tally = {
    programs: 0,
    instructions: 0,
    judged: new Map(),
    left: new Map(),
    known: new Map(),
    repeated: 0,
  };
  readonly found: Found[] = [];
  /** From then on nothing is shrunk further. */
  deadline = Number.POSITIVE_INFINITY;
  private readonly looks = new Map<string, number>();

  constructor(
    /** Whose answer is expected: PyTorch, or core's own loops. */
    private readonly reference: Judge,
    private readonly runners: readonly Judge[],
    private readonly known: readonly Known[],
    private readonly report: (found: Found) => void,
    /** Programs that are not for a runner's device. */
    private readonly passes: (program: Program, device: string) => boolean = () => true,
    /** The reference again, which says of values that differ how far rounding may carry them. */
    private readonly rounding: Judge | null = null,
  ) {}

  /** The difference of a verdict that rounding does not explain. */
  private async difference(
    program: Program,
    verdict: Verdict,
    expected: Outcome,
    device: string,
  ): Promise<Finding | null> {
    const finding = compare(program, verdict, expected, device);
    if (this.rounding === null || (finding?.kind !== 'value' && finding?.kind !== 'grad'))
      return finding;
    const answer = await this.rounding.judge(program);
    return 'outcome' in answer ? compare(program, verdict, answer.outcome, device) : finding;
  }

  /** Judges a program by every runner, and shrinks what fails. Returns the answer, and who disagreed. */
  async judge(program: Program): Promise<Judged> {
    this.tally.programs++;
    this.tally.instructions += program.instructions.length;
    const expected = await this.expected(program);
    if (expected === null) return { expected, failed: [], shrunk: true };
    const failed: Found[] = [];
    let shrunk = true;
    const agreed = await Promise.all(
      this.runners.map(async (runner) => {
        if (!this.passes(program, runner.device)) return null;
        const why = unfit(program, runner.device) ?? unjudged(expected, runner.device);
        if (why !== null) {
          add(this.tally.left, `${runner.device}: ${why}`);
          return null;
        }
        const verdict = await runner.judge(program);
        const silent = abstains(verdict);
        add(
          silent === null ? this.tally.judged : this.tally.left,
          silent === null ? runner.name : `${runner.device}: ${silent}`,
        );
        return silent === null ? this.difference(program, verdict, expected, runner.device) : null;
      }),
    );
    const seen = new Set<string>();
    for (const [n, finding] of agreed.entries()) {
      const runner = this.runners[n];
      // What the first of several runners shows, the others show too, more often than not.
      if (finding === null || seen.has(`${finding.kind} ${finding.out} ${finding.message}`))
        continue;
      seen.add(`${finding.kind} ${finding.out} ${finding.message}`);
      const found = await this.shrunk(runner, program, finding);
      if (found !== null) failed.push(found);
      else shrunk = false;
    }
    return { expected, failed, shrunk };
  }

  private async expected(program: Program): Promise<Outcome | null> {
    const verdict: Verdict = await this.reference.judge(program);
    if ('outcome' in verdict) return verdict.outcome;
    add(this.tally.left, `${this.reference.name}: ${verdict.ended}, seed ${program.seed}`);
    if (this.reference.name !== 'torch') {
      const finding = compare(program, verdict, { registers: {}, errors: {}, shares: [] }, 'cpu');
      if (finding !== null)
        this.tell({
          runner: this.reference.name,
          seed: program.seed,
          program,
          finding,
          expected: null,
          known: null,
        });
    }
    return null;
  }

  private async shrunk(runner: Judge, program: Program, finding: Finding): Promise<Found | null> {
    // A device that refuses says why in words of its own; shrinking would start it anew at every step.
    const plain =
      runner.device === 'cpu' ? null : knownFault(this.known, runner.name, program, finding);
    if (
      plain?.program !== undefined &&
      plain.message !== undefined &&
      !plain.runners.includes('all')
    ) {
      add(this.tally.known, plain.id);
      return {
        runner: runner.name,
        seed: program.seed,
        program,
        finding,
        expected: null,
        known: plain,
      };
    }
    const look = `${runner.device} ${finding.kind} ${finding.op}`;
    const times = (this.looks.get(look) ?? 0) + 1;
    this.looks.set(look, times);
    if (times > perLook * (finding.kind === 'grad' ? 10 : 1)) {
      this.tally.repeated++;
      return null;
    }
    const small = await shrink(
      program,
      finding,
      async (candidate) => {
        if (performance.now() > this.deadline) return null;
        const expected = await this.reference.judge(candidate);
        if ('ended' in expected || unjudged(expected.outcome, runner.device) !== null) return null;
        const verdict = await runner.judge(candidate);
        return abstains(verdict) === null
          ? this.difference(candidate, verdict, expected.outcome, runner.device)
          : null;
      },
      finding.kind === 'hang' ? hangTries : undefined,
    );
    const known = knownFault(this.known, runner.name, small.program, small.finding);
    if (known !== null) add(this.tally.known, known.id);
    const answer = await this.reference.judge(small.program);
    const expected = 'outcome' in answer ? answer.outcome : null;
    const found: Found = { runner: runner.name, seed: program.seed, ...small, expected, known };
    this.tell(found);
    return found;
  }

  private tell(found: Found): void {
    this.found.push(found);
    this.report(found);
  }
}

/** What makes two findings the same at first sight: the kind, and the operators of the shrunk program. */
export function lookOf({ runner, program, finding }: Found): string {
  const ops = program.instructions.map((i) => i.op).filter((op) => op !== 'tensor');
  return `${runner.split(':')[0]} ${finding.kind} ${[...new Set(ops)].join(' ')}`;
}
