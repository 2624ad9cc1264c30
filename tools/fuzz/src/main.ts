// `pnpm fuzz --seconds N --seed S`: random programs by every judge of this machine.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AbsentError, type Judge } from './judge.js';
import { judgesHere, openGenerator, openRunnerJudge, openTorch } from './judges.js';
import type { Known } from './known.js';
import type { Program } from './program.js';
import { describe, summary, write } from './report.js';
import { type Found, Session } from './session.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'out/fuzz');
const knownFile = fileURLToPath(new URL('../known.json', import.meta.url));

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: 'Infinity' },
    runners: { type: 'string' },
    program: { type: 'string' },
  },
});

const judges: Judge[] = [];

async function open(): Promise<{ reference: Judge; runners: Judge[] }> {
  const { here, absent } = await judgesHere();
  for (const line of absent) console.log(`absent: ${line}`);
  const names = given.runners?.split(',') ?? here;
  let reference: Judge;
  try {
    reference = await openTorch();
  } catch (e) {
    if (!(e instanceof AbsentError)) throw e;
    console.log(`absent: ${e.message}; core's own loops are what the others are compared with`);
    reference = await openRunnerJudge('plain', true);
  }
  judges.push(reference);
  const runners: Judge[] = [];
  for (const name of names) {
    if (name === reference.name) continue;
    const judge = await openRunnerJudge(name);
    console.log(`${name}: ${judge.about}`);
    runners.push(judge);
    judges.push(judge);
  }
  return { reference, runners };
}

async function main(): Promise<number> {
  const known = existsSync(knownFile) ? (JSON.parse(readFileSync(knownFile, 'utf8')) as Known[]) : [];
  const { reference, runners } = await open();
  let files = 0;
  const session = new Session(reference, runners, known, (found: Found) => {
    if (found.known !== null) return;
    console.log(`\n${describe(found)}${write(folder, found, files++)}`);
  });
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const end = (code: number): never => {
    for (const judge of judges) judge.close();
    console.log(summary(session.tally, seconds()));
    process.exit(code);
  };
  // What was found is in files already.
  process.on('SIGINT', () => end(130));

  if (given.program !== undefined) {
    await session.judge(JSON.parse(readFileSync(given.program, 'utf8')) as Program);
  } else {
    const generator = await openGenerator();
    judges.push(generator);
    let next = Number(given.seed);
    const last = next + Number(given.count);
    const limit = Number(given.seconds);
    const worker = async (): Promise<void> => {
      while (seconds() < limit && next < last) {
        const seed = next++;
        const answer = await generator.ask({ seed, instructions: [] });
        if ('ended' in answer) console.log(`seed ${seed}: the generator: ${answer.ended}: ${answer.how}`);
        else if (answer.program !== undefined) await session.judge(answer.program);
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
  }
  return end(session.found.some((f) => f.known === null) ? 1 : 0);
}

await main();
