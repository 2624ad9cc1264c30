// Shared helpers of the tests: the addon (built if needed; a missing one is a failure), random views, comparison.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Backend, DType, TypedArray, View } from '@dl/core';
import { nativeBackend } from '../src/backend.js';
import { type Addon, load } from '../src/native.js';

const script = fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url));
// A caller that names another addon, such as `pnpm asan`, has built it.
if (process.env.DL_CPU_ADDON === undefined) {
  const built = spawnSync(process.execPath, [script, '--required'], { encoding: 'utf8' });
  if (built.status !== 0)
    throw new Error(`the addon was not built: ${built.stdout}${built.stderr}`);
}
const loaded = load();
if (loaded.addon === null) throw new Error(`the addon is missing: ${loaded.reason}`);

export const addon: Addon = loaded.addon;

/** A test's time limit, many times longer with a sanitizer's checks. */
export const patience = (ms: number): number =>
  process.env.DL_CPU_ADDON === undefined ? ms : 15 * ms;

/** The instruction sets of this processor, the best one first. */
export const isas = ['avx512', 'avx2', 'portable'].filter((name) => {
  try {
    return addon.isa(name) === name;
  } catch {
    return false;
  }
});
addon.isa(isas[0]);

/** Everything through the addon, however small. */
export const native: Backend = nativeBackend(addon, { map: 0, contract: 0, move: 0 });

/** Uniform numbers below 1, the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const makers = {
  float32: (n: number) => new Float32Array(n),
  float64: (n: number) => new Float64Array(n),
  int32: (n: number) => new Int32Array(n),
  uint8: (n: number) => new Uint8Array(n),
  bool: (n: number) => new Uint8Array(n),
};
export type NativeDType = keyof typeof makers;
export const make = (n: number, dtype: NativeDType): TypedArray => makers[dtype](n);

/** The layout of a view in its buffer. */
export type Layout = 'dense' | 'permuted' | 'stepped' | 'reversed-order' | 'broadcast';

/** A view of the given shape over a buffer filled by `value`, with slack on both sides. */
export function view(
  shape: readonly number[],
  dtype: NativeDType,
  layout: Layout,
  value: (i: number) => number,
): View {
  const rank = shape.length;
  const strides = new Array<number>(rank).fill(0);
  let order = shape.map((_, d) => d);
  if (layout === 'permuted') order = [...order.slice(1), ...order.slice(0, 1)];
  if (layout === 'reversed-order') order.reverse();
  let step = layout === 'stepped' ? 3 : 1;
  for (const d of order.reverse()) {
    if (layout === 'broadcast' && d % 2 === 0) continue;
    strides[d] = step;
    step *= shape[d];
  }
  const offset = 5;
  const data = make(offset + step + 7, dtype);
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  const count = shape.reduce((n, s) => n * s, 1);
  let dense = true;
  let expected = 1;
  for (let d = rank - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== expected) dense = false;
    expected *= shape[d];
  }
  return { buffer: data, dtype: dtype as DType, shape, strides, offset, count, dense };
}

/** The same view over a copy of the buffer. */
export function twin(x: View): View {
  return { ...x, buffer: (x.buffer as TypedArray).slice() };
}

/** The largest difference between two views' whole buffers, relative to `scale`; NaN equals NaN. */
export function difference(a: View, b: View, scale = 1): number {
  const [x, y] = [a.buffer as Float64Array, b.buffer as Float64Array];
  let worst = x.length === y.length ? 0 : Infinity;
  for (let i = 0; i < x.length; i++) {
    if (Object.is(x[i], y[i]) || x[i] === y[i]) continue;
    const d = Math.abs(x[i] - y[i]) / (scale + Math.abs(y[i]));
    worst = Math.max(worst, Number.isNaN(d) ? Infinity : d);
  }
  return worst;
}
