// The whole suite on device webgpu, in Node on the software adapter.
import { webgpu } from '@dl/backend-webgpu';
import { provideAdapter } from 'dl-software-gpu';
import { expect, it } from 'vitest';
import { loadGoldens, missingDtypes, type Result, suite } from '../src/index.js';

it('webgpu in Node agrees with PyTorch in every case', async () => {
  provideAdapter();
  await webgpu.init();
  const results: Result[] = [];
  const without = missingDtypes.webgpu;
  for (const group of suite({ device: 'webgpu', goldens: loadGoldens(), without })) {
    // The second time the calls are known, and their recipes are given again.
    for (let time = 0; time < 2; time++) results.push(...(await group.run()));
  }
  const failed = results.filter((r) => r.failure !== null);
  expect(failed.map((r) => `${r.id}, ${r.check}: ${r.failure}`)).toEqual([]);
  expect(results.length).toBeGreaterThan(20_000);
  // The suite has run on the device and nowhere else.
  expect(webgpu.counts().dispatches).toBeGreaterThan(20_000);
}, 600_000);
