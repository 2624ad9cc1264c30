// Our side of one program, in a process of its own: node serve.js NAME reads lines of JSON and answers with lines of JSON.
//   { "do": "values" }                          the numbers of the first steps
//   { "do": "time", "ms": 200, "threads": 1 }   steps for so long: { steps, cpu, wall } in milliseconds
import { createInterface } from 'node:readline';
import { init, setNumThreads } from '@dl/backend-cpu';
import { loadProgram, numbersOf, type Step } from './program.js';
import type { Answer, Request } from './side.js';

const [name = '', plain] = process.argv.slice(2);
if (plain !== '--plain') init({ threads: 1 });
const program = await loadProgram(name);
// Where the work changes as it learns, it starts anew.
const again = program.varying ? program.steps : Infinity;
let running: { step: Step; count: number } | null = null;

async function time(ms: number, threads: number): Promise<Answer> {
  if (plain !== '--plain') setNumThreads(threads);
  running ??= { step: await program.default(), count: 0 };
  const cpu = process.cpuUsage();
  const start = performance.now();
  let steps = 0;
  do {
    if (running.count >= again) running = { step: await program.default(), count: 0 };
    await running.step(running.count++);
    steps += 1;
  } while (performance.now() - start < ms || (again < Infinity && running.count < again));
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { steps, cpu: (user + system) / 1000, wall };
}

async function answer(request: Request): Promise<Answer> {
  try {
    if (request.do === 'time') return await time(request.ms, request.threads);
    return { values: await numbersOf(program) };
  } catch (e) {
    return { error: (e instanceof Error ? `${e.name}: ${e.message}` : String(e)).slice(0, 300) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`@@${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`);
}
