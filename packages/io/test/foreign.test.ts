// Values of classes that JavaScript does not have, in files written by PyTorch: plain data or placeholders; no code is
// run.
import { DTypeError, FormatError, Tensor, ValueError } from '@dl/core';
import { Linear } from '@dl/nn';
import { describe, expect, it } from 'vitest';
import { load, loadNpz, Placeholder, saveBytes, TensorPlaceholder } from '../src/index.js';
import { Budget } from '../src/pickle/budget.js';
import { readPickle } from '../src/pickle/reader.js';
import { FileRules } from '../src/pth/globals.js';
import cases from './fixtures/foreign.json' with { type: 'json' };
import { zipOf } from './zips.js';

interface Case {
  name: string;
  entries: Record<string, string>;
  plain?: unknown;
  printed?: string;
}

const fileOf = (entries: Record<string, string>): Uint8Array<ArrayBuffer> =>
  zipOf(Object.entries(entries).map(([name, text]) => [`a/${name}`, Buffer.from(text, 'base64')]));

const json = (x: unknown): unknown => {
  if (x instanceof Tensor) return { tensor: x.toArray(), dtype: x.dtype };
  if (x instanceof Uint8Array) return { bytes: [...x] };
  if (Array.isArray(x)) return x.map(json);
  if (x instanceof Map) return json(Object.fromEntries(x));
  if (typeof x !== 'object' || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([key, item]) => [key, json(item)]));
};

/** A file in the style of protocol 0 and 1, whose pickle is this text. */
const pickled = (pickle: string): Uint8Array<ArrayBuffer> =>
  fileOf({ 'data.pkl': Buffer.from(pickle, 'latin1').toString('base64') });

describe('a value of an unknown class leaves the rest of a file readable', () => {
  it.each((cases as unknown as Case[]).map((c) => [c.name, c] as const))('%s', async (_, c) => {
    const file = fileOf(c.entries);
    const found = await load<{ w: Tensor; x: unknown; after: unknown }>(file);
    expect(found.w.toArray()).toEqual([1, 2]);
    expect(found.after).toEqual([1]);
    if (c.printed === undefined) {
      expect(json(found.x)).toEqual(c.plain);
      return;
    }
    expect(found.x).toBeInstanceOf(Placeholder);
    expect(String(found.x)).toContain(c.printed);
    expect(JSON.stringify({ x: found.x })).toContain(JSON.stringify(c.printed).slice(1, -1));
    await expect(load(file, { strict: true })).rejects.toThrow(FormatError);
    // It is not a value of ours, so it can neither be saved nor loaded into a model.
    await expect(saveBytes(found)).rejects.toThrow(ValueError);
    await expect(saveBytes(found)).rejects.toThrow(/value\.x is (a placeholder|the name)/);
    expect(() => new Linear(1, 1).loadStateDict(found.x as never)).toThrow(FormatError);
  });
});

