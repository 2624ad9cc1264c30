// Sums of uint8, which the device holds in 32 bits: what is computed from them reads them modulo 256.
import type { Backend, FoldStage, View } from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { describe, expect, it } from 'vitest';
import { webgpuBackend } from '../src/backend.js';
import { openDevice } from '../src/device.js';
import { Runtime } from '../src/runtime.js';

provideAdapter();
const { device } = await openDevice();

type Program = FoldStage['program'];
const u = 'uint8';
const input = (index: number) => ({ from: 'input', index, dtype: u }) as const;
const parts = { params: [], compiled: new Map() };
const identity: Program = {
  ...parts,
  inputs: [u],
  steps: [],
  outputs: [input(0)],
  key: 'identity',
  id: -1,
};
/** The smaller one of 100 and the last of `count` inputs. */
const atMost100 = (count: number): Program => ({
  ...parts,
  inputs: Array.from({ length: count }, () => u),
  steps: [
    { op: 'min', args: [input(count - 1), { from: 'const', value: 100, dtype: u }], dtype: u },
  ],
  outputs: [{ from: 'step', index: 0, dtype: u }],
  key: `at most ${count}`,
  id: -1 - count,
});

function view(backend: Backend, shape: readonly [number, number], value: number): View {
  const count = shape[0] * shape[1];
  const buffer = backend.upload(new Uint8Array(count).fill(value), u);
  return { buffer, dtype: u, shape, strides: [shape[1], 1], offset: 0, count, dense: true };
}

async function valuesOf(backend: Backend, x: View): Promise<number[]> {
  return [...new Set(Array.from(await backend.download(x.buffer, u, 0, x.count), Number))];
}

describe.each([
  ['shared', true, false],
  ['shared (and subgroups)', true, true],
  ['their own', false, true],
])('with %s memory', (_, shares, subgroups) => {
  const backend = webgpuBackend(new Runtime(device, shares, subgroups));
  // Single elements, and four adjacent ones; 7 · 299 = 45 and 7 · 300 = 52 modulo 256.
  it.each([
    [299, 45],
    [300, 52],
  ])('a reduction of %i elements wraps', async (n, expected) => {
    const [x, sum] = [view(backend, [2, n], 7), view(backend, [2, 1], 0)];
    backend.reduce(identity, 'sum', [x], x.shape, [1], sum, []);
    backend.map(atMost100(1), [sum], [sum], []);
    expect(await valuesOf(backend, sum)).toEqual([expected]);
  });

  it.each([
    [299, 45],
    [300, 52],
  ])('a fold of %i elements wraps', async (n, expected) => {
    const [x, out] = [view(backend, [2, n], 7), view(backend, [2, n], 0)];
    const stages = [{ program: identity, reducer: 'sum' }] as const;
    expect(backend.fold(stages, atMost100(2), [x], x.shape, [1], [out], [])).toBe(true);
    expect(await valuesOf(backend, out)).toEqual([expected]);
  });
});
