// Plants mistakes in core's operators and autograd, and counts those that the tests find.
// pnpm mutate [--count N] [--seed S] [--minutes M] [--judge tests|fuzz]: a copy of the checkout is changed, never the checkout.
// All mutants are in the copy at once, each behind a switch, and a run of the tests that reach it turns one on.
// The judge is core's tests with the conformance suite, or the fuzzer's fixtures alone.
// What was found is kept in out/mutants-<judge>.json: the next call goes on from there.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findReach, prepare, switchboard, tryMutant } from './lib/mutant-runs.mjs';
import { behindSwitches, mutantsOf, sample } from './lib/mutants.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
    judge: { type: 'string', default: 'tests' },
  },
});
const until = Date.now() + Number(values.minutes) * 60_000;
const listed = (folder, end) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith(end))
    .sort();
const read = (path) => readFileSync(join(root, path), 'utf8');
const hash = (texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);

const sources = ['operators', 'autograd'].flatMap((name) =>
  listed(`packages/core/src/${name}`, '.ts'),
);
const all = sources.flatMap((path) => mutantsOf(read(path), path));
const chosen = sample(all, Number(values.count), Number(values.seed)).map((mutant, i) => ({
  ...mutant,
  number: i + 1,
  // A mutant is the same one as long as its file is.
  id: `${mutant.path}:${mutant.from}:${mutant.put}:${hash([read(mutant.path)])}`,
}));
const judges = {
  tests: [
    ...listed('packages/core/test', '.test.ts'),
    // The other devices' tests need what was built, and find what these find.
    ...['complete', 'suite', 'memory', 'recycled'].map(
      (name) => `tools/conformance/test/${name}.test.ts`,
    ),
  ],
  fuzz: ['fixtures', 'known'].map((name) => `tools/fuzz/test/${name}.test.ts`),
};
if (!Object.hasOwn(judges, values.judge)) {
  console.error(`--judge is one of ${Object.keys(judges).join(', ')}, not '${values.judge}'`);
  process.exit(2);
}
const tests = judges[values.judge];
const state = hash(
  [
    ...listed('packages/core', '.ts').filter((path) => !/\/(node_modules|dist)\//.test(path)),
    ...listed('tools/conformance/src', '.ts'),
    ...listed('tools/fuzz/src', '.ts'),
    ...tests,
  ].map(read),
);
const record = join(root, 'out', `mutants-${values.judge}.json`);
const known = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : { found: {} };
const save = () => {
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify(known));
};
/** What is known of a mutant: a killed one stays killed, a survivor is tried again when the tests have changed. */
const found = ({ id }) =>
  known.found[id]?.state === 'killed' || known.found[id]?.tests === state ? known.found[id] : null;

function makeCopy() {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'mutate-')));
  const skipped = /^(node_modules|dist|\.git|\.turbo|coverage|out|build|prebuilds|\.cache)$/;
  const top = readdirSync(root).filter((name) => /^(tsconfig|vitest\.config|package)\b/.test(name));
  for (const name of ['packages', 'tools', 'docs', ...top]) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !skipped.test(path.split(/[\\/]/).at(-1)),
    });
  }
  mkdirSync(join(copy, 'apps'));
  const packages = ['core', 'nn', 'optim', 'losses'].map((name) => `packages/${name}`);
  for (const folder of [
    '.',
    ...packages,
    'tools/conformance',
    'tools/devices',
    'tools/fuzz',
    'tools/testing',
  ]) {
    symlinkSync(join(root, folder, 'node_modules'), join(copy, folder, 'node_modules'), 'junction');
  }
  for (const path of sources) {
    const mutants = chosen.filter((mutant) => mutant.path === path);
    if (mutants.length === 0) continue;
    writeFileSync(join(copy, path), `${switchboard} ${behindSwitches(read(path), mutants)}`);
  }
  prepare(copy);
  return copy;
}

if (chosen.some((mutant) => !found(mutant))) {
  const copy = makeCopy();
  try {
    const key = `${state} ${values.count} ${values.seed}`;
    if (known.reach?.key !== key) {
      known.reach = { key, ...(await findReach(copy, tests)) };
      save();
    }
    const { reach, durations } = known.reach;
    // Survivors that are tried again come last: most are mutants that change nothing, and take longest.
    const left = chosen.filter((mutant) => !found(mutant));
    left.sort((a, b) => (a.id in known.found ? 1 : 0) - (b.id in known.found ? 1 : 0));
    for (const mutant of left) {
      if (Date.now() > until) break;
      const start = performance.now();
      const result = await tryMutant(copy, mutant.number, reach[mutant.number], durations);
      known.found[mutant.id] = { ...result, tests: state };
      save();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const mark = result.state === 'killed' ? 'killed  ' : 'SURVIVED';
      const where = `${mutant.path}:${mutant.line}: ${mutant.was} -> ${mutant.put}`;
      console.log(
        `${mutant.number}/${chosen.length} ${mark} ${where} (${result.by}; ${seconds} s)`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
    rmSync(`${copy}-modules`, { recursive: true, force: true });
  }
}

const done = chosen.filter(found);
const survivors = done.filter((mutant) => found(mutant).state === 'survived');
const killed = done.length - survivors.length;
console.log(
  `\n${killed} of ${done.length} killed (${((100 * killed) / done.length).toFixed(1)} %), drawn from ${all.length}; ${chosen.length - done.length} not tried yet.`,
);
for (const mutant of survivors) {
  const { path, line, was, put } = mutant;
  console.log(`survived: ${path}:${line}: ${was} -> ${put} (${found(mutant).by})`);
}
