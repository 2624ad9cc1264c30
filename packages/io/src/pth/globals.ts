// What a `.pth` file's pickle may name and have called: the list is all there is.
import { bad, unsupported } from '../errors.js';
import { Budget, cost } from '../pickle/budget.js';
import type { PickleRules } from '../pickle/reader.js';
import { PyDict, PyForeign, PyGlobal, PyObject, PySet, PyTuple } from '../pickle/values.js';
import { quote } from '../ranges.js';
import {
  type ElementKind,
  type ForeignKind,
  foreignKinds,
  foreignStorages,
  kindOfStorage,
  kinds,
} from './dtypes.js';

/** How the elements of a storage are read, or that they cannot be. */
export type AnyKind = ElementKind | ForeignKind;

/** Memory that the file has under a key; its elements are read later. */
export class StorageRef {
  readonly key: string;
  /** Null where only the tensors on it say what it holds. */
  readonly kind: AnyKind | null;
  /** Elements; bytes where `kind` is null. */
  readonly length: number;
  /** Position of the reference in the file. */
  readonly at: number;
  /** Elements in front of it in its memory (the old format's views). */
  readonly shift: number;

  constructor(key: string, kind: AnyKind | null, length: number, at: number, shift = 0) {
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
  readonly kind: AnyKind;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly at: number;
  requiresGrad: boolean;
  isParameter = false;
  /** Whether its values are the negatives of those in memory. */
  negative = false;
  /** Whether its values are the complex conjugates of those in memory. */
  conjugate = false;

  constructor(
    storage: StorageRef,
    kind: AnyKind,
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

type Call = (args: readonly unknown[], at: number, budget: Budget) => unknown;

const isSize = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function sizes(x: unknown, at: number, what: string): readonly number[] {
  const items = x instanceof PyTuple ? x.items : Array.isArray(x) ? x : null;
  if (items === null || !items.every(isSize))
    throw bad(at, `a tensor's ${what} is not a tuple of sizes`);
  return items as number[];
}

function rebuild(
  args: readonly unknown[],
  at: number,
  budget: Budget,
  kind?: AnyKind,
  metadata?: unknown,
): TensorRef {
  budget.spend(cost.tensor, at);
  const [storage, offset, shape, strides, requiresGrad] = args;
  if (!(storage instanceof StorageRef))
    throw bad(at, 'a tensor is made of a value that is not a storage');
  const own = kind ?? storage.kind;
  if (own === null) throw bad(at, 'a tensor of untyped memory has no dtype');
  if (!isSize(offset)) throw bad(at, "a tensor's offset is not a non-negative integer");
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
  const made = new TensorRef(storage, own, window, requiresGrad === true, at);
  if (metadata instanceof PyDict) {
    made.negative = metadata.entries.get('neg') === true;
    made.conjugate = metadata.entries.get('conj') === true;
  }
  return made;
}

function parameter(args: readonly unknown[], at: number, budget: Budget): TensorRef {
  budget.spend(cost.tensor, at);
  const [data, requiresGrad] = args;
  if (!(data instanceof TensorRef))
    throw bad(at, 'a parameter is made of a value that is not a tensor');
  const { offset, shape, strides } = data;
  const made = new TensorRef(
    data.storage,
    data.kind,
    { offset, shape, strides },
    requiresGrad === true,
    at,
  );
  made.isParameter = true;
  made.negative = data.negative;
  made.conjugate = data.conjugate;
  return made;
}

function dtypeKind(x: unknown, at: number): AnyKind {
  const kind =
    x instanceof PyGlobal && x.module === 'torch'
      ? (kinds[x.name] ?? foreignKinds[x.name])
      : undefined;
  if (kind === undefined) {
    const name = x instanceof PyGlobal ? x.path : 'not a dtype';
    throw unsupported(at, `a tensor's dtype is ${name}`, 'convert it in PyTorch with x.float()');
  }
  return kind;
}

/** The items of a list, tuple or set. */
function itemsOf(x: unknown): readonly unknown[] | null {
  if (Array.isArray(x)) return x;
  if (x instanceof PyTuple) return x.items;
  return x instanceof PySet ? [...x.items] : null;
}

function filled(args: readonly unknown[], at: number, budget: Budget): PyDict {
  const made = new PyDict();
  budget.spend(cost.dict, at);
  const [items] = args;
  if (items === undefined) return made;
  if (items instanceof PyDict) {
    budget.spend(cost.entry * items.entries.size, at);
    for (const [key, value] of items.entries) made.entries.set(key, value);
    return made;
  }
  const pairs = itemsOf(items);
  if (pairs === null)
    throw bad(at, 'an OrderedDict is made of a value that is not a list of pairs');
  budget.spend(cost.entry * pairs.length, at);
  for (const pair of pairs) {
    const both = itemsOf(pair);
    if (both?.length !== 2) throw bad(at, 'an OrderedDict gets an entry that is not a pair');
    made.entries.set(both[0], both[1]);
  }
  return made;
}

function latin1Bytes(args: readonly unknown[], at: number, budget: Budget): Uint8Array {
  const [text, encoding = 'latin1'] = args;
  const known = typeof encoding === 'string' && /^(latin-?1|iso-?8859-1)$/i.test(encoding);
  if (text === undefined) return new Uint8Array(0);
  if (text instanceof Uint8Array) return text;
  if (typeof text !== 'string' || !known)
    throw bad(at, 'bytes are made of a value that is not Latin-1 text');
  budget.spend(cost.object + text.length, at);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw bad(at, 'bytes are made of a value that is not Latin-1 text');
    bytes[i] = code;
  }
  return bytes;
}

function asSet(args: readonly unknown[], at: number, budget: Budget): PySet {
  const made = new PySet();
  const items = itemsOf(args[0] ?? []);
  if (items === null) throw bad(at, 'a set is made of a value that is not a list');
  budget.spend(cost.dict + cost.entry * items.length, at);
  for (const item of items) made.items.add(item);
  return made;
}

function asList(args: readonly unknown[], at: number, budget: Budget): unknown[] {
  const items = itemsOf(args[0] ?? []);
  if (items === null) throw bad(at, 'a list is made of a value that is not a list');
  budget.spend(cost.list + cost.slot * items.length, at);
  return [...items];
}

/** All that is ever called. None of it does more than to arrange data. */
const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': filled,
  'collections.defaultdict': ([, ...items], at, budget) => filled(items, at, budget),
  'collections.Counter': filled,
  'collections.deque': asList,
  '__builtin__.dict': filled,
  'builtins.dict': filled,
  'torch._utils._rebuild_tensor': (args, at, budget) => rebuild(args, at, budget),
  'torch._utils._rebuild_tensor_v2': (args, at, budget) =>
    rebuild(args, at, budget, undefined, args[6]),
  'torch._utils._rebuild_tensor_v3': (args, at, budget) =>
    rebuild(args, at, budget, dtypeKind(args[6], at), args[7]),
  'torch._utils._rebuild_parameter': parameter,
  'torch._utils._rebuild_parameter_with_state': parameter,
  'torch._tensor._rebuild_from_type_v2': (args, at, budget) => {
    const [made, , inner] = args;
    if (!(made instanceof PyGlobal) || !(inner instanceof PyTuple)) {
      throw bad(at, 'a tensor is made by a value that is not a function');
    }
    if (!Object.hasOwn(calls, made.path)) return new PyForeign(made, inner.items, at);
    return calls[made.path](inner.items, at, budget);
  },
  'torch.serialization._get_layout': ([name]) =>
    typeof name === 'string' ? name.replace(/^torch\./, '') : null,
  'torch.Size': ([items = new PyTuple([])]) => (Array.isArray(items) ? new PyTuple(items) : items),
  'torch.device': ([type, index], at) => {
    if (index === undefined || index === null) return type;
    if (typeof type === 'string' && typeof index === 'number') return `${type}:${index}`;
    throw bad(at, `a device is made of ${quote(type)} and ${quote(index)}`);
  },
  '_codecs.encode': latin1Bytes,
  '__builtin__.bytearray': latin1Bytes,
  'builtins.bytearray': latin1Bytes,
  '__builtin__.bytes': latin1Bytes,
  'builtins.bytes': latin1Bytes,
  '__builtin__.set': asSet,
  'builtins.set': asSet,
  '__builtin__.frozenset': asSet,
  'builtins.frozenset': asSet,
};

/** Those of the calls that `{ strict: true }` refuses. */
const lenientCalls: ReadonlySet<string> = new Set([
  'collections.Counter',
  'collections.deque',
  'torch.serialization._get_layout',
]);

/** How Python makes an object of a class that is the first argument; the rest goes to `__new__`. */
const makers: ReadonlySet<string> = new Set([
  'copy_reg._reconstructor',
  'copyreg._reconstructor',
  'copy_reg.__newobj__',
  'copyreg.__newobj__',
  'copy_reg.__newobj_ex__',
  'copyreg.__newobj_ex__',
]);

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

function refuseCall(callee: PyGlobal | PyForeign, at: number): never {
  throw unsupported(
    at,
    `the pickle wants ${callee instanceof PyGlobal ? callee.path : 'the result of a call'} to be called`,
    'load() calls nothing that a file names; save a state dict, or a model of modules, with torch.save',
  );
}

const isTorchModule = (module: string): boolean =>
  module === 'torch.nn' || module.startsWith('torch.nn.modules.');

/** Modules of Python's whose classes cannot be a user's. */
const NOT_A_USERS =
  /^(numpy|collections|datetime|pathlib|argparse|types|builtins|__builtin__|copy_?reg|_codecs|fractions|decimal|uuid|torch)(\.|$)/;

/** What the rules depend on. */
export interface RuleOptions {
  readonly readStorage: ReadStorage;
  readonly classes: KnownClasses;
  /** Whether what is not known is refused rather than kept as a placeholder. */
  readonly strict: boolean;
  readonly budget?: Budget;
}

/** The rules for one file's pickles. */
export class FileRules implements PickleRules {
  readonly budget: Budget;
  private readonly readStorage: ReadStorage;
  private readonly classes: KnownClasses;
  private readonly strict: boolean;

