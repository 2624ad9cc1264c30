// The programs of tools/zoo as rows: each side in a process of its own, in turns.
import {
  compare,
  expected,
  kinds,
  loadProgram,
  missingOf,
  ourSide,
  programNames,
  type Side,
  timeBoth,
  torchSide,
  twinOf,
} from 'dl-zoo';
import type { Measurement } from './measure.js';
import type { Row } from './row.js';

/** How to measure. */
export interface ZooEffort {
  readonly rounds: number;
  /** Without the addon. */
  readonly plain: boolean;
  /** A Python that has PyTorch, or null. */
  readonly python: string | null;
  /** Whether a row is wanted. */
  readonly holds: (row: Pick<Row, 'name'>) => boolean;
  /** Told of what cannot be measured. */
  readonly say: (line: string) => void;
}

const rowOf = (program: string, about: string): string => `${program}, ${about}`;

/** Refuses a program whose numbers are not PyTorch's, before it is timed. */
async function check(program: string, ours: Side): Promise<void> {
  const answer = await ours.ask({ do: 'values' });
  const problem =
    'values' in answer
      ? compare(program, answer.values, expected()[program] ?? []).first
      : 'error' in answer
        ? answer.error
        : 'no numbers';
  if (problem !== null) throw new Error(`bench: ${program}: ${problem}`);
}

/** The rows: a step's CPU time with one thread and its wall time with two, beside PyTorch's. */
export async function* zooRows(effort: ZooEffort): AsyncGenerator<Measurement> {
  const torch = effort.python === null ? null : torchSide(effort.python);
  try {
    for (const name of programNames()) {
      const wanted = kinds.filter(({ about }) => effort.holds({ name: rowOf(name, about) }));
      if (wanted.length === 0) continue;
      const program = await loadProgram(name);
      const missing = missingOf(program);
      if (missing !== null) {
        effort.say(`zoo: ${name}: left out, it needs large files and ${missing} names no folder`);
        continue;
      }
      const ours = ourSide(name, effort.plain);
      const twin = twinOf(name);
      const theirs = torch === null || twin === null ? null : { side: torch, twin };
      try {
        await check(name, ours);
        for (const kind of wanted) {
          const times = await timeBoth(ours, theirs, program, kind, effort.rounds);
          if ('error' in times) throw new Error(`bench: ${name}: ${times.error}`);
          yield {
            suite: 'zoo',
            row: rowOf(name, kind.about),
            ours: times.ours * 1000,
            peer: times.theirs === null ? null : times.theirs * 1000,
            peerName: times.theirs === null ? null : 'PyTorch',
            unit: 'µs',
            ratio: times.theirs === null ? null : times.theirs / times.ours,
            share: null,
            ...(times.unsteady ? { unsteady: true } : {}),
          };
        }
      } finally {
        ours.end();
      }
    }
  } finally {
    torch?.end();
  }
}
