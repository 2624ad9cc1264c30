// Gradients at zeros, kinks, poles, infinities and NaN, beside PyTorch's: on `cpu`, where rounding is IEEE's.
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';
import { compare } from '../src/compare.js';
import { readFixtures } from '../src/files.js';
import { gradientPrograms } from '../src/gradients.js';
import { run } from '../src/machine.js';

const fixtures = readFixtures('gradients');
const { here } = await runnersHere();

it('holds every program that there is', () => {
  expect(fixtures.map(({ program }) => program)).toEqual([...gradientPrograms()]);
});

describe.each(here.filter((name) => /^(plain|addon)/.test(name)))('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  it('gives the gradients that PyTorch gives', { timeout: 300_000 }, async () => {
    const { device, close } = await openRunner(name);
    const wrong: string[] = [];
    for (const { program, answer } of fixtures) {
      const finding = compare(program, { outcome: await run(program, device) }, answer, device);
      if (finding !== null) wrong.push(`${program.seed}: ${finding.message}`);
    }
    close();
    expect(wrong.slice(0, 20).join('\n')).toBe('');
  });
});
