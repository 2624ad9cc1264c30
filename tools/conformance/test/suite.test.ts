// The suite on the plain CPU backend, and on it behind a ledger of memory: one test an operator.
import { describe, expect, it } from 'vitest';
import { loadGoldens, registerCounted, suite } from '../src/index.js';

describe.each(['cpu', 'counted'])('conformance of %s', (device) => {
  if (device === 'counted') registerCounted();
  const groups = suite({ device, goldens: loadGoldens() });

  it('finds operators', () => {
    expect(groups.length).toBeGreaterThan(150);
  });

  for (const group of groups) {
    it(group.operator, async () => {
      const results = await group.run();
      expect(results.length).toBeGreaterThan(0);
      const failed = results.filter((r) => r.failure !== null);
      expect(failed.map((r) => `${r.id}, ${r.check}: ${r.failure}`)).toEqual([]);
    });
  }
});
