// The suite through the addon of @dl/backend-cpu, once for each instruction set of this processor.
import { info, init, shutdown } from '@dl/backend-cpu';
import { openRunner, runnersHere } from 'dl-devices';
import { sampleOf } from 'dl-testing/sampling';
import { afterAll, describe, expect, it } from 'vitest';
import { loadGoldens, runSuite } from '../src/index.js';

afterAll(() => shutdown());

// A missing addon fails here; an instruction set that the processor lacks is not run.
const first = init({ smallest: 0, threads: 2 });
const isas = (await runnersHere(['addon'])).here;

describe('@dl/backend-cpu', () => {
  it('is active, with at least the portable kernels', () => {
    expect(first).toMatchObject({ active: true });
    expect(isas).toContain('addon:portable');
  });

  it.each(isas)(
    'agrees with PyTorch, %s',
    async (name) => {
      const { about, device } = await openRunner(name);
      const sample = sampleOf(9);
      const { passed, failed, calls } = await runSuite({
        device,
        goldens: loadGoldens(),
        sample,
      });
      expect(info()).toMatchObject({ active: true, isa: name.split(':')[1] });
      expect(about).toContain(info().isa);
      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(20_000 / sample.of);
      expect(calls.folded).toBeGreaterThan(0);
    },
    300_000,
  );
});
