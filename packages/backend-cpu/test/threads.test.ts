// Threads: results do not depend on their number; several environments use the addon at once.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Contraction } from '@dl/core';
import { afterAll, describe, expect, it } from 'vitest';
import { getNumThreads, setNumThreads } from '../src/index.js';
import { addon, native, patience, random, twin, view } from './helper.js';
import { program } from './programs.js';

const next = random(3);
const value = (): number => next() * 2 - 1;

afterAll(() => setNumThreads(2));

function product(m: number, n: number, k: number): Float32Array {
  const fill = (i: number): number => Math.sin(i);
  const a = view([m, k], 'float32', 'dense', fill);
  const b = view([k, n], 'float32', 'dense', fill);
  const out = view([m, n], 'float32', 'dense', () => 0);
  const spec: Contraction = {
    batch: { sizes: [], a: [], b: [], out: [] },
    row: { sizes: [m], a: [k], b: [0], out: [n] },
    column: { sizes: [n], a: [0], b: [1], out: [1] },
    sum: { sizes: [k], a: [1], b: [n], out: [0] },
  };
  native.contract(spec, a, b, out);
  return out.buffer as Float32Array;
}

describe('threads', () => {
  it('are set and reported, and invalid numbers are refused', () => {
    setNumThreads(3);
    expect(getNumThreads()).toBe(3);
    for (const bad of [0, -1, 1.5, NaN, 5000]) {
      expect(() => setNumThreads(bad)).toThrow(
        /setNumThreads: threads must be an integer from 1 to 1024, got/,
      );
    }
    expect(getNumThreads()).toBe(3);
  });

  it('do not change a product, bit for bit', () => {
    for (const [m, n, k] of [
      [300, 310, 320],
      [1, 5000, 300],
      [1, 2, 200_000],
      [64, 256, 784],
      [2000, 10, 700],
    ]) {
      setNumThreads(1);
      const expected = product(m, n, k);
      for (const threads of [2, 3, 5]) {
        setNumThreads(threads);
        expect(
          Buffer.compare(Buffer.from(product(m, n, k).buffer), Buffer.from(expected.buffer)),
        ).toBe(0);
      }
    }
  });

  it('do not change a reduction or a map, bit for bit', () => {
    const x = view([700, 300], 'float32', 'dense', value);
    const { identity, gelu } = program;
    for (const axes of [[0], [1], [0, 1]]) {
      const shape = x.shape.map((n, d) => (axes.includes(d) ? 1 : n));
      const first = view(shape, 'float32', 'dense', () => 0);
      setNumThreads(1);
      native.reduce(identity, 'sum', [x], x.shape, axes, first, []);
      for (const threads of [2, 4]) {
        setNumThreads(threads);
        const again = view(shape, 'float32', 'dense', () => 0);
        native.reduce(identity, 'sum', [x], x.shape, axes, again, []);
        expect(again.buffer).toEqual(first.buffer);
      }
    }
    const out = twin(x);
    setNumThreads(1);
    native.map(gelu, [x], [out], []);
    const again = twin(x);
    setNumThreads(4);
    native.map(gelu, [x], [again], []);
    expect(again.buffer).toEqual(out.buffer);
  });

  it(
    'serve several workers at once, which start and end',
    async () => {
      setNumThreads(2);
      const platform = `${process.platform}-${process.arch}`;
      const named = process.env.DL_CPU_ADDON;
      const binary = createRequire(import.meta.url).resolve(
        named ? `../prebuilds/${platform}/${named}` : `@dl/backend-cpu-${platform}/dl-cpu.node`,
      );
      // A worker's own commands: the product of two 200 × 200 matrices of ones, many times.
      const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const addon = require(workerData);
      const c = new Float64Array(8192);
      addon.setup(c, () => { throw new Error("no"); });
      const n = 200;
      const [a, b, out] = [0, 1, 2].map(() => new Float32Array(n * n).fill(1));
      let wrong = 0;
      for (let round = 0; round < 60; round++) {
        out.fill(0);
        c.set([0, 0, 0, 0, 0, 1, n, n, 0, n, 1, n, 0, 1, 1, 1, n, 1, n, 0]);
        addon.contract(a, b, out);
        for (const x of out) if (x !== n) wrong++;
      }
      parentPort.postMessage(wrong);`;
      const one = async (): Promise<number> => {
        const worker = new Worker(code, { eval: true, workerData: binary });
        const [[wrong]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
        return wrong as number;
      };
      for (let wave = 0; wave < 8; wave++) {
        const running = Array.from({ length: 4 }, one);
        // This thread works at the same time.
        const mine = product(200, 200, 200);
        expect(await Promise.all(running)).toEqual([0, 0, 0, 0]);
        expect(mine.length).toBeGreaterThan(200 * 200);
      }
      expect(addon.threads()).toBe(2);
    },
    patience(60_000),
  );

  it('are idle without work', async () => {
    setNumThreads(2);
    product(400, 400, 400);
    const before = process.cpuUsage();
    await new Promise((done) => setTimeout(done, 300));
    const { user, system } = process.cpuUsage(before);
    // A spinning thread would use 300,000 µs.
    expect(user + system).toBeLessThan(100_000);
  });
});