  constructor({ readStorage, classes, strict, budget = new Budget() }: RuleOptions) {
    this.readStorage = readStorage;
    this.classes = classes;
    this.strict = strict;
    this.budget = budget;
  }

  global(module: string, name: string, at: number): PyGlobal {
    const found = new PyGlobal(module, name);
    const { path } = found;
    if (this.isClass(found) || values.has(path) || makers.has(path)) return found;
    if (Object.hasOwn(calls, path) && !(this.strict && lenientCalls.has(path))) return found;
    if (/^torch(\.storage|\.cuda)?$/.test(module)) {
      if (Object.hasOwn(kindOfStorage, name) || Object.hasOwn(kinds, name)) return found;
      if (Object.hasOwn(foreignStorages, name)) {
        if (!this.strict) return found;
        throw unsupported(
          at,
          `the file holds a tensor of ${name.replace('Storage', '')}, which is not supported`,
          'convert it in PyTorch with x.float(), or for complex numbers torch.view_as_real(x)',
        );
      }
    }
    if (!NOT_A_USERS.test(module) && this.classes === null) throw new NeedsClasses();
    if (!this.strict) return found;
    throw unsupported(
      at,
      `the pickle names ${path}, which is not on load()'s list`,
      /^[A-Z]\w*$/.test(name)
        ? `if it is a module's class of yours, write registerModule('${name}', ${name}) before, with registerModule from @dl/nn; else save a state dict`
        : 'nothing was run; save a state dict, or a model of modules, with torch.save',
    );
  }

