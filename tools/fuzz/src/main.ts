// `pnpm fuzz --seconds N --seed S`: random programs by every judge of this machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { unjudged } from './compare.js';
import { addFound, type Fixture, readKnown, writeFixtures, writeKnown } from './files.js';
import { forDevices } from './fit.js';
import { gradientPrograms } from './gradients.js';
import { AbsentError, type Judge } from './judge.js';
import { judgesHere, lackingHere, openGenerator, openRunnerJudge, openTorch } from './judges.js';
import type { Known } from './known.js';
import type { Outcome } from './outcome.js';
import type { Program } from './program.js';
import { describe, summary, write } from './report.js';
import { type Found, Session } from './session.js';

const usage = `pnpm fuzz [--seconds N] [--seed S] [--count N] [--runners plain,addon:avx2:5,webgpu] [--program FILE]
          [--write-known] [--write-fixtures] [--write-gradients] [--keep]
DL_PYTHON names a Python with PyTorch, which then judges too. Findings are left in out/fuzz.
--keep adds the programs of FILE, with PyTorch's answers, to those that differed once.`;

const folder = join(fileURLToPath(new URL('../../..', import.meta.url)), 'out/fuzz');

/** Programs that are long, with their answers, are not kept; nor more of them than these. */
const longest = 9000;
const most = 5000;

