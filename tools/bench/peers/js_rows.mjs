// The benchmark rows in another JavaScript library: one JSON command a line, one JSON answer each.
import { createInterface } from 'node:readline';

// What a library prints must not get between the answers.
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
for (const name of ['log', 'info', 'warn']) console[name] = console.error;

const [library, threads] = process.argv.slice(2);
const { open } = await import(`./${library}_open.mjs`);
const { rows, label } = await open(process.argv[4] ?? '', Number(threads));
const states = new Map();
say({ label });

const commands = {
  async time(make, name, steps) {
    if (!states.has(name)) states.set(name, await make());
    const { step } = states.get(name);
    const start = process.hrtime.bigint();
    for (let i = 0; i < steps; i++) {
      const pending = step();
      if (pending !== undefined) await pending;
    }
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  },
  async end(_make, name) {
    states.delete(name);
    return {};
  },
  async result(make, _name, steps) {
    const work = await make();
    for (let i = 0; i < steps; i++) await work.step();
    return { result: await work.result() };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, row, steps } = JSON.parse(line);
  const make = rows[row];
  let answer = {};
  if (make !== undefined) {
    try {
      answer = await commands[command](make, row, steps);
    } catch (e) {
      // A kernel that the library lacks: it has no such row.
      answer = { missing: e instanceof Error ? e.message.split('\n')[0] : String(e) };
    }
  }
  say(answer);
}
