// Tensors in messages: to a worker and back, what is shared and kept, what is refused.
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  add,
  arange,
  cpuBackend,
  DeviceError,
  type DType,
  dtypes,
  FormatError,
  fromTransferable,
  fromTypedArray,
  ones,
  registerBackend,
  Tensor,
  type TensorMessage,
  type TypedArray,
  tensor,
  toTransferable,
  zeros,
} from '../src/index.js';

/** A value as it arrives elsewhere. */
function sent<T>(value: T): T {
  const { message, transfer } = toTransferable(value);
  return fromTransferable(structuredClone(message, { transfer }));
}

const memoryOf = (x: Tensor): ArrayBufferLike =>
  (x as unknown as { buffer: TypedArray }).buffer.buffer;
const gone =
  /the memory of a tensor was detached: its ArrayBuffer was transferred, as by toTransferable/;

// It doubles the first element of each memory and sends the message on, as code without this library could.
const doubling = `
  const { parentPort } = require('node:worker_threads');
  parentPort.once('message', (message) => {
    for (const a of message.memory) a[0] = typeof a[0] === 'bigint' ? a[0] * 2n : a[0] * 2;
    parentPort.postMessage(message, message.memory.map((a) => a.buffer));
  });`;

describe('toTransferable and fromTransferable', () => {
  it('move a state dict to a worker and back', async () => {
    const state = {
      'layer.weight': ones([100, 100], { requiresGrad: true }),
      'layer.bias': tensor([3, 4]),
      steps: 7,
      more: [tensor(5n), { name: 'x', when: new Date(0), map: new Map([['a', tensor([1.5])]]) }],
    };
    const worker = new Worker(doubling, { eval: true });
    const { message, transfer } = toTransferable(state);
    worker.postMessage(message, transfer);
    const [answer] = (await once(worker, 'message')) as [TensorMessage<typeof state>];
    await worker.terminate();
    const back = fromTransferable(answer);
    expect(Object.keys(back)).toEqual(Object.keys(state));
    expect(back['layer.weight'].shape).toEqual([100, 100]);
    expect(back['layer.weight'].requiresGrad).toBe(true);
    expect(back['layer.weight'].sum().item()).toBe(10_001);
    expect(back['layer.bias'].toArray()).toEqual([6, 4]);
    expect(back.steps).toBe(7);
    const [five, inner] = back.more as [Tensor, { when: Date; map: Map<string, Tensor> }];
    expect(five.bigint()).toBe(10n);
    expect(inner.when).toEqual(new Date(0));
    expect(inner.map.get('a')?.item()).toBe(3);
  });

  it('do not copy the memory of a large tensor', () => {
    const x = arange(100_000);
    const before = memoryOf(x);
    const { message, transfer } = toTransferable(x);
    expect(before.byteLength).toBe(0);
    expect(transfer.map((b) => b.byteLength)).toEqual([400_000]);
    const y = fromTransferable(message);
    expect(memoryOf(y)).toBe(transfer[0]);
    expect(y.at(-1).item()).toBe(99_999);
  });

  it.each(Object.keys(dtypes) as DType[])('keep %s', (dtype) => {
    for (const n of [0, 1, 5, 3000]) {
      const x = arange(n).remainder(2).to(dtype);
      const expected = x.toArray();
      const y = sent(x);
      expect([y.dtype, y.shape, y.device]).toEqual([dtype, [n], 'cpu']);
      expect(y.toArray()).toEqual(expected);
    }
  });

  it('keep strides, and share what was shared', () => {
    const base = arange(2000).view(40, 50);
    const value = { base, t: base.t(), row: base.at(3), wide: base.at(0, 0).expand(3), same: base };
    const expected = [base.t().toArray(), base.at(3).toArray()];
    const { base: b, t, row, wide, same } = sent(value);
    expect([t.toArray(), row.toArray()]).toEqual(expected);
    expect([t.stride(), row.storageOffset(), wide.stride()]).toEqual([[1, 50], 150, [0]]);
    expect(same).toBe(b);
    b.fill_(9);
    expect([t.at(4, 1).item(), row.at(0).item(), wide.toArray()]).toEqual([9, 9, [9, 9, 9]]);
  });

  it('share an ArrayBuffer that several tensors were made on', () => {
    const array = new Float32Array([1, 2, 3, 4]);
    const part = fromTypedArray(array.subarray(2));
    const bytes = fromTypedArray(new Uint8Array(array.buffer));
    const [a, b, c] = sent([part, fromTypedArray(array), bytes]);
    expect([a.toArray(), b.toArray()]).toEqual([
      [3, 4],
      [1, 2, 3, 4],
    ]);
    c.zero_();
    expect([a.toArray(), b.toArray()]).toEqual([
      [0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it.each([1, 100, 700, 5000])('leave nothing behind of a tensor of %i elements', (n) => {
    // Small tensors share slabs, of which the others stay.
    const [before, x, after] = [ones([n]), ones([n]), ones([n])];
    const view = x.view(1, n);
    toTransferable(x);
    for (const use of [
      () => x.add(1),
      () => add(ones([n]), x),
      () => x.sum(),
      () => view.toArray(),
      () => x.fill_(2),
      () => x.data(),
      () => x.device,
      () => x.clone(),
      () => String(x),
      () => toTransferable(x),
    ]) {
      expect(use).toThrow(DeviceError);
      expect(use).toThrow(gone);
    }
    expect(x.shape).toEqual([n]);
    x.dispose();
    expect(before.sum().item() + after.sum().item()).toBe(2 * n);
  });

  it('refuse a gradient that needs the memory', () => {
    const w = ones([1000], { requiresGrad: true });
    const x = ones([1000]);
    const loss = w.mul(x).sum();
    toTransferable(x);
    expect(() => loss.backward()).toThrow(gone);
  });

  it('never give the memory to other tensors', () => {
    const x = ones([1 << 12]);
    const { message } = toTransferable(x);
    x.dispose();
    const others = Array.from({ length: 8 }, () => zeros([1 << 12]));
    expect(fromTransferable(message).sum().item()).toBe(4096);
    const y = fromTransferable(message);
    y.dispose();
    expect(
      zeros([1 << 12])
        .sum()
        .item() + others[0].sum().item(),
    ).toBe(0);
    expect(fromTransferable(message).sum().item()).toBe(4096);
  });

  it('leave shared memory where it is', () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    const x = fromTypedArray(shared);
    const { message, transfer } = toTransferable(x);
    expect(transfer).toEqual([]);
    const y = fromTransferable(structuredClone(message));
    y.fill_(3);
    expect(x.toArray()).toEqual([3, 3]);
  });

  it('keep the objects that occur twice, and cycles', () => {
    const inner = { x: tensor([1]) };
    const value: Record<string, unknown> = { a: inner, b: inner, ['__proto__']: 1 };
    value.self = value;
    const back = sent(value);
    expect(back.a).toBe(back.b);
    expect(back.self).toBe(back);
    expect((back.a as typeof inner).x).toBeInstanceOf(Tensor);
  });
});

describe('toTransferable', () => {
  it('refuses what a message does not keep, and then moves nothing', () => {
    class Model {
      weight = tensor([1]);
    }
    const x = tensor([1]);
    expect(() => toTransferable({ x, model: new Model() })).toThrow(
      'toTransferable: got a Model at value.model, which a message does not keep; pass tensors in plain objects, arrays and Maps, such as model.stateDict()',
    );
    expect(() => toTransferable([x, () => 1])).toThrow(/got a function at value\[1\]/);
    const w = tensor([1], { requiresGrad: true });
    expect(() => toTransferable({ x, loss: [w.mul(2)] })).toThrow(
      'toTransferable: the tensor of shape [1] at value.loss[0] is not a leaf, and the history of a tensor cannot be sent; use x.detach()',
    );
    expect(x.item()).toBe(1);
  });

  it('accepts plain data', () => {
    expect(sent({ a: 1, b: [null, undefined, 'c', new Float32Array(2)] })).toEqual({
      a: 1,
      b: [null, undefined, 'c', new Float32Array(2)],
    });
  });
});

describe('fromTransferable', () => {
  const from = fromTransferable as (x: unknown) => unknown;

  it('says what to send', () => {
    const fix =
      'send one with const { message, transfer } = toTransferable(x); worker.postMessage(message, transfer)';
    expect(() => from(tensor([1]))).toThrow(
      `fromTransferable: the message must come from toTransferable(), got a tensor of shape [1]; ${fix}`,
    );
    expect(() => from({ a: 1 })).toThrow(FormatError);
    expect(() => from(null)).toThrow(/got null/);
    expect(() => from(toTransferable(tensor([1])))).toThrow(/pass its message alone/);
  });

  it('says that a message was posted', () => {
    const { message, transfer } = toTransferable(ones([2]));
    structuredClone(message, { transfer });
    expect(() => fromTransferable(message)).toThrow(/the message was already posted/);
  });

  it('refuses damaged messages', () => {
    const { message } = toTransferable(ones([2, 2]));
    const [x] = message.tensors;
    for (const wrong of [
      { offset: 1 },
      { offset: -1 },
      { shape: [3, 2] },
      { strides: [1] },
      { dtype: 'float64' },
      { dtype: 'no' },
      { memory: 1 },
      { strides: [1e9, 1] },
    ]) {
      const tensors = [{ ...x, ...wrong }];
      expect(() => from({ ...message, tensors, value: tensors[0] })).toThrow(
        /fromTransferable: the message is damaged/,
      );
    }
    expect(() => from({ ...message, memory: null })).toThrow(FormatError);
    expect(() => from({ ...message, tensors: [null] })).toThrow(FormatError);
  });
});

describe('a tensor itself', () => {
  it.each([1, 5000])('cannot be cloned or posted, with a sentence (%i elements)', (n) => {
    const sentence =
      /toTransferable\(x\); postMessage\(message, transfer\), and received with fromTransferable\(message\)/;
    expect(() => structuredClone(ones([n]))).toThrow(sentence);
    expect(() => structuredClone({ w: [ones([n], { requiresGrad: true }).mul(2)] })).toThrow(
      sentence,
    );
    const { port1, port2 } = new MessageChannel();
    expect(() => port1.postMessage(ones([n]))).toThrow(sentence);
    port1.close();
    port2.close();
  });

  it('says the same on any device', () => {
    registerBackend({ ...cpuBackend, device: 'other', map: cpuBackend.map });
    expect(() => structuredClone(ones([2], { device: 'other' }))).toThrow(/toTransferable\(x\)/);
  });
});
