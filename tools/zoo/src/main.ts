// Runs the programs and compares their numbers with PyTorch's: pnpm zoo [names] [--time] [--write].
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import {
  expected,
  loadProgram,
  missingOf,
  type Program,
  programNames,
  twinOf,
  writeExpected,
} from './program.js';
import { ourSide, type Side, torchSide } from './side.js';
import { kinds, type Times, timeBoth } from './time.js';

const usage = `pnpm zoo [names] [options]

Says for each program (a file of tools/zoo/src/programs) whether its numbers are PyTorch's.

  --time     also measures a step; with DL_PYTHON set to a Python that has PyTorch, in turns with its twin
  --plain    core's own backend, without the addon
  --write    writes the numbers of the twins into fixtures/expected.json, with DL_PYTHON
  --help     this text`;

const ROUNDS = 5;

function figures(times: Times | { readonly error: string }): string {
  if ('error' in times) return times.error;
  const { ours, theirs, unsteady } = times;
  const note = unsteady ? ' (unsteady: something else was running)' : '';
  if (theirs === null) return `ours ${ours.toFixed(2)} ms${note}`;
  return `ours ${ours.toFixed(2)} ms, PyTorch ${theirs.toFixed(2)} ms, PyTorch/ours ${(theirs / ours).toFixed(2)}${note}`;
}

const line = (name: string, text: string): void => console.log(`${name.padEnd(24)} ${text}`);

/** Whether the numbers are PyTorch's; prints it. */
async function judge(name: string, ours: Side): Promise<boolean> {
  const answer = await ours.ask({ do: 'values' });
  const want = expected()[name];
  if (!('values' in answer)) {
    line(name, `FAILED ${'error' in answer ? answer.error : 'no numbers'}`);
    return false;
  }
  if (want === undefined) {
    line(name, 'FAILED no expected numbers');
    return false;
  }
  const { same, worst, first } = compare(name, answer.values, want);
  const distance = `worst relative difference ${worst.toExponential(1)} of ${want.length}`;
  line(name, same ? `same numbers, ${distance}` : `FAILED ${first}; ${distance}`);
  return same;
}

/** Asks the twins for their numbers and writes them. */
async function write(names: readonly string[], torch: Side): Promise<number> {
  const made = new Map<string, number[]>();
  let version = '';
  let failed = 0;
  for (const name of names) {
    const twin = twinOf(name);
    if (twin === null) {
      line(name, 'has no twin: python/make_pretrained.py writes its numbers');
      continue;
    }
    const { steps } = await loadProgram(name);
    const answer = await torch.ask({ do: 'values', program: twin, steps });
    if ('values' in answer) {
      made.set(name, answer.values);
      version = answer.torch ?? version;
      line(name, `${answer.values.length} numbers`);
    } else {
      failed += 1;
      line(name, `FAILED ${'error' in answer ? answer.error : 'no numbers'}`);
    }
  }
  if (made.size > 0) writeExpected(version, made);
  return failed === 0 ? 0 : 1;
}

async function time(ours: Side, torch: Side | null, name: string, program: Program): Promise<void> {
  const twin = twinOf(name);
  const theirs = torch === null || twin === null ? null : { side: torch, twin };
  for (const kind of kinds) {
    const times = await timeBoth(ours, theirs, program, kind, ROUNDS);
    line('', `${kind.about.padEnd(22)} ${figures(times)}`);
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      time: { type: 'boolean', default: false },
      plain: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const all = programNames();
  const unknown = positionals.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    console.error(`zoo: no program '${unknown}'; there are ${all.join(', ')}`);
    return 2;
  }
  const names = positionals.length === 0 ? all : positionals;
  const python = process.env.DL_PYTHON;
  if (values.write && python === undefined) {
    console.error('zoo: --write needs DL_PYTHON, a Python that has PyTorch');
    return 2;
  }
  const torch = python !== undefined && (values.time || values.write) ? torchSide(python) : null;
  try {
    if (values.write && torch !== null) return await write(names, torch);
    let same = 0;
    const failed: string[] = [];
    const leftOut: string[] = [];
    for (const name of names) {
      const program = await loadProgram(name);
      const missing = missingOf(program);
      if (missing !== null) {
        leftOut.push(name);
        line(
          name,
          `left out: it needs large files, and ${missing} names no folder (see README.md)`,
        );
        continue;
      }
      const ours = ourSide(name, values.plain);
      try {
        if (await judge(name, ours)) same += 1;
        else failed.push(name);
        if (values.time) await time(ours, torch, name, program);
      } finally {
        ours.end();
      }
    }
    const which = failed.length > 0 ? `: ${failed.join(', ')}` : '';
    const rest = leftOut.length > 0 ? `, ${leftOut.length} left out: ${leftOut.join(', ')}` : '';
    console.log(`\n${same} passed, ${failed.length} failed${which}${rest}`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    torch?.end();
  }
}

process.exitCode = await main().catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : e);
  return 1;
});
