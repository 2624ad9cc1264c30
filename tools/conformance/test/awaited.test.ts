// What needs values to go on, on GPU devices: the sentence of its refusal names a call, and that call works.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as core from '@dl/core';
import { DeviceError, Tensor, tensor } from '@dl/core';
import { openRunner, runnersHere } from 'dl-devices';
import { describe, expect, it } from 'vitest';

const { here, absent } = await runnersHere(['webgpu', 'cuda']);
for (const line of absent) console.warn(`absent: ${line}`);

const on = (device: string) => {
  const put = (x: Tensor): Tensor => (device === 'cpu' ? x : x.to(device));
  const x = put(
    tensor([
      [1, -2, 3],
      [4, 5, -6],
    ]),
  );
  const i = put(tensor([2, 0, 1], { dtype: 'int32' }));
  const row = put(tensor([true, false]));
  return { x, mask: x.gt(0), row, i, p: x.abs(), sorted: put(tensor([1, 3, 5])) };
};
type On = ReturnType<typeof on>;

/** A call that needs values, the words that its refusal has to hold, and the same call as they say it. */
interface Needs {
  readonly call: (d: On) => unknown;
  readonly says: string;
  readonly awaited: (d: On) => Promise<unknown>;
}

const needs: { readonly [operator: string]: Needs } = {
  at: {
    call: ({ x, mask }) => x.at(mask),
    says: 'x.at(await mask.cpu())',
    awaited: async ({ x, mask }) => x.at(await mask.cpu()),
  },
  maskedSelect: {
    call: ({ x, mask }) => x.maskedSelect(mask),
    says: 'maskedSelect(x, await mask.cpu())',
    awaited: async ({ x, mask }) => x.maskedSelect(await mask.cpu()),
  },
  set: {
    call: ({ x, mask }) => x.clone().set(mask, tensor([7, 8, 9, 10])),
    says: 'x.set(await mask.cpu(), value)',
    awaited: async ({ x, mask }) => x.clone().set(await mask.cpu(), tensor([7, 8, 9, 10])),
  },
  nonzero: {
    call: ({ x }) => x.nonzero(),
    says: '(await x.cpu()).nonzero()',
    awaited: async ({ x }) => (await x.cpu()).nonzero(),
  },
  unique: {
    call: ({ x }) => x.unique(),
    says: '(await x.cpu()).unique()',
    awaited: async ({ x }) => (await x.cpu()).unique(),
  },
  item: {
    call: ({ x }) => x.sum().item(),
    says: '(await x.cpu()).item()',
    awaited: async ({ x }) => (await x.sum().cpu()).item(),
  },
  toArray: {
    call: ({ x }) => x.toArray(),
    says: '(await x.cpu()).toArray()',
    awaited: async ({ x }) => (await x.cpu()).toArray(),
  },
  data: {
    call: ({ x }) => x.data(),
    says: '(await x.cpu()).data()',
    awaited: async ({ x }) => (await x.cpu()).data(),
  },
  equal: {
    call: ({ x }) => core.equal(x, x),
    says: 'equal(await a.cpu(), await b.cpu())',
    awaited: async ({ x }) => core.equal(await x.cpu(), await x.cpu()),
  },
  allclose: {
    call: ({ x }) => core.allclose(x, x),
    says: 'allclose(await a.cpu(), await b.cpu())',
    awaited: async ({ x }) => core.allclose(await x.cpu(), await x.cpu()),
  },
  bincount: {
    call: ({ i }) => core.bincount(i),
    says: '(await x.cpu()).bincount()',
    awaited: async ({ i }) => core.bincount(await i.cpu()),
  },
  oneHot: {
    call: ({ i }) => core.oneHot(i),
    says: 'oneHot(x, numClasses)',
    awaited: async ({ i }) => core.oneHot(i, 3),
  },
  searchsorted: {
    call: ({ sorted, x }) => core.searchsorted(sorted, x),
    says: 'searchsorted(await sequence.cpu(), await input.cpu())',
    awaited: async ({ sorted, x }) => core.searchsorted(await sorted.cpu(), await x.cpu()),
  },
  repeatInterleave: {
    call: ({ x, i }) => core.repeatInterleave(x, i, { dim: 1 }),
    says: 'repeatInterleave(x, await repeats.cpu())',
    awaited: async ({ x, i }) => core.repeatInterleave(x, await i.cpu(), { dim: 1 }),
  },
  multinomial: {
    call: ({ p }) => core.multinomial(p, 1),
    says: '(await x.cpu()).multinomial()',
    awaited: async ({ p }) => {
      core.manualSeed(1);
      return core.multinomial(await p.cpu(), 1);
    },
  },
  bernoulli: {
    call: ({ p }) => core.bernoulli(p.div(10)),
    says: '(await x.cpu()).bernoulli()',
    awaited: async ({ p }) => {
      core.manualSeed(1);
      return core.bernoulli((await p.cpu()).div(10));
    },
  },
};

