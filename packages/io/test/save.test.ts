// Values and files: what is loaded equals what was saved, and a file is either complete or absent.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  arange,
  DLError,
  type DType,
  FormatError,
  manualSeed,
  randn,
  Tensor,
  tensor,
  ValueError,
  zeros,
} from '@dl/core';
import { Linear } from '@dl/nn';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { load, save, saveBytes, setupSeed } from '../src/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dl-io-'));
});

const again = async (value: object): Promise<unknown> => load(await saveBytes(value));

describe('values', () => {
  it('survive a round trip', async () => {
    const value = {
      list: [1, -0, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324],
      text: 'naïve \u0000 \ud83d\ude00 "quoted"',
      yes: true,
      none: null,
      big: -(2n ** 63n),
      bytes: Uint8Array.of(0, 255, 7),
      nested: { 'a.b': { '': [] }, list: [[{}]] },
    };
    expect(await again(value)).toEqual(value);
    expect(Object.is(((await again(value)) as typeof value).list[1], -0)).toBe(true);
  });

  it('survive a round trip for any JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
        const text = JSON.stringify(value);
        if (/"(__proto__|constructor)":/.test(text)) return;
        expect(await again({ value: value as object })).toEqual({ value });
      }),
    );
  });

  it.each<DType>(['float32', 'float64', 'int32', 'uint8', 'bool', 'float16', 'bfloat16', 'int64'])(
    'keep tensors of %s bit for bit',
    async (dtype) => {
      const x = tensor([1, 0, 3, 1, 5, 0], { dtype }).view([2, 3]);
      const { y } = (await again({ y: x })) as { y: Tensor };
      expect(y.dtype).toBe(dtype);
      expect(y.shape).toEqual([2, 3]);
      expect(y.data()).toEqual(x.data());
    },
  );

  it('keep NaN payloads, zero-size and zero-dimensional tensors, layouts and requiresGrad', async () => {
    const bits = new Float32Array(new Uint32Array([0x7fc01234, 0x80000000]).buffer);
    const value = {
      bits: tensor(bits),
      none: zeros([0, 3]),
      scalar: tensor(2.5),
      turned: arange(6).view([2, 3]).t(),
      wide: tensor([1, 2]).expand([3, 2]),
      leaf: tensor([1], { requiresGrad: true }),
    };
    const found = (await again(value)) as typeof value;
    expect(new Uint32Array((found.bits.data() as Float32Array).buffer)).toEqual(
      new Uint32Array([0x7fc01234, 0x80000000]),
    );
    expect(found.none.shape).toEqual([0, 3]);
    expect(found.scalar.item()).toBe(2.5);
    expect(found.turned.stride()).toEqual([1, 3]);
    expect(found.turned.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(found.wide.stride()).toEqual([0, 1]);
    expect(found.leaf.requiresGrad).toBe(true);
    expect(found.scalar.requiresGrad).toBe(false);
  });

  it('share memory if they shared it, and stay one tensor if they were one', async () => {
    const x = arange(10, { dtype: 'float32' });
    const found = (await again({
      a: x.at('2:6'),
      b: x.at('4:8'),
      c: x.at('4:8'),
      same: [x, x],
    })) as {
      a: Tensor;
      b: Tensor;
      same: Tensor[];
    };
    found.a.fill_(-1);
    expect(found.b.toArray()).toEqual([-1, -1, 6, 7]);
    expect(found.same[0]).toBe(found.same[1]);
  });

  it('store only the part of a large memory that their tensors use', async () => {
    const bytes = await saveBytes({ row: zeros([1000, 1000]).at(500) });
    expect(bytes.length).toBeLessThan(6000);
    expect(((await load(bytes)) as { row: Tensor }).row.shape).toEqual([1000]);
  });

  it('are those at the time of the call', async () => {
    const x = tensor([1, 2]);
    const list = [1];
    const bytes = saveBytes({ x, list });
    x.fill_(9);
    list.push(2);
    const found = (await load(await bytes)) as { x: Tensor; list: number[] };
    expect(found.x.toArray()).toEqual([1, 2]);
    expect(found.list).toEqual([1]);
  });

  it('do not share memory with the bytes that they are read from', async () => {
    const bytes = await saveBytes({ x: tensor([1, 2]), b: Uint8Array.of(1) });
    const first = (await load(bytes)) as { x: Tensor; b: Uint8Array };
    const before = bytes.slice();
    first.x.fill_(7);
    first.b[0] = 7;
    expect(bytes).toEqual(before);
  });

  it('do not share memory with Buffers', async () => {
    const mine = Buffer.from([1, 2]);
    const pending = saveBytes({ mine });
    mine[0] = 9;
    const bytes = Buffer.from(await pending);
    const found = (await load(bytes)) as { mine: Uint8Array };
    bytes.fill(0);
    expect(found.mine).toEqual(Uint8Array.of(1, 2));
  });

  it.each([
    ['a function', { f: [() => 1] }, /value\.f\[0\] is a function/],
    ['undefined', { a: { b: undefined } }, /value\.a\.b is undefined; leave it out, or use null/],
    ['a symbol', { s: Symbol('x') }, /value\.s is a symbol/],
    [
      'a Map with objects as keys',
      { 'a b': new Map([[{}, 1]]) },
      /value\["a b"\] has a object as a key/,
    ],
    ['a Set of objects', { s: new Set([{}]) }, /value\.s is a set that contains a object/],
    ['a lone surrogate', ['\ud83d'], /value\[0\] is a string with a lone surrogate/],
    ['a Date', [new Date()], /value\[0\] is an object of class Date/],
    ['a Float32Array', [new Float32Array(1)], /class Float32Array/],
    ['__proto__', JSON.parse('{"__proto__": 1}'), /value\.__proto__ has a key that is not allowed/],
  ])('that cannot be saved are named: %s', async (_name, value, message) => {
    await expect(saveBytes(value)).rejects.toThrow(ValueError);
    await expect(saveBytes(value)).rejects.toThrow(message);
  });

  it("that look like an optimizer's state but are something else", async () => {
    const states = [tensor([1, 2]), [1, 'a'], new Uint8Array([3]), new Set(['b']), 'text', null];
    for (const state of states) {
      const found = await load<{ state: unknown }>(await saveBytes({ param_groups: [], state }));
      if (state instanceof Tensor) expect((found.state as Tensor).toArray()).toEqual([1, 2]);
      else expect(found.state).toEqual(state);
    }
    const model = new Linear(1, 1);
    const given = { param_groups: [], state: model } as object;
    expect((await load<{ state: unknown }>(await saveBytes(given))).state).toBeInstanceOf(Linear);
  });

  it('that contain themselves, or are nested very deeply, are refused', async () => {
    const loop: { list: unknown[] } = { list: [] };
    loop.list.push(loop);
    await expect(saveBytes(loop)).rejects.toThrow(/value\.list\[0\] contains itself/);
    let deep: object = {};
    for (let i = 0; i < 100_000; i++) deep = [deep];
    await expect(saveBytes(deep)).rejects.toThrow(/more than 256 levels/);
    const twice = { x: 1 };
    expect(await again([twice, twice])).toEqual([twice, twice]);
  });
});

