// The process of a judge: `child.js addon:avx2` opens that runner, and runs the programs that come by stdin.
import { createInterface } from 'node:readline';
import { setWarningHandler } from '@dl/core';
import { openRunner } from 'dl-devices';
import { generate } from './generate.js';
import { run } from './machine.js';
import { withNoise } from './noise.js';
import type { Program } from './program.js';

interface Request {
  readonly id: number;
  readonly program?: Program;
  /** With the noise of every register, which takes a second run in float64. */
  readonly noise?: true;
  /** Makes the program of this seed, and runs it. */
  readonly seed?: number;
}

const say = (answer: object): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

// Answers alone go to stdout.
console.log = console.error;
setWarningHandler(() => {});

async function main(name: string): Promise<void> {
  const runner = await openRunner(name);
  say({ ready: runner.about });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, program, noise, seed } = JSON.parse(line) as Request;
    if (program !== undefined) {
      const outcome = await run(program, runner.device);
      const wide = noise ? await run(program, runner.device, true) : null;
      say({ id, outcome: wide === null ? outcome : withNoise(outcome, wide) });
    }
    if (seed !== undefined) say({ id, program: generate(seed) });
  }
}

try {
  await main(process.argv[2] ?? 'plain');
} catch (e) {
  say({ absent: e instanceof Error ? e.message : String(e) });
}
process.exit();
