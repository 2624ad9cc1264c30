// The known faults: each still shows itself by its smallest program, and is told from the others.
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';
import { compare } from '../src/compare.js';
import { readKnown } from '../src/files.js';
import { isOf, knownFault } from '../src/known.js';
import { run } from '../src/machine.js';
import { asTypescript } from '../src/print.js';

const known = readKnown();
const { here } = await runnersHere();
const spoils = /refused by the device/;
// What spoils its device comes last.
const ordered = [...known].sort(
  (a, b) => Number(spoils.test(a.message ?? '')) - Number(spoils.test(b.message ?? '')),
);

describe('the list of known faults', () => {
  afterAll(async () => (await openRunner('plain')).close());

  it('names each fault once, with a program and an answer', () => {
    expect(new Set(known.map((k) => k.id)).size).toBe(known.length);
    for (const k of known) {
      expect(k.program, k.id).toBeDefined();
      expect(k.answer, k.id).toBeDefined();
    }
  });

  it.each(ordered.map((k) => [k.id, k] as const))('%s', { timeout: 60_000 }, async (_, k) => {
    const name = here.find((runner) => k.runners.some((kind) => isOf(runner, kind)));
    if (name === undefined) {
      console.warn(`${k.id}: no runner of ${k.runners.join(', ')} here`);
      return;
    }
    const { program, answer } = k;
    if (program === undefined || answer === undefined) throw new Error(`${k.id} has no program`);
    const runner = await openRunner(name);
    const verdict = { outcome: await run(program, runner.device) };
    const finding = compare(program, verdict, answer, runner.device);
    runner.close();
    if (finding === null) {
      throw new Error(
        `${name} gives PyTorch's answer: delete ${k.id} from known.json\n${asTypescript(program)}`,
      );
    }
    expect(knownFault(known, name, program, finding)?.id).toBe(k.id);
  });
});