function options() {
  try {
    return parseArgs({
      options: {
        seconds: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        count: { type: 'string' },
        runners: { type: 'string' },
        program: { type: 'string' },
        'write-known': { type: 'boolean', default: false },
        'write-fixtures': { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        'write-gradients': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (e) {
    console.error(`fuzz: ${e instanceof Error ? e.message : String(e)}\n${usage}`);
    process.exit(2);
  }
}

const given = options();
const judges: Judge[] = [];

function whole(name: 'seconds' | 'seed' | 'count', otherwise: number): number {
  const text = given[name];
  if (text === undefined) return otherwise;
  if (/^\d+$/.test(text)) return Number(text);
  console.error(`fuzz: --${name} must be an integer, not '${text}'\n${usage}`);
  process.exit(2);
}

async function open(): Promise<{ reference: Judge; runners: Judge[]; rounding: Judge | null }> {
  const { here, absent } = await judgesHere();
  for (const line of absent) console.log(`absent: ${line}`);
  const lacking = lackingHere(here);
  if (lacking.length > 0) {
    console.error(`fuzz: ${lacking.join('; ')}`);
    process.exit(1);
  }
  const names = given.runners?.split(',') ?? here;
  let reference: Judge;
  let rounding: Judge | null = null;
  try {
    reference = await openTorch();
    // Fixtures hold one answer, which has to do without.
    if (!given['write-fixtures']) rounding = await openTorch(true);
    console.log(`torch: ${reference.about}`);
  } catch (e) {
    if (!(e instanceof AbsentError)) throw e;
    console.log(`absent: ${e.message}; core's own loops are what the others are compared with`);
    reference = await openRunnerJudge('plain', true);
  }
  judges.push(reference, ...(rounding === null ? [] : [rounding]));
  const runners: Judge[] = [];
  for (const name of names) {
    if (name === reference.name) continue;
    const judge = await openRunnerJudge(name);
    console.log(`${name}: ${judge.about}`);
    runners.push(judge);
    judges.push(judge);
  }
  return { reference, runners, rounding };
}

const known: Known[] = readKnown();
const fixtures: Fixture[] = [];
const found: Fixture[] = [];
/** Of each known fault, so many programs are kept beside its smallest. */
const perFault = 20;

function keepSmallest(found: Found): void {
  const at = known.findIndex((k) => k.id === found.known?.id);
  const old = known[at];
  if (old === undefined || found.expected === null) return;
  // The test runs it on the first runner of those kinds, which is core's own loops where they are among them.
  const first = old.runners.some((kind) => kind === 'all' || kind === 'plain');
  if (first && found.runner !== 'plain') return;
  const size = (p: Program | undefined): number =>
    p === undefined ? Infinity : p.instructions.length * 1000 + JSON.stringify(p).length;
  if (size(found.program) < size(old.program)) {
    known[at] = { ...old, program: found.program, answer: found.expected };
  }
}

const kindsOf = (k: Known): string[] => k.runners.map((kind) => kind.split(':')[0] ?? kind);

/** Keeps a program as a fixture: whole where all agree or a device is known to fail, else shrunk. */
function keep(program: Program, answer: Outcome, failed: readonly Found[], shrunk: boolean): void {
  if (!shrunk || failed.some((f) => f.known === null)) return;
  const whole = failed.filter((f) => f.program === program);
  if (whole.length === failed.length) {
    // The first of several runners that show it stands for those that its entry names.
    const known = Object.fromEntries(
      whole.flatMap(({ known }) =>
        known === null ? [] : kindsOf(known).map((k) => [k, known.id]),
      ),
    );
    if (fixtures.length >= most) return;
    add(whole.length === 0 ? { program, answer } : { program, answer, known });
    return;
  }
  for (const { program: small, expected, known } of failed) {
    if (known === null || expected === null) continue;
    const same = fixtures.filter((f) => Object.values(f.known ?? {}).includes(known.id));
    if (same.length >= perFault) continue;
    add({
      program: small,
      answer: expected,
      known: Object.fromEntries(kindsOf(known).map((kind) => [kind, known.id])),
    });
  }
}

function add(fixture: Fixture): void {
  if (JSON.stringify(fixture).length <= longest) fixtures.push(fixture);
}

/** PyTorch's answers to the programs of `gradients.ts`. */
async function answered(torch: Judge): Promise<Fixture[]> {
  return Promise.all(
    [...gradientPrograms()].map(async (program) => {
      const verdict = await torch.judge(program);
      if ('outcome' in verdict) return { program, answer: verdict.outcome };
      throw new Error(`${program.seed}: ${verdict.ended}: ${verdict.how}`);
    }),
  );
}

async function writeGradients(): Promise<never> {
  const torch = await openTorch();
  const list = await answered(torch);
  torch.close();
  console.log(`${list.length} programs in ${writeFixtures('gradients', list)} bytes`);
  process.exit(0);
}

async function main(): Promise<never> {
  const { reference, runners, rounding } = await open();
  let files = 0;
  const session = new Session(
    reference,
    runners,
    known,
    (one: Found) => {
      if (one.known !== null) keepSmallest(one);
      else console.log(`\n${describe(one)}${write(folder, one, files++)}`);
    },
    (program, device) => device === 'cpu' || !given['write-fixtures'] || forDevices(program),
    rounding,
  );
  const start = performance.now();
  const limit = whole('seconds', 30);
  session.deadline = start + 1000 * limit + 20_000;
  const seconds = (): number => (performance.now() - start) / 1000;
  const end = (code: number): never => {
    for (const judge of judges) judge.close();
    if (given['write-known']) writeKnown(known);
    if (given.keep) console.log(`${addFound(found)} programs that differed once`);
    if (given['write-fixtures']) {
      fixtures.sort((a, b) => Number(a.program.seed) - Number(b.program.seed));
      console.log(`${fixtures.length} programs in ${writeFixtures('programs', fixtures)} bytes`);
    }
    console.log(summary(session.tally, seconds()));
    process.exit(code);
  };
  // What was found is in files already.
  process.on('SIGINT', () => end(130));
  process.on('SIGTERM', () => end(143));

  const one = async (program: Program): Promise<void> => {
    const { expected, failed, shrunk } = await session.judge(program);
    if (expected === null) return;
    keep(program, expected, failed, shrunk);
    if (!given.keep) return;
    const why = unjudged(expected, 'cpu') ?? (failed.length > 0 || !shrunk ? 'it differs' : null);
    if (why !== null) console.log(`not kept, ${why}: ${JSON.stringify(program.instructions)}`);
    else found.push({ program, answer: expected });
  };

  if (given.program !== undefined) {
    const read = JSON.parse(readFileSync(given.program, 'utf8')) as Program | Program[];
    for (const program of Array.isArray(read) ? read : [read]) await one(program);
  } else {
    const generator = await openGenerator();
    judges.push(generator);
    let next = whole('seed', 1);
    const last = next + whole('count', Infinity);
    const worker = async (): Promise<void> => {
      while (seconds() < limit && next < last) {
        const seed = next++;
        const answer = await generator.ask({ seed, instructions: [] });
        if ('ended' in answer) {
          console.log(`seed ${seed}: the generator: ${answer.ended}: ${answer.how}`);
        } else if (answer.program !== undefined) await one(answer.program);
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
  }
  return end(session.found.some((f) => f.known === null) ? 1 : 0);
}

if (given.help) console.log(usage);
else if (given['write-gradients']) await writeGradients();
else await main();
