// What rounding may change is allowed for, and nothing else is.
import { setWarningHandler } from '@dl/core';
import { openRunner } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../src/generate.js';
import { runWithNoise } from '../src/noise.js';
import type { Instruction, Value } from '../src/program.js';

await openRunner('plain');
setWarningHandler(() => {});
afterAll(async () => {
  setWarningHandler(null);
  (await openRunner('plain')).close();
});

const tensor = (out: number, values: Value): Instruction => ({
  out,
  op: 'tensor',
  args: [values],
  options: { dtype: { d: 'float32' } },
});

async function noiseOf(values: Value, ...ops: string[]): Promise<number | null | undefined> {
  const steps = ops.map((op, i) => ({ out: i + 1, op, args: [{ r: i }] }));
  const program = { seed: 'by hand', instructions: [tensor(0, values), ...steps] };
  const { registers } = await runWithNoise(program, 'cpu');
  return registers[`v${ops.length}`]?.noise;
}

describe('the noise of a program', () => {
  it('is told where terms cancel, also if this sum happens to be exact', async () => {
    const noise = await noiseOf([1, 4096, -4096.5], 'sum');
    expect(noise).toBeGreaterThan(1e-6);
    expect(noise).toBeLessThan(1e-3);
  });

  it('is none where nothing is rounded much, at a tie or beside a step', async () => {
    expect(await noiseOf([1, 2, 3], 'sum')).toBe(undefined);
    expect(await noiseOf([1, 2, 3], 'floor')).toBe(undefined);
    expect(await noiseOf([0.5, 1.5, -2.5], 'round')).toBe(undefined);
    expect(await noiseOf([0, 0, 0], 'relu')).toBe(undefined);
  });

  it('leaves most programs to be compared closely', async () => {
    let [noisy, all] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const { registers } = await runWithNoise(generate(seed), 'cpu');
      for (const { noise } of Object.values(registers)) {
        all++;
        if (noise !== undefined) noisy++;
      }
    }
    expect(noisy / all).toBeLessThan(0.1);
  });
});
