// The third and fourth derivative of lgamma on every device: left of 0 too, however far, where sums would not end.
import { type DType, grad, type Tensor, tensor } from '@dl/core';
import { openRunner, runnersHere } from 'dl-devices';
import { afterAll, describe, expect, it } from 'vitest';

const { here, absent } = await runnersHere();
for (const line of absent) console.warn(`absent: ${line}`);

// PyTorch 2.13 in float64: torch.autograd.grad of torch.lgamma, three and four times.
const rows = [
  [0.5, -16.828796644234316, 97.40909103400242],
  [3.25, -0.12815694713911513, 0.09043335532465575],
  [-0.25, 122.69736678366235, 1555.7633125348507],
  [-2.5, -0.1082040516417282, 194.74787621918756],
  [-2.75, -124.1176530597152, 1558.4897512832945],
  [-7.375, 30.07747654918653, 345.7209174772731],
  [-20.3125, 59.93254471218021, 659.232863218672],
] as const;
// Far out a derivative is that of -π cot(πx): 0 and 2 π⁴ between two poles.
const far = { float32: [-(2 ** 21) - 0.5], float64: [-1e8 - 0.5, -(2 ** 50) - 0.5] };

async function derivatives(
  xs: readonly number[],
  dtype: DType,
  device: string,
): Promise<number[][]> {
  const x = tensor(xs, { dtype }).to(device).requiresGrad_();
  let y: Tensor = x.lgamma();
  const found: number[][] = [];
  for (let order = 1; order <= 4; order++) {
    [y] = grad(y.sum(), [x], { createGraph: true }) as [Tensor];
    found.push((await y.detach().cpu()).toArray() as number[]);
  }
  return found.slice(2);
}

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  // WebGPU has no float64.
  const dtypes = name === 'webgpu' ? (['float32'] as const) : (['float32', 'float64'] as const);
  for (const dtype of dtypes) {
    it(`in ${dtype}`, async () => {
      const { device, close } = await openRunner(name);
      const relative = dtype === 'float32' ? 2e-5 : 1e-12;
      const [third, fourth] = await derivatives(
        rows.map(([x]) => x),
        dtype,
        device,
      );
      for (const [i, [x, three, four]] of rows.entries()) {
        expect(Math.abs(third?.[i] / three - 1), `third at ${x}`).toBeLessThan(relative);
        expect(Math.abs(fourth?.[i] / four - 1), `fourth at ${x}`).toBeLessThan(relative);
      }
      const [zeros, peaks] = await derivatives(far[dtype], dtype, device);
      for (const v of zeros ?? []) expect(Math.abs(v)).toBeLessThan(1e-12);
      for (const v of peaks ?? []) expect(v / (2 * Math.PI ** 4)).toBeCloseTo(1, 6);
      expect(await derivatives([-Infinity], dtype, device)).toEqual([[-Infinity], [Infinity]]);
      close();
    });
  }
});