describe('files', () => {
  it('contain what was saved, at a path or a URL, and replace older ones', async () => {
    const path = join(folder, 'häßlich name.pth');
    await save({ x: tensor([1]) }, path);
    await save({ x: tensor([2]) }, pathToFileURL(path));
    const found = await load<{ x: Tensor }>(path);
    expect(found.x.toArray()).toEqual([2]);
    expect(readdirSync(folder)).toEqual(['häßlich name.pth']);
    expect(((await load(pathToFileURL(path))) as typeof found).x.item()).toBe(2);
    expect(await load(new Uint8Array(readFileSync(path)).buffer)).toEqual(await load(path));
  });

  it('have the same bytes for the same values', async () => {
    const file = Buffer.from(await saveBytes({ a: randn([3]), b: randn([100]), c: 'x' }));
    let entries = 0;
    for (let at = 0; file.readUInt32LE(at) === 0x04034b50; entries++) {
      expect(file.readUInt16LE(at + 6)).toBe(0x800);
      const [size, name, extra] = [18, 26, 28].map((field) => file.readUInt16LE(at + field));
      const padding = file.subarray(at + 30 + name, at + 30 + name + extra);
      expect(padding.toString('latin1')).toMatch(/^FB..Z*$/s);
      expect(padding.readUInt16LE(2)).toBe(extra - 4);
      expect((at + 30 + name + extra) % 64).toBe(0);
      at += 30 + name + extra + size;
    }
    expect(entries).toBe(7);
  });

  it('are the same bytes for the same values', async () => {
    setupSeed(3);
    const a = await saveBytes({ x: randn([20]) });
    setupSeed(3);
    const b = await saveBytes({ x: randn([20]) });
    manualSeed(4);
    const c = await saveBytes({ x: randn([20]) });
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('that cannot be written cause one error, and leave nothing behind', async () => {
    await expect(save({}, join(folder, 'no/such/x.pth'))).rejects.toThrow(
      /save: cannot write .*x\.pth: the folder .*such does not exist; choose a folder/,
    );
    writeFileSync(join(folder, 'file'), '');
    await expect(save({}, join(folder, 'file/x.pth'))).rejects.toThrow(/is a file, not a folder/);
    mkdirSync(join(folder, 'target'));
    const error = await save({}, join(folder, 'target')).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DLError);
    expect(readdirSync(folder).sort()).toEqual(['file', 'target']);
    await expect(save({ f: () => 1 }, join(folder, 'x'))).rejects.toThrow(ValueError);
    expect(readdirSync(folder).sort()).toEqual(['file', 'target']);
  });

  it('in a folder without permission cause one error', async () => {
    chmodSync(folder, 0o500);
    // Permissions do not apply to the superuser, so the test switches to another user for a moment.
    const user = process.geteuid?.();
    if (user === 0) process.seteuid?.(65534);
    try {
      await expect(save({}, join(folder, 'x'))).rejects.toThrow(/permission denied/);
    } finally {
      if (user === 0) process.seteuid?.(0);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that do not exist, or are not paths, cause clear errors', async () => {
    await expect(load(join(folder, 'none.pth'))).rejects.toThrow(
      /load: cannot read .*does not exist/,
    );
    await expect(load(join(folder, 'none.pth'))).rejects.toThrow(DLError);
    await expect(load(folder)).rejects.toThrow(/it is a folder/);
    await expect(load(3 as unknown as string)).rejects.toThrow(/load: source must be .*, not 3$/);
    await expect(save({}, undefined as unknown as string)).rejects.toThrow(/saveBytes/);
    await expect(load(new Uint8Array(0))).rejects.toThrow(FormatError);
  });
});
