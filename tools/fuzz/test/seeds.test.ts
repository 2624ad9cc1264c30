// A fixed list of seeds on every way to run: device cpu's loops, the addon's instruction sets and threads.
import { openRunner, runnersHere } from 'dl-devices';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { afterAll, describe, expect, it } from 'vitest';
import { abstains, compare, unjudged } from '../src/compare.js';
import { readKnown } from '../src/files.js';
import { unfit } from '../src/fit.js';
import { generate } from '../src/generate.js';
import { knownFault } from '../src/known.js';
import { run } from '../src/machine.js';
import { runWithNoise } from '../src/noise.js';
import type { Outcome } from '../src/outcome.js';
import { asTypescript } from '../src/print.js';
import type { Program } from '../src/program.js';

const known = readKnown();
const { here } = await runnersHere();
// GPU devices get the fixtures; here a refusal would spoil them for what comes next.
const names = here.flatMap((name) =>
  name.startsWith('addon:') ? [1, 2, 5].map((threads) => `${name}:${threads}`) : [],
);
/** The fixed list, of which `npm test` runs a part; all of them are known to agree. */
const seeds = drawn(
  sampleOf(30),
  Array.from({ length: 3000 }, (_, i) => 1 + i),
);

describe('programs of fixed seeds', async () => {
  const expected: [Program, Outcome][] = [];
  await openRunner('plain');
  for (const seed of seeds) {
    const program = generate(seed);
    expected.push([program, await runWithNoise(program, 'cpu')]);
  }
  afterAll(async () => (await openRunner('plain')).close());

  it.skipIf(names.length === 0).each(names)(
    '%s agrees with plain',
    { timeout: 300_000 },
    async (name) => {
      const { device, close } = await openRunner(name);
      const wrong: string[] = [];
      for (const [program, outcome] of expected) {
        if ((unfit(program, device) ?? unjudged(outcome, device)) !== null) continue;
        const verdict = { outcome: await run(program, device) };
        if (abstains(verdict) !== null) continue;
        const finding = compare(program, verdict, outcome, device);
        if (finding !== null && knownFault(known, name, program, finding) === null) {
          wrong.push(
            `seed ${program.seed}: ${finding.kind} in ${finding.op}: ${finding.message}\n${asTypescript(program)}`,
          );
        }
      }
      close();
      expect(wrong.slice(0, 3).join('\n')).toBe('');
    },
  );
});