describe('placeholders', () => {
  const calls = (n: number): string => `cos\nsystem\n(S'true'\ntR${'0cos\nsystem\n(tR'.repeat(n)}.`;

  it('represent calls of any function, without executing them', async () => {
    const found = await load<Placeholder>(pickled(calls(3)));
    expect(String(found)).toBe('os.system()');
    const chain = await load<Placeholder>(
      pickled("cbuiltins\ngetattr\n(cos\nenviron\nS'copy'\ntR(tR."),
    );
    expect(String(chain)).toBe("builtins.getattr(os.environ, 'copy')()");
    expect(Object.keys({ ...({} as object) })).toEqual([]);
  });

  it('contain class, arguments, attributes, items and entries', async () => {
    const text = "cm\nThing\n(I1\ntR(dS'a'\nI2\nsb(I3\ne(S'k'\nI4\nu.";
    const found = await load<Placeholder>(pickled(text));
    expect(found.className).toBe('m.Thing');
    expect(found.args).toEqual([1]);
    expect(found.state).toEqual({ a: 2 });
    expect(found.items).toEqual([3]);
    expect(found.entries).toEqual(new Map([['k', 4]]));
    expect(String(found)).toBe("m.Thing(1, [3], {'k': 4}, a=2)");
  });

  it.each([
    ['a negative number', "(dS'int'\nI-1\nsb"],
    ['a number of 129 bits', `(dS'int'\nL${2n ** 128n}L\nsb`],
    ['a fraction', "(dS'int'\nF0.5\nsb"],
    ['a text', "(dS'int'\nS'5'\nsb"],
    ['a value that is not a number', '(db'],
    ['no state', ''],
    ['a number that is not in a dict', 'I5\nb'],
    ['items', "(I1\ne(dS'int'\nI5\nsb"],
    ['an argument', "0cuuid\nUUID\n(S'5'\ntR(dS'int'\nI5\nsb"],
  ])('represent a UUID of %s', async (_, state) => {
    const made = 'ccopy_reg\n_reconstructor\n(cuuid\nUUID\nc__builtin__\nobject\nNtR';
    const found = await load<Placeholder>(pickled(`${made}${state}.`));
    expect(found).toBeInstanceOf(Placeholder);
    expect(found.className).toBe('uuid.UUID');
  });

  it('print in one line, however large they are', async () => {
    // Each list contains the one before it twice: 2^60 items when written out.
    let pickle = '\x80\x02cm\nT\n(]q\x00';
    for (let i = 0; i < 60; i++) {
      const [a, b] = [String.fromCharCode(i), String.fromCharCode(i + 1)];
      pickle += `0]q${b}(h${a}h${a}e`;
    }
    const found = await load<Placeholder>(pickled(`${pickle}tR.`));
    expect(String(found).length).toBeLessThan(5000);
  });

  it('of tensors throw a message with the fix when they are used', async () => {
    const c = (cases as unknown as Case[]).find(({ name }) => name.startsWith('a conjugate'));
    const { x } = await load<{ x: TensorPlaceholder & Tensor }>(fileOf(c?.entries ?? {}));
    expect(x).toBeInstanceOf(TensorPlaceholder);
    expect([x.dtype, x.shape, x.strides, x.offset, (x as TensorPlaceholder).conjugate]).toEqual([
      'complex64',
      [2],
      [1],
      0,
      true,
    ]);
    expect(new Float32Array(x.bytes.slice().buffer)).toEqual(Float32Array.of(1, 2, 3, -4));
    expect(() => x.add(1)).toThrow(DTypeError);
    expect(() => x.add(1)).toThrow(/add: .*complex64, which is not supported; .*view_as_real/);
    // Code that checks for a tensor's methods must not treat it as one.
    expect((x as { toArray?: unknown }).toArray).toBeUndefined();
    expect(() => new Linear(2, 1).loadStateDict({ weight: x, bias: x })).toThrow(/complex64/);
  });

  it.each([
    ['a sparse tensor', 'to_dense'],
    ['a sparse tensor by rows', 'to_dense'],
    ['a quantized tensor', 'dequantize'],
  ])('of %s too', async (name, fix) => {
    const c = (cases as unknown as Case[]).find((one) => one.name.startsWith(`${name},`));
    const { x } = await load<{ x: Placeholder & Tensor }>(fileOf(c?.entries ?? {}));
    expect(x).toBeInstanceOf(Placeholder);
    expect(x.note).toContain(`save x.${fix}()`);
    expect(() => x.add(1)).toThrow(DTypeError);
    expect(() => x.add(1)).toThrow(new RegExp(`^add: this is a .* tensor, .* save x\\.${fix}\\(`));
    await expect(saveBytes({ x })).rejects.toThrow(/value\.x is a placeholder of torch\._utils/);
  });

  it('of modules say how to register the class', async () => {
    const c = (cases as unknown as Case[]).find(({ name }) =>
      name.startsWith('a module of a class'),
    );
    const { x } = await load<{ x: Placeholder }>(fileOf(c?.entries ?? {}));
    expect(x.note).toContain("registerModule('Net', Net)");
    const modules = (x.state as { _modules: { fc: Linear } })._modules;
    expect(modules.fc).toBeInstanceOf(Linear);
  });
});

