// The suite on the plain CPU backend, and on it behind a ledger of memory: one test an operator.
import { sampleOf, whole } from 'dl-testing/sampling';
import { describe, expect, it } from 'vitest';
import { Calls, loadGoldens, registerCounted, runParts, suite } from '../src/index.js';

describe.each([
  { device: 'cpu', sample: sampleOf(6), operators: whole, lengths: whole },
  { device: 'counted', sample: sampleOf(24), operators: sampleOf(4), lengths: sampleOf(4) },
])('conformance of $device', ({ device, sample, operators, lengths }) => {
  if (device === 'counted') registerCounted();
  const calls = new Calls();
  const options = { device, goldens: loadGoldens(), sample, operators, lengths, calls };
  const groups = suite(options);

  let ran = 0;

  it('finds operators', () => {
    expect(groups.length).toBeGreaterThan(150 / operators.of);
  });

  for (const group of groups) {
    it(group.operator, async () => {
      ran++;
      const results = await runParts(group.parts, options);
      expect(results.length).toBeGreaterThan(0);
      const failed = results.filter((r) => r.failure !== null);
      expect(failed.map((r) => `${r.id}, ${r.check}: ${r.failure}`)).toEqual([]);
    });
  }

  it('every method of the contract was called', ({ skip }) => {
    if (ran < groups.length) skip('only some of the operators were run');
    expect(calls.never()).toEqual([]);
  });
});
