// PyTorch's answers to some thousands of programs, beside what each runner of this machine gives.
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';
import { abstains, compare, type Finding, unjudged } from '../src/compare.js';
import { type Fixture, readFixtures, readKnown } from '../src/files.js';
import { forDevices, unfit } from '../src/fit.js';
import { lackingHere } from '../src/judges.js';
import { isOf } from '../src/known.js';
import { run } from '../src/machine.js';
import { asTypescript } from '../src/print.js';

const fixtures = [...readFixtures('programs'), ...readFixtures('found')];
const known = readKnown();
const { here, absent } = await runnersHere();
for (const line of absent) console.warn(`absent: ${line}`);

/** How many of the programs a runner gets: all, or so many, which begin elsewhere with each DL_SAMPLE. */
const shares: { readonly [kind: string]: number } = {
  plain: 1,
  addon: 1,
  webgpu: 0.02,
  cuda: 0.06,
};

function sample(runner: string): readonly Fixture[] {
  const share = shares[runner.split(':')[0] ?? ''];
  if (share === undefined) return fixtures;
  const mine = fixtures.filter((f) => forDevices(f.program));
  const count = Math.ceil(mine.length * (process.env.DL_FULL === '1' ? 1 : share));
  const start = (Number(process.env.DL_SAMPLE ?? 0) * count) % mine.length;
  return [...mine, ...mine].slice(start, start + count);
}

/** Whether a program shows a fault of the list, on this runner. */
const excused = (runner: string, id: string | undefined): boolean =>
  known.some((k) => k.id === id && k.runners.some((kind) => isOf(runner, kind)));

async function judged(device: string, { program, answer }: Fixture): Promise<Finding | null> {
  if ((unfit(program, device) ?? unjudged(answer, device)) !== null) return null;
  const verdict = { outcome: await run(program, device) };
  return abstains(verdict) === null ? compare(program, verdict, answer, device) : null;
}

it('has the runners that CI requires', () => {
  expect(lackingHere(here)).toEqual([]);
});

it('holds some thousands of programs', () => {
  expect(fixtures.length).toBeGreaterThan(2000);
});

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  it('gives what PyTorch gives', { timeout: 300_000 }, async () => {
    const { device, close } = await openRunner(name);
    const faults = new Map<string, number>();
    const wrong: string[] = [];
    for (const fixture of sample(name)) {
      // A refusal spoils a device for the programs after it; the known ones are run by themselves in known.test.ts.
      const id = fixture.known?.[name.split(':')[0] ?? name] ?? fixture.known?.all;
      const expected = excused(name, id);
      if (expected && device !== 'cpu') continue;
      const finding = await judged(device, fixture);
      if (finding === null) continue;
      if (expected && id !== undefined) faults.set(id, (faults.get(id) ?? 0) + 1);
      else
        wrong.push(
          `${finding.kind} in ${finding.op}: ${finding.message}\n${asTypescript(fixture.program)}`,
        );
    }
    close();
    if (faults.size > 0)
      console.info(`${name}: ${[...faults].map(([id, n]) => `${id} ${n}`).join(', ')}`);
    expect(wrong.slice(0, 5).join('\n')).toBe('');
  });
});
