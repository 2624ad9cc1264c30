// Files written by PyTorch in both of its formats are read with the right values.
import { fromTypedArray, Tensor, tensor, zeros } from '@dl/core';
import {
  Embedding,
  Linear,
  Module,
  type MultiheadAttention,
  Parameter,
  registerModule,
  type Sequential,
  Tanh,
} from '@dl/nn';
import { SGD } from '@dl/optim';
import { describe, expect, test } from 'vitest';
import { load, saveBytes } from '../src/index.js';
import goldens from './fixtures/pth.json' with { type: 'json' };

type Packed =
  | null
  | string
  | boolean
  | { tensor: string; dtype: string; shape: number[]; strides: number[]; requiresGrad: boolean }
  | { dict: [string, Packed][] }
  | { list: Packed[] }
  | { set: Packed[] }
  | { bytes: string }
  | { int: string }
  | { float: string };

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

function contents(x: Tensor): string {
  const data = x.contiguous().clone().data();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** Compares a value with Python's description of it. */
function expectSame(value: unknown, packed: Packed, path = 'value'): void {
  if (packed === null || typeof packed !== 'object') {
    expect(value, path).toBe(packed);
  } else if ('tensor' in packed) {
    expect(value, path).toBeInstanceOf(Tensor);
    const x = value as Tensor;
    const { dtype, shape, strides, requiresGrad } = x;
    expect({ dtype, shape, requiresGrad }, path).toEqual({
      dtype: packed.dtype,
      shape: packed.shape,
      requiresGrad: packed.requiresGrad,
    });
    expect([...strides], path).toEqual(packed.strides);
    expect(contents(x), path).toBe(packed.tensor);
  } else if ('dict' in packed) {
    expect(Object.keys(value as object).sort(), path).toEqual(packed.dict.map(([k]) => k).sort());
    for (const [key, item] of packed.dict) {
      expectSame((value as Record<string, unknown>)[key], item, `${path}.${key}`);
    }
  } else if ('list' in packed) {
    expect(Array.isArray(value), path).toBe(true);
    expect((value as unknown[]).length, path).toBe(packed.list.length);
    packed.list.forEach((item, i) => {
      expectSame((value as unknown[])[i], item, `${path}[${i}]`);
    });
  } else if ('set' in packed) {
    expectSame([...(value as Set<number>)].sort(), { list: packed.set }, path);
  } else if ('bytes' in packed) {
    expect(Buffer.from(value as Uint8Array).toString('base64'), path).toBe(packed.bytes);
  } else if ('int' in packed) {
    expect(String(value), path).toBe(packed.int);
  } else {
    const names: Record<string, number> = { inf: Infinity, nan: Number.NaN };
    expect(value, path).toBe(names[packed.float] ?? Number(packed.float));
  }
}

describe('values', () => {
  test.each(goldens.files.map((g) => [g.name, g] as const))('%s', async (_, golden) => {
    const value = await load(bytesOf(golden.file));
    expectSame(value, golden.value as Packed);
    // And once more through a file of ours.
    const again = await load(await saveBytes({ value: value as object }));
    expectSame((again as { value: unknown }).value, golden.value as Packed);
  });

  test.each(['shared storages, zip', 'shared storages, old'])('%s: shared memory', async (name) => {
    const golden = goldens.files.find((g) => g.name === name);
    const found = await load<Record<string, Tensor>>(bytesOf(golden?.file as string));
    expect(found.again).toBe(found.x);
    found.x.set([0, 2], 99);
    expect(found.t?.at(2, 0).item()).toBe(99);
    expect(found.column?.at(0).item()).toBe(99);
    expect(found.wide?.at(1, 2).item()).toBe(99);
    const once = await load<Record<string, Tensor>>(await saveBytes(found));
    once.x.set([0, 2], 7);
    expect(once.t?.at(2, 0).item()).toBe(7);
    expect(once.again).toBe(once.x);
  });

  test("an optimizer resumes from PyTorch's state", async () => {
    const golden = goldens.files.find((g) => g.name === 'sgd, zip');
    const state = await load<ReturnType<SGD['stateDict']>>(bytesOf(golden?.file as string));
    const w = new Parameter(zeros([2, 3]));
    const b = new Parameter(zeros([2]));
    const optimizer = new SGD([w, b], { lr: 1 });
    optimizer.loadStateDict(state);
    expect(optimizer.paramGroups[0]?.momentum).toBe(0.9);
    w.grad = zeros([2, 3]);
    optimizer.step();
    // Gradients of 1 and then 2 (they accumulate): the direction is 0.9 · 1 + 2, and lr 0.1.
    expect(w.at(0, 0).item()).toBeCloseTo(-0.9 * 2.9 * 0.1, 6);
  });
});

class Net extends Module {
  layers: Module[];
  scale = new Parameter(tensor([2, 3]));
  seen = this.registerBuffer('seen', zeros([2]));
  passing = this.registerBuffer('passing', zeros([1]), { persistent: false });

  constructor(readonly width: number) {
    super();
    this.layers = [new Linear(3, width), new Tanh(), new Linear(width, 2)];
  }
  override forward(x: Tensor): Tensor {
    let h = x;
    for (const layer of this.layers) h = layer.forward(h);
    return h.mul(this.scale);
  }
  config() {
    return { width: this.width };
  }
  static fromConfig(config: { readonly [key: string]: unknown }): Net {
    return new Net(config.width as number);
  }
}

type Tensors = Extract<Packed, { tensor: string }>;

function unpack({ tensor: text, dtype, shape }: Tensors): Tensor {
  const { buffer } = bytesOf(text).slice();
  return dtype === 'int64'
    ? fromTypedArray(new BigInt64Array(buffer), shape)
    : fromTypedArray(new Float32Array(buffer), shape);
}

function outputOf(m: Module, x: Tensor): Tensor {
  const y: unknown =
    'selfAttention' in m ? null : isAttention(m) ? m.forward(x, x, x) : m.forward(x);
  return Array.isArray(y) ? (y[0] as Tensor) : (y as Tensor);
}
const isAttention = (m: unknown): m is MultiheadAttention => 'outProj' in (m as object);

describe('whole models', () => {
  test('of an unregistered class are refused on request, with the line to write', async () => {
    const golden = goldens.models.find((g) => g.name.startsWith('user'));
    await expect(load(bytesOf(golden?.file as string), { strict: true })).rejects.toThrow(
      "the pickle names __main__.Net, which is not on load()'s list; if it is a module's class of yours, write registerModule('Net', Net)",
    );
  });

  test.each(goldens.models.map((g) => [g.name, g] as const))('%s', async (name, golden) => {
    if (name.startsWith('user')) registerModule('Net', Net as never);
    const m = await load<Module>(bytesOf(golden.file));
    expect(m.toString()).toBe(golden.repr);
    expectSame(
      Object.fromEntries(Object.entries(m.stateDict())),
      withoutGrads(golden.state as Packed),
    );
    const check = (made: Module): void => {
      if (golden.y === null) return;
      const y = outputOf(made, unpack(golden.x as Tensors));
      const wanted = unpack(golden.y as Tensors).toArray();
      expect(y.shape).toEqual((golden.y as Tensors).shape);
      const off = y.sub(tensor(wanted)).abs().max().item();
      expect(off).toBeLessThan(1e-5);
    };
    check(m);
    // And once more through a file of ours.
    const again = await load<Module>(await saveBytes(m));
    expect(again.toString()).toBe(golden.repr);
    expect(again.training).toBe(m.training);
    check(again);
  });

  test('modes and frozen parameters', async () => {
    const golden = goldens.models.find((g) => g.name === 'mlp, zip');
    const m = await load<Sequential>(bytesOf(golden?.file as string));
    expect(m.training).toBe(false);
    expect(m.at(2).training).toBe(true);
    expect((m.at(0) as Linear).weight.requiresGrad).toBe(false);
    expect((m.at(3) as Linear).weight.requiresGrad).toBe(true);
  });

  test('a padding row is kept', async () => {
    const golden = goldens.models.find((g) => g.name === 'embedding, zip');
    const m = await load<Sequential>(bytesOf(golden?.file as string));
    expect((m.at(0) as Embedding).paddingIdx).toBe(0);
    expect(m.at(0)).toBeInstanceOf(Embedding);
  });
});

/** A state dict's tensors are detached. */
function withoutGrads(packed: Packed): Packed {
  const { dict } = packed as { dict: [string, Packed][] };
  return {
    dict: dict.map(([key, x]) => [key, { ...(x as Tensors), requiresGrad: false }]),
  };
}