describe('memory', () => {
  /** Reads a pickle whose values may use one mebibyte in total. */
  const read = (pickle: string): unknown => {
    const refuse = (): never => {
      throw new Error('no storage');
    };
    const options = { readStorage: refuse, classes: new Set<string>(), strict: false };
    const rules = new FileRules({ ...options, budget: new Budget(2 ** 20) });
    return readPickle(new Uint8Array(Buffer.from(pickle, 'latin1')), 0, rules).value;
  };

  // Everything that one byte or a few can repeat: all that pushes, copies or remembers a value.
  it.each([
    ['values', '', 'N'],
    ['numbers', '', 'K\x01'],
    ['lists', '', ']'],
    ['dicts', '', '}'],
    ['sets', '', '\x8f'],
    ['tuples', '', ')'],
    ['marks', '', '('],
    ['tuples of one item', 'N', '\x85'],
    ['copies of a reference', '', 'h\x00'],
    ['names', '', 'cm\nT\n'],
    ['objects', '', 'cm\nT\n)\x810'],
    ['calls', '', 'cm\nT\n)R0'],
    ['entries of the memo', 'N', 'r\x00\x00\x00\x00'],
    ['items', ']', 'h\x00a'],
    ['items of an object', 'cm\nT\n)R', 'h\x00a'],
    ['bytes of one text', 'c_codecs\nencode\nq\x01h\x00U\x06latin1\x86q\x02R', '0h\x01h\x02R'],
    ['dicts of one dict', 'c__builtin__\ndict\nq\x01h\x03\x85q\x02R', '0h\x01h\x02R'],
    ['lists of one dict', 'ccollections\ndeque\nq\x01h\x04\x85q\x02R', '0h\x01h\x02R'],
    ['sets of one dict', 'c__builtin__\nset\nq\x01h\x04\x85q\x02R', '0h\x01h\x02R'],
  ])('of many %s is bounded', (_, first, again) => {
    const text = 'x'.repeat(1000);
    const items = Array.from({ length: 100 }, (_, i) => `I${i}\nN`).join('');
    const start = `\x80\x02X\xe8\x03\x00\x00${text}q\x000}q\x03(${items}u0](${items}eq\x040`;
    expect(() => read(`${start}${first}.`)).not.toThrow(/limit/);
    expect(() => read(`${start}${first}${again.repeat(50_000)}.`)).toThrow(
      /the values of the pickle need more than the limit of 1 MiB/,
    );
  });

  it('of all values of a file is bounded', async () => {
    const program = `\x80\x02${'}'.repeat(3_000_000)}.`;
    await expect(load(pickled(program))).rejects.toThrow(/more than the limit of 1024 MiB/);
  });
});

it('an archive with arrays that no tensor can hold returns the others', async () => {
  const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array<ArrayBuffer> => {
    const dict = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
    const head = Buffer.alloc(10);
    head.write('\x93NUMPY\x01\x00', 'latin1');
    head.writeUInt16LE(dict.length + 1, 8);
    return new Uint8Array(Buffer.concat([head, Buffer.from(`${dict}\n`), data]));
  };
  const file = zipOf({
    'x.npy': npy("'<f4'", '(1,)', new Uint8Array(4)),
    's.npy': npy("'<U1'", '(2,)', Uint8Array.of(97, 0, 0, 0, 98, 0, 0, 0)),
    'c.npy': npy("'<c8'", '(1,)', new Uint8Array(8)),
    'o.npy': npy("'|O'", '(1,)', Uint8Array.of(0x80, 2, 0x4e, 0x2e)),
    'constructor.npy': npy("'|u1'", '(1,)', Uint8Array.of(7)),
    // A claim of a million texts of no characters.
    'z.npy': npy("'<U0'", '(1000000, 1000)', new Uint8Array(0)),
  });
  const found = await loadNpz<Record<string, unknown>>(file);
  expect(json(found.x)).toEqual({ tensor: [0], dtype: 'float32' });
  expect(found.s).toEqual(['a', 'b']);
  for (const name of ['c', 'o', 'z']) expect(found[name], name).toBeInstanceOf(Placeholder);
  expect(json(Object.getOwnPropertyDescriptor(found, 'constructor')?.value)).toEqual({
    tensor: [7],
    dtype: 'uint8',
  });
  await expect(loadNpz(file, { strict: true })).rejects.toThrow(FormatError);
});
