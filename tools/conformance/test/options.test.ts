// Every combination of the options of interpolate and of attention on each device, beside core's own loops on cpu;
// a quarter of them at each commit.
import {
  type AttentionOptions,
  grad,
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  manualSeed,
  randn,
  scaledDotProductAttention,
  type Tensor,
  tensor,
} from '@dl/core';
import { openRunner, runnersHere } from 'dl-devices';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { afterAll, describe, expect, it } from 'vitest';
import { defaults } from '../src/compare.js';

const { here, absent } = await runnersHere(['addon', 'webgpu', 'cuda']);
for (const line of absent) console.warn(`absent: ${line}`);

manualSeed(5);
const inputs = { lines: randn([2, 3, 7]), images: randn([2, 2, 5, 6]) };
const resized: Record<keyof typeof inputs, readonly InterpolateMode[]> = {
  lines: ['nearest', 'nearest-exact', 'area', 'linear'],
  images: ['nearest', 'nearest-exact', 'area', 'bilinear', 'bicubic'],
};
const sizes: Record<keyof typeof inputs, readonly InterpolateOptions[]> = {
  lines: [{ size: 4 }, { size: 11 }, { scaleFactor: 0.6 }, { scaleFactor: 2.3 }],
  images: [
    { size: [3, 9] },
    { size: [11, 2] },
    { size: 1 },
    { scaleFactor: 0.45 },
    { scaleFactor: [2.5, 0.7] },
  ],
};

function* combinations(
  kind: keyof typeof inputs,
  mode: InterpolateMode,
): Generator<InterpolateOptions> {
  const blends = mode.endsWith('linear') || mode === 'bicubic';
  for (const size of sizes[kind])
    for (const alignCorners of blends ? [false, true] : [null])
      for (const antialias of mode.startsWith('bi') ? [false, true] : [false])
        for (const recomputeScaleFactor of 'size' in size ? [false] : [false, true])
          yield { ...size, mode, alignCorners, antialias, recomputeScaleFactor };
}

const additive = randn([4, 5]);
const allowed = tensor([
  [true, false, true, true, false],
  [false, false, false, false, false],
  [true, true, true, true, true],
  [false, true, false, false, false],
]);
const masks: readonly (readonly [string, AttentionOptions])[] = [
  ['plain', {}],
  ['causal', { isCausal: true }],
  ['with a mask to add', { attnMask: additive }],
  ['with a mask that allows', { attnMask: allowed }],
];
const attentions = masks.flatMap(([name, mask]) =>
  [null, 0.3].flatMap((scale) =>
    [false, true].map((enableGqa) => ({
      name,
      scale,
      enableGqa,
      options: { ...mask, scale, enableGqa },
    })),
  ),
);
const query = randn([2, 4, 4, 3]);
const pairs = {
  grouped: [randn([2, 2, 5, 3]), randn([2, 1, 5, 6])],
  alone: [randn([2, 4, 5, 3]), randn([1, 4, 5, 6])],
} as const;

const sample = sampleOf(8);

type Call = (operands: readonly Tensor[]) => Tensor;

/** The result, and the gradients for an upstream gradient that is not the same everywhere. */
async function outcome(call: Call, operands: readonly Tensor[], device: string): Promise<Tensor[]> {
  const there = operands.map((x) => x.to(device).detach().requiresGrad_());
  const y = call(there);
  const found = [y, ...(grad(y.mul(y).sum(), there) as Tensor[])];
  return Promise.all(found.map((x) => x.detach().cpu()));
}

async function compare(
  name: string,
  call: Call,
  operands: readonly Tensor[],
  about: unknown,
): Promise<void> {
  const plain = await openRunner('plain');
  const wanted = await outcome(call, operands, plain.device);
  plain.close();
  const { device, close } = await openRunner(name);
  const got = await outcome(call, operands, device);
  close();
  for (const [i, x] of got.entries()) {
    const text = `${i === 0 ? 'result' : `gradient ${i}`} of ${JSON.stringify(about)}`;
    expect(x.shape, text).toEqual(wanted[i]?.shape);
    const numbers = wanted[i].flatten().toArray() as number[];
    for (const [n, v] of (x.flatten().toArray() as number[]).entries()) {
      const e = numbers[n];
      const { rtol, atol } = defaults.float32;
      expect(Math.abs(v - e), `element ${n}: ${v}, not ${e}, ${text}`).toBeLessThanOrEqual(
        atol + rtol * Math.abs(e),
      );
    }
  }
}

describe.each(here)('%s', (name) => {
  afterAll(async () => (await openRunner('plain')).close());

  for (const kind of ['lines', 'images'] as const) {
    it.each(resized[kind])(`interpolate of ${kind}, %s`, { timeout: 120_000 }, async (mode) => {
      for (const options of drawn(sample, [...combinations(kind, mode)]))
        await compare(name, ([x]) => interpolate(x, options), [inputs[kind]], options);
    });
  }

  it.each(drawn(sample, attentions))(
    'attention $name, scale $scale, groups $enableGqa',
    async ({ options }) => {
      const [key, value] = pairs[options.enableGqa ? 'grouped' : 'alone'];
      const call: Call = ([q, k, v]) => {
        const mask = options.attnMask?.to(q.device) ?? null;
        return scaledDotProductAttention(q, k, v, {
          ...options,
          attnMask: mask,
        });
      };
      await compare(name, call, [query, key, value], options);
    },
  );

  it('attention drops weights and scales what is left', async () => {
    const { device, close } = await openRunner(name);
    const [key] = pairs.alone;
    // The values of a one-hot basis are the weights themselves.
    const value = tensor(
      Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (__, j) => Number(i === j))),
    );
    const weights = async (dropoutP: number): Promise<number[]> => {
      const y = scaledDotProductAttention(query.to(device), key.to(device), value.to(device), {
        dropoutP,
      });
      return (await y.cpu()).flatten().toArray() as number[];
    };
    const all = await weights(0);
    const some = await weights(0.5);
    for (const [i, w] of some.entries()) if (w !== 0) expect(w).toBeCloseTo(2 * all[i], 5);
    const dropped = some.filter((w) => w === 0).length / some.length;
    expect(dropped).toBeGreaterThan(0.3);
    expect(dropped).toBeLessThan(0.7);
    expect((await weights(1)).every((w) => w === 0)).toBe(true);
    close();
  });
});
