// The process of a judge: `child.js addon:avx2` opens that runner, and runs the programs that come by stdin.
import { createInterface } from 'node:readline';
import { setWarningHandler } from '@dl/core';
import { openRunner } from 'dl-devices';
import { generate } from './generate.js';
import { problemOf, run } from './machine.js';
import { runWithNoise } from './noise.js';
import type { Program } from './program.js';

interface Request {
  readonly id: number;
  readonly program?: Program;
  /** With the noise of every register, which takes two more runs in float64. */
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

async function answer({ program, noise, seed }: Request, device: string): Promise<object> {
  if (program === undefined) return { program: generate(seed ?? 0) };
  return { outcome: await (noise ? runWithNoise : run)(program, device) };
}

async function main(name: string): Promise<void> {
  const runner = await openRunner(name);
  say({ ready: runner.about });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    try {
      say({ id: request.id, ...(await answer(request, runner.device)) });
    } catch (e) {
      // What no instruction threw: the program's end is a failure of its own.
      const failure = problemOf(e);
      say({ id: request.id, outcome: { registers: {}, errors: {}, shares: [], failure } });
    }
  }
}

try {
  await main(process.argv[2] ?? 'plain');
} catch (e) {
  say({ absent: e instanceof Error ? e.message : String(e) });
}
process.exit();
