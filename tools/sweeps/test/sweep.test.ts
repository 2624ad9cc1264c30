// Every function on every runner of this machine, in turns: a third at each commit on the CPU, fewer on GPU devices.
import { openRunner, runnersHere } from 'dl-devices';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { describe, expect, it } from 'vitest';
import { sweepAll } from '../src/all.js';
import { swept } from '../src/functions.js';
import { halfFault, singleResults } from '../src/halves.js';

const { here, absent } = await runnersHere();
if (absent.length > 0) console.warn(`Not swept here: ${absent.join('; ')}`);

// Another place in memory at each commit; all of them in `test:all`.
const offsets = drawn(
  sampleOf(15),
  Array.from({ length: 15 }, (_, k) => k + 1),
);
// Shaders and the emulator's kernels take a while to compile.
const samples = { webgpu: sampleOf(6), cuda: sampleOf(8) };

describe('elementwise functions', () => {
  it('has the runners that this machine must have', () => {
    expect(here).toContain('plain');
    if (process.env.DL_REQUIRE_NATIVE === '1') {
      expect(here).toContain('addon:portable');
      if (process.platform === 'linux') expect(here).toContain('cuda');
    }
    if (process.env.DL_REQUIRE_WEBGPU === '1') expect(here).toContain('webgpu');
  });

  it.each(here)(
    'keeps its limits, %s',
    async (name) => {
      const sample = name === 'webgpu' || name === 'cuda' ? samples[name] : sampleOf(3);
      const functions = drawn(sample, swept);
      const { figures, problems } = await sweepAll(name, { functions, offsets });
      expect(problems).toEqual([]);
      const dtypes = name === 'webgpu' ? 1 : 4;
      expect(figures.length).toBeGreaterThanOrEqual(functions.length * dtypes);
      const points = figures.reduce((n, f) => n + f.points, 0);
      expect(points).toBeGreaterThan(functions.length * dtypes * 500);
    },
    300_000,
  );

  const functions = drawn(
    sampleOf(30),
    swept.filter((f) => f.arity === 1 && f.ownResults !== true),
  );
  it.each(here.filter((name) => name !== 'webgpu' && name !== 'cuda'))(
    'is as near in half types as they must be, for every number of them, %s',
    async (name) => {
      const found: (string | null)[] = [];
      for (const f of functions) {
        for (const dtype of ['float16', 'bfloat16'] as const) {
          const single = await singleResults(f, dtype);
          const runner = await openRunner(name);
          found.push(await halfFault(f, dtype, runner, single));
          runner.close();
        }
      }
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((fault) => fault !== null)).toEqual([]);
    },
    300_000,
  );
});
