// The suite on device cuda, by the emulator: a sample at each commit, the whole in `test:all`.
import { openRunner } from 'dl-devices';
import { sampleOf } from 'dl-testing/sampling';
import { expect, it } from 'vitest';
import { loadGoldens, runSuite } from '../src/index.js';

it('cuda on the emulator agrees with PyTorch', async () => {
  const runner = await openRunner('cuda');
  expect(runner.about).toContain('emulator');
  const sample = sampleOf(72);
  const { passed, failed, calls } = await runSuite({
    device: 'cuda',
    goldens: loadGoldens(),
    sample,
    operators: sampleOf(20),
    lengths: sampleOf(4),
  });
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(20_000 / sample.of);
  expect(calls.folded).toBeGreaterThan(0);
  // The suite has run on the device and nowhere else.
  expect(runner.launches()).toBeGreaterThan(20_000 / sample.of);
}, 900_000);
