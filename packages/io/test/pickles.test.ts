// Opcodes that torch.save rarely writes, in handwritten pickles: results are those of Python's pickle.loads.
import { FormatError, type Tensor } from '@dl/core';
import { describe, expect, it } from 'vitest';
import { load, saveBytes } from '../src/index.js';
import { PyDict, PyGlobal, PyTuple } from '../src/pickle/values.js';
import { PyCall, PyPersistent, writePickle } from '../src/pickle/writer.js';
import { zipOf } from './zips.js';

const latin1 = (value: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(value, (c) => c.charCodeAt(0));

/** A file with this pickle, and a storage `0` of eight bytes. */
const file = (pickle: Uint8Array<ArrayBuffer> | string): Uint8Array<ArrayBuffer> =>
  zipOf({
    'a/data.pkl': typeof pickle === 'string' ? latin1(pickle) : pickle,
    'a/data/0': new Uint8Array(new Float32Array([1.5, -2]).buffer),
  });

const ordered = 'ccollections\nOrderedDict\n';
const set = 'c__builtin__\nset\n';
const array = 'c__builtin__\nbytearray\n';
const encode = 'c_codecs\nencode\n';

// Lists represent Python's tuples too, as load() returns them.
const read: [what: string, pickle: string, value: unknown][] = [
  ['INT', 'I-7\n.', -7],
  ['INT that is a boolean', '(I01\nI00\nl.', [true, false]],
  ['LONG', 'L123456789012345678901L\n.', 123456789012345678901n],
  ['LONG1 of zero bytes', '\x8a\x00.', 0],
  ['LONG1 below 0', '\x8a\x01\xff.', -1],
  ['LONG4', '\x8b\x02\x00\x00\x00\x00\x01.', 256],
  [
    'FLOAT',
    '(F1.5e3\nF-.25\nFinf\nF-inf\nFnan\nl.',
    [1500, -0.25, Infinity, -Infinity, Number.NaN],
  ],
  ['STRING', "S'a\\n\\t\\r\\x41\\'\\\\b'\n.", "a\n\t\rA'\\b"],
  ['STRING in double quotes', 'S"it\'s"\n.', "it's"],
  ['UNICODE', 'V\\u00e9\\U0001f600\n.', 'é😀'],
  ['BINSTRING', 'T\x02\x00\x00\x00ab.', 'ab'],
  ['SHORT_BINSTRING', 'U\x01a.', 'a'],
  ['BINUNICODE8', '\x8d\x02\x00\x00\x00\x00\x00\x00\x00\xc3\xa9.', 'é'],
  ['BINBYTES8', '\x8e\x01\x00\x00\x00\x00\x00\x00\x00\xff.', Uint8Array.of(255)],
  ['POP of a value', 'I1\nI2\n0.', 1],
  ['POP of a mark', 'I1\n(0.', 1],
  ['POP_MARK', 'I1\n(I2\nI3\n1.', 1],
  ['DUP', '(lI1\na(I2\n2l0.', [1]],
  ['LIST, APPEND and TUPLE', '(I1\nI2\nlI3\na(I4\ntr'.replace('r', 'a.'), [1, 2, 3, [4]]],
  ['DICT and SETITEM', "(S'a'\nI1\ndS'b'\nI2\ns.", { a: 1, b: 2 }],
  ['PUT and GET', '(I5\np3\nI6\ng3\nl.', [5, 6, 5]],
  ['LONG_BINPUT and LONG_BINGET', '(I5\nr\x00\x01\x00\x00j\x00\x01\x00\x00l.', [5, 5]],
  ['INST', '(icollections\nOrderedDict\n.', {}],
  ['OBJ', `(${ordered}o.`, {}],
  ['NEWOBJ', `${ordered})\x81.`, {}],
  ['NEWOBJ_EX', `${ordered})}\x92.`, {}],
  ['an OrderedDict of pairs', `${ordered}(((S'a'\nI1\nt(lS'b'\naI2\naltR.`, { a: 1, b: 2 }],
  ['an OrderedDict of a dict', `${ordered}((S'a'\nI1\ndtR.`, { a: 1 }],
  ['a dict of a dict', "c__builtin__\ndict\n((S'a'\nI1\ndtR.", { a: 1 }],
  ['a set', `${set}((I3\nI1\nltR.`, new Set([3, 1])],
  ['an empty set', `${set}(tR.`, new Set()],
  ['a frozenset', 'c__builtin__\nfrozenset\n((I2\nltR.', new Set([2])],
  ['FROZENSET', '(I2\n\x91.', new Set([2])],
  ['an empty bytearray', `${array}(tR.`, new Uint8Array(0)],
  ['a bytearray of text', `${array}(Va\\u00ff\nVlatin-1\ntR.`, Uint8Array.of(97, 255)],
  ['a bytearray of bytes', `${array}(C\x02abtR.`, Uint8Array.of(97, 98)],
  ['encoded text', `${encode}(Va\\u00ff\nVlatin1\ntR.`, Uint8Array.of(97, 255)],
];

it.each(read)('%s', async (_, pickle, value) => {
  expect(await load(file(pickle))).toEqual(value);
});

// PyTorch's own names, which only PyTorch knows.
it.each([
  ['a Size of a tuple', 'ctorch\nSize\n((I2\nI3\nttR.', [2, 3]],
  ['a Size of a list', 'ctorch\nSize\n((I2\nI3\nltR.', [2, 3]],
  ['a Size of None', 'ctorch\nSize\n(tR.', []],
  ['a device', "ctorch\ndevice\n(S'cuda'\nI1\ntR.", 'cuda:1'],
  ['a device without a number', "ctorch\ndevice\n(S'cpu'\ntR.", 'cpu'],
])('%s', async (_, pickle, value) => {
  expect(await load(file(pickle))).toEqual(value);
});

it.each<[what: string, pickle: string, message: string]>([
  ['a global named by numbers', 'I1\nI2\n\x93.', 'a global is not named by two strings'],
  ['keyword arguments', `${ordered})N\x92.`, 'keyword arguments that are not a dict'],
  ['a call without a tuple', `${ordered}I1\nR.`, 'a call needs a function name'],
  ['an invalid memo index', 'gx\n.', 'an index into the memo is not a number'],
  ['an unset memo entry', 'g4\n.', 'the pickle refers to memo entry 4, which is missing'],
  ['an invalid float', 'F1e\n.', "'1e' is not a number"],
  ['an invalid integer', 'I1x\n.', "'1x' is not an integer"],
  ['a text without quotes', 'Sab\n.', 'a string is not in quotes'],
  ['an unterminated line', 'I1', 'the pickle ends in the middle of a line'],
  ['values left over', 'I1\nI2\n.', 'the pickle ends with values left on the stack'],
  ['a negative length', 'T\xff\xff\xff\xff.', 'the length -1 is negative'],
  [
    'a length beyond the end',
    '\x8e\xff\x00\x00\x00\x00\x00\x00\x00.',
    'is beyond the end of the pickle',
  ],
  ['a future protocol', '\x80\x06N.', 'pickle protocol 6 is unknown'],
  [
    'an OrderedDict of a number',
    `${ordered}(I1\ntR.`,
    'is made of a value that is not a list of pairs',
  ],
  [
    'an OrderedDict of single items',
    `${ordered}((I1\nltR.`,
    'an OrderedDict gets an entry that is not a pair',
  ],
  [
    'an OrderedDict of triples',
    `${ordered}(((I1\nI2\nI3\ntltR.`,
    'an OrderedDict gets an entry that is not a pair',
  ],
  ['a set of a number', `${set}(I1\ntR.`, 'a set is made of a value that is not a list'],
  [
    'text beyond Latin-1',
    `${encode}(V\\u0100\nVlatin1\ntR.`,
    'bytes are made of a value that is not Latin-1 text',
  ],
  [
    'another encoding',
    `${encode}(Va\nVutf-16\ntR.`,
    'bytes are made of a value that is not Latin-1 text',
  ],
  ['a state of a number', 'I1\nI2\nb.', 'a state is set on a value that cannot have one'],
  [
    'an object of a number',
    'ccopy_reg\n_reconstructor\n(I1\ntR.',
    'an object is made of a value that is not a class',
  ],
  [
    'a tensor of a subclass created by None',
    'ctorch._tensor\n_rebuild_from_type_v2\n(I1\nI2\nI3\nI4\ntR.',
    'a tensor is made by a value that is not a function',
  ],
  ['an object by itself', `ctorch.nn.modules.linear\nLinear\n)\x81.`, 'has no state'],
])('refuses %s', async (_, pickle, message) => {
  const error = await load(file(pickle)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toMatch(/load: byte \d+: /);
  expect((error as Error).message).toContain(message);
});

describe('tensors', () => {
  const storage = (kind = 'FloatStorage', count = 2): PyPersistent => {
    const module = kind === 'UntypedStorage' ? 'torch.storage' : 'torch';
    return new PyPersistent(
      new PyTuple(['storage', new PyGlobal(module, kind), '0', 'cpu', count]),
    );
  };
  const window = [0, new PyTuple([2]), new PyTuple([1])];
  const utils = (name: string): PyGlobal => new PyGlobal('torch._utils', name);
  const hooks = new PyCall(new PyGlobal('collections', 'OrderedDict'));
  const values = async (value: unknown): Promise<unknown> =>
    (await load<Tensor>(file(writePickle(value)))).toArray();

  it('of the oldest PyTorch, without a flag for gradients', async () => {
    expect(await values(new PyCall(utils('_rebuild_tensor'), storage(), ...window))).toEqual([
      1.5, -2,
    ]);
  });

  it('of a subclass, as the tensor inside', async () => {
    const inner = new PyTuple([storage(), ...window, false, hooks]);
    const made = new PyCall(
      new PyGlobal('torch._tensor', '_rebuild_from_type_v2'),
      utils('_rebuild_tensor_v2'),
      new PyGlobal('torch', 'Tensor'),
      inner,
      null,
    );
    expect(await values(made)).toEqual([1.5, -2]);
  });

  it('with their own dtype on untyped memory', async () => {
    const of = (dtype: unknown): unknown =>
      new PyCall(
        utils('_rebuild_tensor_v3'),
        storage('UntypedStorage', 8),
        ...window,
        false,
        hooks,
        dtype,
      );
    expect(await values(of(new PyGlobal('torch', 'float32')))).toEqual([1.5, -2]);
    await expect(values(of('float32'))).rejects.toThrow("a tensor's dtype is not a dtype");
  });

  it.each<[what: string, value: unknown, message: string]>([
    [
      'untyped memory without a dtype',
      new PyCall(
        utils('_rebuild_tensor_v2'),
        storage('UntypedStorage', 8),
        ...window,
        false,
        hooks,
      ),
      'a tensor of untyped memory has no dtype',
    ],
    [
      'a storage as the value',
      storage(),
      'the file contains a storage that is not part of a tensor',
    ],
    [
      'a value that is not a storage',
      new PyCall(utils('_rebuild_tensor_v2'), 1, ...window, false, hooks),
      'a tensor is made of a value that is not a storage',
    ],
    [
      'a parameter of a value that is not a tensor',
      new PyCall(utils('_rebuild_parameter'), 1, true, hooks),
      'a parameter is made of a value that is not a tensor',
    ],
    [
      'a persistent id of another kind',
      new PyPersistent(new PyTuple(['x'])),
      'does not name a storage',
    ],
  ])('refuses %s', async (_, value, message) => {
    const loading = async () => load(file(writePickle(value)), { strict: true });
    await expect(loading()).rejects.toThrow(message);
    await expect(loading()).rejects.toThrow(FormatError);
  });
});

describe('files of other machines and older versions', () => {
  const floats = [1, 2.5, -3, 4];
  const data = (little: boolean): Uint8Array<ArrayBuffer> => {
    const view = new DataView(new ArrayBuffer(16));
    floats.forEach((v, i) => {
      view.setFloat32(4 * i, v, little);
    });
    return new Uint8Array(view.buffer);
  };
  const ofStorage = (id: readonly unknown[], offset: number, size: number): PyCall =>
    new PyCall(
      new PyGlobal('torch._utils', '_rebuild_tensor_v2'),
      new PyPersistent(new PyTuple(id)),
      offset,
      new PyTuple([size]),
      new PyTuple([1]),
      false,
      new PyCall(new PyGlobal('collections', 'OrderedDict')),
    );
  const id = ['storage', new PyGlobal('torch', 'FloatStorage'), '0', 'cpu', 4];

  /** A file from before PyTorch 1.6. */
  const old = (value: unknown, little: boolean, keys: unknown = ['0']): Uint8Array<ArrayBuffer> => {
    const system = new PyDict();
    system.entries.set('little_endian', little);
    const count = new DataView(new ArrayBuffer(8));
    count.setBigInt64(0, 4n, true);
    const pickles = [0x1950a86a20f9469cfc6cn, 1001, system, value, keys].map(writePickle);
    return new Uint8Array(Buffer.concat([...pickles, new Uint8Array(count.buffer), data(little)]));
  };

  it.each([true, false])('zip files whose numbers are little-endian: %s', async (little) => {
    const bytes = zipOf({
      'a/data.pkl': writePickle(ofStorage(id, 1, 3)),
      'a/byteorder': latin1(little ? 'little' : 'big'),
      'a/data/0': data(little),
    });
    expect((await load<Tensor>(bytes)).toArray()).toEqual([2.5, -3, 4]);
  });

  it.each([true, false])('old files with little-endian numbers: %s', async (little) => {
    expect((await load<Tensor>(old(ofStorage(id, 1, 3), little))).toArray()).toEqual([2.5, -3, 4]);
  });

  // torch.load reads the same from this file.
  it('old storages that are views of another one', async () => {
    const part = [...id, new PyTuple(['v', 1, 2])];
    const both = new PyTuple([ofStorage(part, 1, 1), ofStorage([...id, null], 0, 4)]);
    const [view, whole] = (await load<Tensor[]>(old(both, true))) as [Tensor, Tensor];
    expect([view.toArray(), whole.toArray()]).toEqual([[-3], floats]);
    whole.fill_(7);
    expect(view.toArray()).toEqual([7]);
  });

  it.each<[what: string, bytes: () => Uint8Array, message: string]>([
    [
      'a view that reaches beyond the end',
      () => old(ofStorage([...id, new PyTuple(['v', 2, 3])], 0, 1), true),
      "a view of storage '0' reaches beyond its end",
    ],
    ['an invalid view', () => old(ofStorage([...id, 5], 0, 1), true), 'is not a tuple'],
    [
      'a storage with a number as key',
      () => old(ofStorage([id[0], id[1], 0, 'cpu', 4], 0, 1), true),
      'the key of a storage is not a string',
    ],
    [
      'a storage that is described in two ways',
      () =>
        old(
          new PyTuple([
            ofStorage(id, 0, 1),
            ofStorage(['storage', new PyGlobal('torch', 'FloatStorage'), '0', 'cpu', 5], 0, 1),
          ]),
          true,
        ),
      "storage '0' is described in two ways",
    ],
    [
      'a missing list of storages',
      () => old(ofStorage(id, 0, 1), true, 3),
      'the list of storages is not a list',
    ],
    ['an extra storage', () => old(ofStorage(id, 0, 1), true, ['0', '0']), 'or appears twice'],
    [
      'a missing storage',
      () => old(ofStorage(id, 0, 1), true, []),
      "storage '0' is not in the file",
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(load(bytes())).rejects.toThrow(FormatError);
    await expect(load(bytes())).rejects.toThrow(message);
  });
});

describe('integers', () => {
  it('of up to 256 bytes survive a round trip, with either sign', async () => {
    const large = [
      2n ** 63n,
      -(2n ** 64n),
      2n ** 2039n,
      10n ** 616n,
      -(10n ** 616n),
      2n ** 2047n - 1n,
      -(2n ** 2047n),
    ];
    expect(await load(await saveBytes({ large }))).toEqual({ large });
  });

  it('that are longer are refused, with their position', async () => {
    for (const value of [2n ** 2047n, -(2n ** 2047n) - 1n, 10n ** 5000n]) {
      await expect(saveBytes({ a: [value] })).rejects.toThrow(
        'value.a[0] is a bigint of more than 2048 bits',
      );
    }
  });
});
