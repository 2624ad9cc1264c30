// lgamma and digamma for the floats next to their zeros, where a compiler that evaluates constants would lose all digits.
import { type Tensor, tensor } from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { webgpu } from '../src/index.js';

beforeAll(async () => {
  provideAdapter();
  await webgpu.init();
});

/** A float and the three on either side. */
function around(x: number): number[] {
  const floats = Float32Array.of(x);
  const bits = new Int32Array(floats.buffer);
  const middle = bits[0];
  return [-3, -2, -1, 0, 1, 2, 3].map((step) => {
    bits[0] = middle + step;
    return floats[0];
  });
}

const zeros = {
  lgamma: [
    -2.4570247, -2.7476826, -3.1435809, -3.9552943, -4.039362, -4.9915446, -5.008218, -5.9986076,
    -6.0013853, -6.9998015, -7.0001983, -7.999975, 1, 2,
  ],
  digamma: [1.4616321, -0.504083, -1.5734985, -2.6107209, -3.6352933, -10.702418],
};

describe.each(['lgamma', 'digamma'] as const)('%s', (name) => {
  it.each(zeros[name])('around %s', async (zero) => {
    const xs = around(zero);
    const f = (x: Tensor): Tensor => x[name]();
    // Computed in float64 from the same floats.
    const wanted = f(tensor(xs, { dtype: 'float64' })).toArray() as number[];
    const got = (await f(tensor(xs).to('webgpu')).cpu()).toArray() as number[];
    for (const [i, v] of got.entries()) {
      const e = wanted[i];
      // Left of 0 digamma is the difference of numbers of size 1 to 10.
      const least = name === 'digamma' && zero < 0 ? 2 : 0;
      expect(Math.abs(v - e), `${xs[i]} gives ${v}, not ${e}`).toBeLessThanOrEqual(
        3 * 2 ** -23 * Math.max(Math.abs(e), least),
      );
    }
  });
});
