// The suite on device webgpu, in Node on the software adapter: a sample at each commit, the whole in `test:all`.
import { openRunner } from 'dl-devices';
import { sampleOf } from 'dl-testing/sampling';
import { expect, it } from 'vitest';
import { loadGoldens, runSuite } from '../src/index.js';

it('webgpu in Node agrees with PyTorch', async () => {
  const runner = await openRunner('webgpu');
  const { device, without } = runner;
  const sample = sampleOf(90);
  // The second time the calls are known, and their recipes are given again.
  const { passed, failed, calls } = await runSuite({
    device,
    goldens: loadGoldens(),
    without,
    sample,
    operators: sampleOf(20),
    lengths: sampleOf(4),
    times: 2,
  });
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(20_000 / sample.of);
  expect(calls.folded).toBeGreaterThan(0);
  // The suite has run on the device and nowhere else.
  expect(runner.launches()).toBeGreaterThan(20_000 / sample.of);
}, 600_000);
