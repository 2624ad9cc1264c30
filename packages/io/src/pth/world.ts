// What a `.pth` file's pickle may name and have called: the list is all there is.
import { bad, unsupported } from '../errors.js';
import type { PickleWorld } from '../pickle/reader.js';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple } from '../pickle/values.js';
import { type ElementKind, kindOfStorage, kinds, otherStorages } from './dtypes.js';

/** Memory that the file has under a key; its elements are read later. */
export class StorageRef {
  readonly key: string;
  /** Null where only the tensors on it say what it holds. */
  readonly kind: ElementKind | null;
  /** Elements; bytes where `kind` is null. */
  readonly length: number;
  /** Position of the reference in the file. */
  readonly at: number;
  /** Elements in front of it in its memory (the old format's views). */
  readonly shift: number;

  constructor(key: string, kind: ElementKind | null, length: number, at: number, shift = 0) {
    this.key = key;
    this.kind = kind;
    this.length = length;
    this.at = at;
    this.shift = shift;
  }
}

/** A tensor: a window on a storage. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly kind: ElementKind;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly at: number;
  requiresGrad: boolean;
  isParameter = false;

  constructor(
    storage: StorageRef,
    kind: ElementKind,
    window: { offset: number; shape: readonly number[]; strides: readonly number[] },
    requiresGrad: boolean,
    at: number,
  ) {
    this.storage = storage;
    this.kind = kind;
    this.offset = window.offset;
    this.shape = window.shape;
    this.strides = window.strides;
    this.requiresGrad = requiresGrad;
    this.at = at;
  }
}

/** Thrown where a name may be a class of the user's and @dl/nn, which would know, is not loaded yet. */
export class NeedsClasses extends Error {}

/** Names of the registered classes, or null while @dl/nn is not loaded. */
export type KnownClasses = ReadonlySet<string> | null;

/** How persistent ids are read: it differs between the two formats. */
export type ReadStorage = (id: readonly unknown[], at: number) => StorageRef;

type Call = (args: readonly unknown[], at: number) => unknown;

const isSize = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function sizes(x: unknown, at: number, what: string): readonly number[] {
  const items = x instanceof PyTuple ? x.items : Array.isArray(x) ? x : null;
  if (items === null || !items.every(isSize))
    throw bad(at, `a tensor's ${what} is no tuple of sizes`);
  return items as number[];
}

function rebuild(args: readonly unknown[], at: number, kind?: ElementKind): TensorRef {
  const [storage, offset, shape, strides, requiresGrad] = args;
  if (!(storage instanceof StorageRef)) throw bad(at, 'a tensor is made of no storage');
  const own = kind ?? storage.kind;
  if (own === null) throw bad(at, 'a tensor of untyped memory has no dtype');
  if (!isSize(offset)) throw bad(at, "a tensor's offset is no whole number from 0 on");
  const window = {
    offset: offset + storage.shift,
    shape: sizes(shape, at, 'size'),
    strides: sizes(strides, at, 'stride'),
  };
  const { length } = window.shape;
  if (window.strides.length !== length || length > 64) {
    throw bad(at, `a tensor has ${length} dimensions and ${window.strides.length} strides`);
  }
  const count = window.shape.reduce((a, b) => a * b, 1);
  // Whether it lies inside is checked against the memory itself, once that is read.
  if (!Number.isSafeInteger(count)) throw bad(at, `a tensor has too many elements (${count})`);
  return new TensorRef(storage, own, window, requiresGrad === true, at);
}

function parameter(args: readonly unknown[], at: number): TensorRef {
  const [data, requiresGrad] = args;
  if (!(data instanceof TensorRef)) throw bad(at, 'a parameter is made of no tensor');
  const { offset, shape, strides } = data;
  const made = new TensorRef(
    data.storage,
    data.kind,
    { offset, shape, strides },
    requiresGrad === true,
    at,
  );
  made.isParameter = true;
  return made;
}

function dtypeKind(x: unknown, at: number): ElementKind {
  const kind = x instanceof PyGlobal && x.module === 'torch' ? kinds[x.name] : undefined;
  if (kind === undefined) {
    const name = x instanceof PyGlobal ? x.path : 'something else';
    throw unsupported(at, `a tensor's dtype is ${name}`, 'convert it in PyTorch with x.float()');
  }
  return kind;
}

function filled(args: readonly unknown[], at: number): PyDict {
  const made = new PyDict();
  const [items] = args;
  if (items === undefined) return made;
  if (items instanceof PyDict) {
    for (const [key, value] of items.entries) made.entries.set(key, value);
    return made;
  }
  if (!Array.isArray(items)) throw bad(at, 'an OrderedDict is made of no list of pairs');
  for (const pair of items) {
    const both = pair instanceof PyTuple ? pair.items : pair;
    if (!Array.isArray(both) || both.length !== 2) throw bad(at, 'an OrderedDict gets no pair');
    made.entries.set(both[0], both[1]);
  }
  return made;
}

function latin1Bytes(args: readonly unknown[], at: number): Uint8Array {
  const [text, encoding = 'latin1'] = args;
  const known = typeof encoding === 'string' && /^(latin-?1|iso-?8859-1)$/i.test(encoding);
  if (text === undefined) return new Uint8Array(0);
  if (text instanceof Uint8Array) return text;
  if (typeof text !== 'string' || !known) throw bad(at, 'bytes are made of no Latin-1 text');
  return Uint8Array.from(text, (c) => {
    const code = c.charCodeAt(0);
    if (code > 255) throw bad(at, 'bytes are made of no Latin-1 text');
    return code;
  });
}

