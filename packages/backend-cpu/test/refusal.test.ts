// Invalid calls of the addon: views that leave their buffers, detached buffers, wrong arrays, unknown programs.
import type { TypedArray, View } from '@dl/core';
import { afterEach, describe, expect, it } from 'vitest';
import { info, init, isAvailable, shutdown } from '../src/index.js';
import { command } from '../src/native.js';
import { addon, native, view } from './helper.js';
import { program } from './programs.js';

const ones = (): View => view([100], 'float32', 'dense', () => 1);
const gone = /memory of a tensor was detached/;
const outside = /reaches outside its buffer/;

function contractOf(a: View, b: View, out: View, stride = 10): () => void {
  return () =>
    native.contract(
      {
        batch: { sizes: [], a: [], b: [], out: [] },
        row: { sizes: [10], a: [stride], b: [0], out: [10] },
        column: { sizes: [10], a: [0], b: [1], out: [1] },
        sum: { sizes: [10], a: [1], b: [10], out: [0] },
      },
      a,
      b,
      out,
    );
}

describe('the addon', () => {
  it('refuses views that reach outside their buffers', () => {
    const x = ones();
    for (const bad of [
      { ...x, offset: 13 },
      { ...x, strides: [2], dense: false },
      { ...x, strides: [-1], dense: false },
      { ...x, strides: [2 ** 50], dense: false },
      { ...x, shape: [101], count: 101, strides: [2], dense: false },
    ]) {
      const out = view(bad.shape, 'float32', 'dense', () => 1);
      expect(() => native.map(program.identity, [bad], [out], [])).toThrow(outside);
      expect(() =>
        native.reduce(
          program.identity,
          'sum',
          [bad],
          bad.shape,
          [0],
          view([1], 'float32', 'dense', () => 0),
          [],
        ),
      ).toThrow(outside);
      expect(() => native.scan('sum', bad, 0, out)).toThrow(outside);
      expect(() => native.sort(bad, 0, false, out, null)).toThrow(outside);
    }
    expect(contractOf(x, x, x)).not.toThrow();
    expect(contractOf(x, x, x, 12)).toThrow(outside);
    expect(contractOf({ ...x, offset: 20 }, x, x)).toThrow(outside);
    expect(contractOf(x, { ...x, offset: 20 }, x)).toThrow(outside);
    expect(contractOf(x, x, { ...x, offset: 20 })).toThrow(outside);
    expect(contractOf(x, x, x, NaN)).toThrow(/out of range/);
  });

  it('refuses indices that could point outside', () => {
    const x = ones();
    const index = view([100], 'int32', 'dense', () => 0);
    const axis = { index, size: 200, stride: 1 };
    expect(() => native.gather({ ...x, strides: [0] }, [axis], ones())).toThrow(outside);
    expect(() =>
      native.gather({ ...x, strides: [0] }, [{ ...axis, size: 50, stride: -1 }], ones()),
    ).toThrow(outside);
  });

  it('refuses detached, shrunk and mistyped buffers', () => {
    const x = ones();
    structuredClone((x.buffer as TypedArray).buffer, {
      transfer: [(x.buffer as TypedArray).buffer as ArrayBuffer],
    });
    expect(() => native.map(program.identity, [x], [ones()], [])).toThrow(gone);
    expect(contractOf(x, ones(), ones())).toThrow(gone);
    const double = { ...ones(), buffer: new Float64Array(200) };
    expect(() => native.map(program.identity, [double], [ones()], [])).toThrow(
      /does not fit its dtype/,
    );
    expect(contractOf(ones(), double, ones())).toThrow(/does not fit its dtype/);
    const words = { ...ones(), buffer: new Uint16Array(200) };
    expect(() => native.map(program.identity, [words], [ones()], [])).toThrow(/no native kernels/);
    const nothing = { ...ones(), buffer: {} };
    expect(() => native.map(program.identity, [nothing], [ones()], [])).toThrow(
      /not a typed array/,
    );
  });

  it('refuses invalid commands', () => {
    const x = ones().buffer;
    const call = (numbers: number[], run: () => unknown) => {
      command.fill(0);
      command.set(numbers);
      return expect(run);
    };
    call([1e6], () => addon.map(x, x)).toThrow(/no such program/);
    call([NaN], () => addon.map(x, x)).toThrow(/out of range/);
    call([0, 13], () => addon.map(x, x)).toThrow(/out of range/);
    call([7], () => addon.contract(x, x, x)).toThrow(/out of range/);
    call([0, 0, 0, 0, 0, 1, 2 ** 51, 0, 0, 0], () => addon.contract(x, x, x)).toThrow(/too large/);
    call([0, 0], () => addon.scan(x, x)).toThrow(/out of range/);
    // Programs: wrong lengths, operands of later steps, unknown primitives.
    for (const code of [
      [],
      [1],
      [1, 0, 0, 1, 1, 0, 7, 0, 0, 5, 0, 0, 1],
      [1, 0, 0, 1, 1, 0, 99, 0, 0, 0, 0, 0, 1],
    ]) {
      expect(addon.prepare(Int32Array.from(code), new Float64Array(0))).toBe(false);
    }
    expect(() => addon.isa('sse9')).toThrow(/lacks that instruction set/);
  });
});

describe('init', () => {
  afterEach(() => shutdown());

  it('reports the configuration in use', () => {
    expect(isAvailable()).toBe(true);
    expect(info()).toMatchObject({ active: false, reason: 'init() has not been called' });
    expect(init({ isa: 'portable', threads: 2 })).toEqual({
      active: true,
      isa: 'portable',
      threads: 2,
    });
    expect(info()).toEqual({ active: true, reason: null, isa: 'portable', threads: 2 });
  });

  it('changes nothing if an instruction set is not available', () => {
    const report = init({ isa: 'sse9' as 'avx2' });
    expect(report).toMatchObject({ active: false });
    expect(info().active).toBe(false);
  });

  it('leaves an empty tensor to core, for which every index is out of range', () => {
    const index = view([100], 'int32', 'dense', () => 0);
    const empty: View = { ...ones(), buffer: new Float32Array(0), strides: [0], dense: false };
    const says = /index 0 is out of range for a dimension of size 0/;
    const axes = [{ index, size: 0, stride: 1 }];
    expect(() => native.gather(empty, axes, ones())).toThrow(says);
    expect(() => native.scatter(ones(), axes, empty, 'set')).toThrow(says);
    expect(() => native.gather(empty, [{ index, size: 1, stride: 1 }], ones())).toThrow(gone);
  });
});
