// The whole suite through the addon of @dl/backend-cpu, once for each instruction set of this processor.
import { type Isa, info, init, shutdown } from '@dl/backend-cpu';
import { afterAll, describe, expect, it } from 'vitest';
import { loadGoldens, type Result, suite } from '../src/index.js';

afterAll(() => shutdown());

// A missing addon fails here; an instruction set that the processor lacks is not run.
const first = init({ smallest: 0, threads: 2 });
const here = (['avx512', 'avx2', 'portable'] as Isa[]).filter((isa) => init({ isa }).active);

describe('@dl/backend-cpu', () => {
  it('is active, with at least the portable kernels', () => {
    expect(first).toMatchObject({ active: true });
    expect(here).toContain('portable');
  });

  it.each(here)(
    'agrees with PyTorch in every case, %s',
    async (isa) => {
      expect(init({ isa, smallest: 0, threads: 2 })).toMatchObject({ active: true, isa });
      const results: Result[] = [];
      for (const group of suite({ device: 'cpu', goldens: loadGoldens() })) {
        results.push(...(await group.run()));
      }
      expect(info()).toMatchObject({ active: true, isa });
      const failed = results.filter((r) => r.failure !== null);
      expect(failed.map((r) => `${r.id}, ${r.check}: ${r.failure}`)).toEqual([]);
      expect(results.length).toBeGreaterThan(20_000);
    },
    300_000,
  );
});
