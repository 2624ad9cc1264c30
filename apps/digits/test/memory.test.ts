// The training loop needs no disposal: ten thousand steps in a row leave memory as it was.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasTurn } from 'dl-testing/sampling';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packagedData } from '../src/mnist.js';
import { bundle } from './bundle.js';

const MB = 2 ** 20;
let folder: string;
let program: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dl-memory-'));
  program = await bundle('test/memory.child.ts', folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// At every other commit; core's own test of the same runs at each.
it.runIf(hasTurn('10,000 steps of digits', 2, 0))(
  'keeps memory flat over 10,000 synchronous steps',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      program,
      packagedData(),
    ]);
    const { warm, end, peak, steps } = JSON.parse(stdout);
    expect(steps).toBe(10_000);
    // Kept, the objects of a step would come to more than a kilobyte, 8 MB in all, and its arrays to
    // 0.3 MB, gigabytes in all. The heap is exact; arrays that the collector is still sweeping count.
    expect(end.heap - warm.heap).toBeLessThan(1 * MB);
    expect(end.arrays - warm.arrays).toBeLessThan(64 * MB);
    // Without being asked to, the collector must keep up: it sees the arrays that steps throw away.
    expect(peak).toBeLessThan(256 * MB);
    expect(end.rss - warm.rss).toBeLessThan(128 * MB);
  },
  120_000,
);