  call(callee: PyGlobal | PyForeign, args: readonly unknown[], at: number): unknown {
    if (callee instanceof PyGlobal) {
      const { path } = callee;
      if (Object.hasOwn(calls, path)) return calls[path](args, at, this.budget);
      if (makers.has(path)) return this.make(path, args, at);
    }
    if (this.strict) refuseCall(callee, at);
    this.budget.spend(cost.object, at);
    return new PyForeign(callee, args, at);
  }

  create(
    type: PyGlobal | PyForeign,
    args: readonly unknown[],
    named: PyDict | null,
    at: number,
  ): unknown {
    if (type instanceof PyGlobal) {
      if (named === null && type.path === 'collections.OrderedDict') {
        return filled(args, at, this.budget);
      }
      if (this.isClass(type) && (this.strict || (args.length === 0 && named === null))) {
        if (args.length > 0 || named !== null) {
          throw bad(at, `a ${type.path} is made with arguments, which is not supported`);
        }
        return new PyObject(type, at);
      }
    }
    if (this.strict) refuseCall(type, at);
    return new PyForeign(type, args, at, named);
  }

  persistent(id: unknown, at: number): unknown {
    const items = id instanceof PyTuple ? id.items : [];
    // The old format stored the source of a module's class beside it, which is passed over.
    if (items[0] === 'module' && items[1] instanceof PyGlobal) return items[1];
    if (typeof id === 'string' && id.startsWith("('storage'")) {
      throw unsupported(
        at,
        'the file was saved with pickle protocol 0, which has no names of storages and which PyTorch cannot read either',
        'save it again without pickle_protocol',
      );
    }
    if (items[0] !== 'storage') throw bad(at, 'a persistent id does not name a storage');
    this.budget.spend(cost.object, at);
    return this.readStorage(items, at);
  }

  private isClass(type: PyGlobal): boolean {
    return (
      isTorchModule(type.module) ||
      ((this.classes?.has(type.name) ?? false) && !NOT_A_USERS.test(type.module))
    );
  }

  /** An object made by a function of Python's that makes objects. */
  private make(maker: string, args: readonly unknown[], at: number): unknown {
    const [type, ...rest] = args;
    if (!(type instanceof PyGlobal || type instanceof PyForeign)) {
      throw bad(at, 'an object is made of a value that is not a class');
    }
    if (maker.endsWith('_reconstructor')) {
      const [base, state] = rest;
      const plain = !(base instanceof PyGlobal) || base.name === 'object';
      return this.create(type, this.strict || plain ? [] : [state], null, at);
    }
    if (maker.endsWith('_ex__')) {
      const [positional, named] = rest;
      const dict = named instanceof PyDict ? named : null;
      return this.create(type, itemsOf(positional) ?? [], dict, at);
    }
    return this.create(type, rest, null, at);
  }
}

/** The kind of a storage, from the class that a persistent id names. */
export function kindOf(type: unknown, at: number): AnyKind | null {
  if (!(type instanceof PyGlobal)) throw bad(at, 'a storage has no class');
  if (type.name === 'UntypedStorage') return null;
  const kind = [kindOfStorage, foreignStorages].find((known) => Object.hasOwn(known, type.name))?.[
    type.name
  ];
  if (kind === undefined) throw bad(at, `${type.path} is not a storage class`);
  return kind;
}

/** A count of elements, as a file claims it. */
export function countOf(x: unknown, at: number): number {
  if (!isSize(x)) throw bad(at, 'the length of a storage is not a non-negative integer');
  return x;
}