function asSet(args: readonly unknown[], at: number): PySet {
  const made = new PySet();
  const [items = []] = args;
  if (!Array.isArray(items)) throw bad(at, 'a set is made of no list');
  for (const item of items) made.items.add(item);
  return made;
}

/** All that is ever called. None of it does more than to arrange data. */
const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': filled,
  'collections.defaultdict': () => new PyDict(),
  '__builtin__.dict': filled,
  'builtins.dict': filled,
  'torch._utils._rebuild_tensor': (args, at) => rebuild(args, at),
  'torch._utils._rebuild_tensor_v2': (args, at) => rebuild(args, at),
  'torch._utils._rebuild_tensor_v3': (args, at) => rebuild(args, at, dtypeKind(args[6], at)),
  'torch._utils._rebuild_parameter': parameter,
  'torch._utils._rebuild_parameter_with_state': parameter,
  'torch._tensor._rebuild_from_type_v2': (args, at) => {
    const [made, , inner] = args;
    if (!(made instanceof PyGlobal) || !(inner instanceof PyTuple)) {
      throw bad(at, 'a tensor is made by no function');
    }
    return (calls[made.path] ?? refuseCall(made, at))(inner.items, at);
  },
  'torch.Size': ([items = new PyTuple([])]) => (Array.isArray(items) ? new PyTuple(items) : items),
  'torch.device': ([type, index]) =>
    index === undefined || index === null ? type : `${String(type)}:${String(index)}`,
  '_codecs.encode': latin1Bytes,
  '__builtin__.bytearray': latin1Bytes,
  'builtins.bytearray': latin1Bytes,
  '__builtin__.set': asSet,
  'builtins.set': asSet,
  '__builtin__.frozenset': asSet,
  'builtins.frozenset': asSet,
  'copy_reg._reconstructor': ([type], at) => createObject(type, at),
  'copyreg._reconstructor': ([type], at) => createObject(type, at),
};

/** Names that stand for themselves as values, or as arguments of the calls above. */
const values: ReadonlySet<string> = new Set([
  'torch.nn.functional.relu',
  'torch.nn.functional.gelu',
  'torch._C._nn.gelu',
  'torch.storage.UntypedStorage',
  'torch.UntypedStorage',
  'torch.storage.TypedStorage',
  'torch.storage._TypedStorage',
  'torch.Tensor',
  'torch._C._TensorBase',
  'torch.nn.parameter.Parameter',
  '__builtin__.object',
  'builtins.object',
]);

function refuseCall(callee: PyGlobal, at: number): never {
  throw unsupported(
    at,
    `the pickle wants ${callee.path} to be called`,
    'load() calls nothing that a file names; save a state dict, or a model of modules, with torch.save',
  );
}

function createObject(type: unknown, at: number): PyObject {
  if (!(type instanceof PyGlobal)) throw bad(at, 'an object is made of no class');
  return new PyObject(type, at);
}

const isTorchModule = (module: string): boolean =>
  module === 'torch.nn' || module.startsWith('torch.nn.modules.');

/** The rules for one file. */
export function worldOf(readStorage: ReadStorage, classes: KnownClasses): PickleWorld {
  const isClass = (type: PyGlobal): boolean =>
    isTorchModule(type.module) || (classes?.has(type.name) ?? false);
  return {
    global(module, name, at) {
      const found = new PyGlobal(module, name);
      const { path } = found;
      if (Object.hasOwn(calls, path) || values.has(path) || isClass(found)) return found;
      if (/^torch(\.storage|\.cuda)?$/.test(module)) {
        if (Object.hasOwn(kindOfStorage, name) || Object.hasOwn(kinds, name)) return found;
        if (otherStorages.has(name)) {
          throw unsupported(
            at,
            `the file holds a tensor of ${name.replace('Storage', '')}, which there is not here`,
            'convert it in PyTorch with x.float(), or for complex numbers torch.view_as_real(x)',
          );
        }
      }
      if (classes === null) throw new NeedsClasses();
      throw unsupported(
        at,
        `the pickle names ${path}, which is not on load()'s list`,
        /^[A-Z]\w*$/.test(name)
          ? `if it is a module's class of yours, write registerModule('${name}', ${name}) before, with registerModule from @dl/nn; else save a state dict`
          : 'nothing was run; save a state dict, or a model of modules, with torch.save',
      );
    },
    call(callee, args, at) {
      return Object.hasOwn(calls, callee.path)
        ? (calls[callee.path] as Call)(args, at)
        : refuseCall(callee, at);
    },
    create(type, at) {
      if (type.path === 'collections.OrderedDict') return new PyDict();
      if (!isClass(type)) refuseCall(type, at);
      return createObject(type, at);
    },
    persistent(id, at) {
      const items = id instanceof PyTuple ? id.items : [];
      // The old format stored the source of a module's class beside it, which is passed over.
      if (items[0] === 'module' && items[1] instanceof PyGlobal) return items[1];
      if (items[0] !== 'storage') throw bad(at, 'a persistent id names no storage');
      return readStorage(items, at);
    },
  };
}

/** The kind of a storage, from the class that a persistent id names. */
export function kindOf(type: unknown, at: number): ElementKind | null {
  if (!(type instanceof PyGlobal)) throw bad(at, 'a storage has no class');
  if (type.name === 'UntypedStorage') return null;
  const kind = Object.hasOwn(kindOfStorage, type.name) ? kindOfStorage[type.name] : undefined;
  if (kind === undefined) throw bad(at, `${type.path} is no class of a storage`);
  return kind;
}

/** A count of elements, as a file claims it. */
export function countOf(x: unknown, at: number): number {
  if (!isSize(x)) throw bad(at, 'the length of a storage is no whole number from 0 on');
  return x;
}
