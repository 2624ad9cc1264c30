// Runs the cases and prints those that fail: pnpm field [words] [--passed] [--heavy] [--write].
import { parseArgs } from 'node:util';
import { type Case, idOf, lacks, listCases } from './cases.js';
import { readPassing, writePassing } from './passing.js';
import { runCases } from './run.js';

const usage = `pnpm field [words] [options]

A word is a kind (a file of tools/field/cases) or a part of a case's name; without one, all cases run.

  --passed   name the cases that pass too
  --heavy    also those that take gigabytes of memory, one at a time
  --alone    each case in a process of its own, also those that pass as a rule
  --list     only names the cases, with the reports that they come from
  --write    writes tools/field/passing.json: what passes now
  --help     this text`;

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `kind passed/all` of every kind. */
function byKind(cases: readonly Case[], passed: (one: Case) => boolean): string {
  return [...new Set(cases.map((one) => one.kind))]
    .map((kind) => {
      const own = cases.filter((one) => one.kind === kind);
      return `${kind} ${own.filter(passed).length}/${own.length}`;
    })
    .join(', ');
}

async function main(): Promise<number> {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: {
      passed: { type: 'boolean', default: false },
      heavy: { type: 'boolean', default: false },
      alone: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { cases: all, here } = listCases();
  const named = all.filter(
    ({ kind, name }) => words.length === 0 || words.some((w) => kind === w || name.includes(w)),
  );
  if (named.length === 0) {
    console.error(`field: no case has ${words.join(' or ')} in its name; --list names them`);
    return 2;
  }
  if (values.list) {
    for (const one of named) console.log(`${idOf(one)}${one.from ? `  (${one.from})` : ''}`);
    return 0;
  }
  const missing = named.filter((one) => lacks(one, here).length > 0);
  const heavy = named.filter((one) => one.heavy && !values.heavy);
  const cases = named.filter((one) => !missing.includes(one) && !heavy.includes(one));
  const { results, leaks } = await runCases({
    cases,
    together: new Set(values.alone ? [] : readPassing()),
    done: (one, { passed }) => {
      if (passed && values.passed) console.log(`passed ${idOf(one)}`);
    },
  });

  const passed = (one: Case): boolean => results.get(idOf(one))?.passed === true;
  const failures = cases.filter((one) => !passed(one));
  for (const one of failures) {
    console.log(`FAILED ${idOf(one)}\n  got  ${results.get(idOf(one))?.got}\n  want ${one.want}`);
  }
  console.log(`\n${byKind(cases, passed)}`);
  for (const id of leaks) console.log(`${id} fails after others of its kind, and passes alone`);
  for (const one of missing)
    console.log(`${idOf(one)} was left out: it needs ${lacks(one, here).join(' and ')}`);
  if (heavy.length > 0) {
    console.log(
      `${plural(heavy.length, 'case')} that take${heavy.length === 1 ? 's' : ''} gigabytes of memory left out (--heavy)`,
    );
  }
  if (values.write) {
    const listed = writePassing(all.map(idOf), results);
    console.log(`tools/field/passing.json has ${plural(listed.length, 'case')} of ${all.length}`);
  }
  console.log(`${cases.length - failures.length} passed, ${failures.length} failed`);
  return failures.length + leaks.length === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main().catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : e);
  return 1;
});