/** Single values by masks need no positions, and so nothing to wait for. */
const fills: { readonly [what: string]: (d: On) => Tensor } = {
  'a number': ({ x, mask }) => x.clone().set(mask, 7),
  'a tensor of one element': ({ x, mask }) => x.clone().set([mask], tensor([7])),
  'a mask of rows': ({ x, row }) => x.clone().set(row, 7),
  'a mask in the middle': ({ x, row }) => x.unsqueeze(0).clone().set([0, row, '1:'], 7),
  'a mask at the end': ({ x, row }) => x.transpose(0, 1).clone().set(['...', row], 7),
  'a new dimension': ({ x, row }) => x.clone().set([null, row], 7),
  'a mask of uint8': ({ x, mask }) => x.clone().set(mask.to('uint8'), 7),
  'a view': ({ x, row }) => {
    const y = x.clone();
    y.narrow(1, 0, 2).set(row, 7);
    return y;
  },
};

async function plain(value: unknown): Promise<unknown> {
  if (!(value instanceof Tensor)) return value;
  const near = await value.cpu();
  return [near.dtype, near.toArray()];
}

it('knows every operator that reads values', () => {
  const folder = fileURLToPath(new URL('../../../packages/core/src', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((f) => f.endsWith('.ts'))
    .flatMap((f) => [
      ...readFileSync(`${folder}/${f}`, 'utf8').matchAll(
        /(?:hostArray|denseArray|needValues)\('(\w+)'/g,
      ),
    ])
    .map((m) => m[1]);
  // They ask for the device first, or for the values by design: `to` moves away from `cpu`, printing says what to do, indices and
  // deviations are looked at only where they are.
  const asks = new Set(['to', 'toString', 'index', 'std', 'assertClose', 'toTransferable']);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((n) => !asks.has(n) && needs[n] === undefined)).toEqual([]);
});

describe.each(here)('%s', (name) => {
  it.each(Object.entries(needs))(
    '%s says which call to write, and it works',
    async (operator, n) => {
      const { device } = await openRunner(name);
      const d = on(device);
      const call = async (): Promise<unknown> => n.call(d);
      await expect(call()).rejects.toThrow(DeviceError);
      await expect(call()).rejects.toThrow(`${operator}: the tensor is on device '`);
      await expect(call()).rejects.toThrow(n.says);
      expect(await plain(await n.awaited(d))).toEqual(await plain(await n.awaited(on('cpu'))));
    },
  );

  it.each(Object.entries(fills))('sets by %s without waiting', async (_what, fill) => {
    const { device } = await openRunner(name);
    const done = fill(on(device));
    expect(done.device.split(':')[0]).toBe(device);
    expect(await plain(done)).toEqual(await plain(fill(on('cpu'))));
  });

  it('refuses a mask of another shape', async () => {
    const { device } = await openRunner(name);
    const { x, row } = on(device);
    expect(() => x.set([':', row], 1)).toThrow(/set: the mask has shape \[2\], .* have \[3\]/);
  });

  it('gives the gradient of what was set by a mask', async () => {
    const { device } = await openRunner(name);
    const gradient = async ({ x, mask }: On): Promise<unknown> => {
      const leaf = x.detach().requiresGrad_();
      leaf.mul(3).set(mask, 0).sum().backward();
      return plain(leaf.grad);
    };
    expect(await gradient(on(device))).toEqual([
      'float32',
      [
        [0, 3, 0],
        [0, 0, 3],
      ],
    ]);
  });
});
