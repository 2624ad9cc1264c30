// The suite on the plain CPU backend, one test for each operator.
import { describe, expect, it } from 'vitest';
import { loadGoldens, suite } from '../src/index.js';

describe('conformance of cpu', () => {
  const groups = suite({ device: 'cpu', goldens: loadGoldens() });

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
