// Converts the values of a pickle: tensors on their storages, objects, arrays, modules.

import { fromTypedArray, isFloat, neg, noGrad, Tensor } from '@dl/core/functional';
import type { AnyModule } from '@dl/nn';
import type { Bytes } from '../bytes/bytes.js';
import { bad, Unsupported, unsupported } from '../errors.js';
import { numpyOf } from '../numpy/pickled.js';
import type { Budget } from '../pickle/budget.js';
import {
  objectsIn,
  PyDict,
  PyForeign,
  PyGlobal,
  PyObject,
  PySet,
  PyTuple,
} from '../pickle/values.js';
import { Placeholder, standIn, type TensorPlaceholder, tensorPlaceholder } from '../placeholder.js';
import { quote } from '../ranges.js';
import { FORBIDDEN_KEYS, MAX_DEPTH } from '../saveable.js';
import { type ForeignKind, foreignKinds, kinds, toLittle, toNative } from './dtypes.js';
import { StorageRef, TensorRef } from './globals.js';
import { plainOf } from './plain.js';

/** The bytes of a storage, and their position in the file. */
export type StorageBytes = (
  ref: StorageRef,
) => Promise<{ bytes: Bytes; offset: number; little: boolean }>;

/** Creates a module from an object whose parts `convert` turns into values. */
export type BuildModule = (object: PyObject, convert: (x: unknown) => unknown) => AnyModule;

/** The tensors of a value, and placeholders for those of unsupported dtypes. */
export type Tensors = ReadonlyMap<TensorRef | StorageRef, Tensor | TensorPlaceholder>;

/** All tensors in a pickle's value; a storage by itself is a one-dimensional tensor. */
export function tensorsIn(value: unknown): Map<TensorRef | StorageRef, TensorRef> {
  const found = new Map<TensorRef | StorageRef, TensorRef>();
  for (const x of objectsIn(value)) {
    if (x instanceof TensorRef) found.set(x, x);
    else if (x instanceof StorageRef) {
      const window = { offset: x.shift, shape: [x.length], strides: [1] };
      found.set(x, new TensorRef(x, x.kind ?? kinds.uint8, window, false, x.at));
    }
  }
  return found;
}

/** Reads the storages of tensors, each once, and creates the tensors. */
export async function readTensors(
  refs: ReadonlyMap<TensorRef | StorageRef, TensorRef>,
  bytesOf: StorageBytes,
): Promise<Tensors> {
  const bases = new Map<string, Tensor | Uint8Array>();
  const wanted = new Map([...refs.values()].map((ref) => [nameOf(ref), ref]));
  const queue = [...wanted];
  // The next ones are read while this one's checksum is computed.
  const ahead = queue.slice(0, READ_AHEAD).map(([, ref]) => begin(bytesOf, ref));
  for (const [i, [name, ref]] of queue.entries()) {
    const next = queue[i + READ_AHEAD];
    const current = ahead.shift() as ReturnType<StorageBytes>;
    const found = await current;
    if (next !== undefined) ahead.push(begin(bytesOf, next[1]));
    bases.set(name, baseOf(ref, found));
  }
  const made = new Map<TensorRef | StorageRef, Tensor | TensorPlaceholder>();
  for (const [key, ref] of refs) {
    const base = bases.get(nameOf(ref)) as Tensor | Uint8Array;
    made.set(key, base instanceof Tensor ? tensorOf(ref, base) : placeholderOf(ref, base));
  }
  return made;
}

// Memory can be read as several types only if it is untyped.
const nameOf = ({ storage, kind, negative }: TensorRef): string =>
  `${kind.dtype ?? kind.name} ${kind.size} ${negative && kind.dtype !== null} ${storage.key}`;

const READ_AHEAD = 3;

function begin(bytesOf: StorageBytes, ref: TensorRef): ReturnType<StorageBytes> {
  const reading = bytesOf(ref.storage);
  // Its error is thrown when its turn comes, unless an earlier one was thrown.
  reading.catch(() => {});
  return reading;
}

function baseOf(
  { storage, kind, negative, at }: TensorRef,
  { bytes, offset, little }: Awaited<ReturnType<StorageBytes>>,
): Tensor | Uint8Array {
  if (bytes.length % kind.size !== 0) {
    throw bad(
      offset,
      `storage '${storage.key}' has ${bytes.length} bytes, which is not a multiple of the element size ${kind.size}`,
    );
  }
  if (kind.dtype === null) {
    toLittle(bytes, kind.word, little);
    return bytes;
  }
  toNative(bytes, kind.size, little);
  const array = kind.read(bytes);
  const base = fromTypedArray(array, [array.length], { dtype: kind.dtype });
  if (!negative) return base;
  // PyTorch stores the sign of such a tensor next to its memory. All of the memory is negated, once: a small file can
  // contain a view that repeats one element a billion times.
  if (kind.dtype === 'bool') throw bad(at, 'a tensor of bool is the negative of its memory');
  return noGrad(() => neg(base));
}

function placeholderOf(ref: TensorRef, bytes: Uint8Array): TensorPlaceholder {
  const { name } = ref.kind as ForeignKind;
  const { size } = ref.kind;
  checkInside(ref, bytes.length / size);
  const { shape, strides, offset, conjugate, negative } = ref;
  return tensorPlaceholder(name, { shape, strides, offset }, bytes, { conjugate, negative });
}

/** Throws for a tensor that reaches beyond the end of its memory. */
function checkInside({ shape, strides, offset, at }: TensorRef, count: number): void {
  const last = shape.reduce((sum, n, d) => sum + (n - 1) * strides[d], offset);
  const inside = shape.includes(0) ? offset <= count : last < count;
  if (!inside) throw bad(at, `a tensor reaches element ${last} of a storage of ${count} elements`);
}

function tensorOf(ref: TensorRef, base: Tensor): Tensor {
  const { shape, strides, offset, requiresGrad, at } = ref;
  checkInside(ref, base.count);
  const x = new Tensor(base.storage, [...shape], [...strides], offset);
  if (requiresGrad) {
    if (!isFloat(base.dtype)) throw bad(at, `a tensor of ${base.dtype} requires gradients`);
    x.requiresGrad = true;
  }
  return x;
}

/** The context of a conversion. */
export interface ConvertOptions {
  readonly tensors: Tensors;
  readonly build: BuildModule;
  /** Position of the pickle, for messages. */
  readonly base: number;
  /** Whether unknown values are refused instead of becoming placeholders. */
  readonly strict: boolean;
  readonly budget: Budget;
}

/** Converts the value of a pickle to JavaScript values. */
export function convertValue(value: unknown, options: ConvertOptions): unknown {
  return new Converter(options).convert(value);
}

/** The name of a call whose result is callable. */
const calledBy = (callee: unknown): string =>
  callee instanceof Placeholder ? String(callee).slice(0, 200) : quote(callee);

class Converter {
  private readonly options: ConvertOptions;
  private readonly done = new Map<object, unknown>();
  private readonly open = new Set<object>();
  private depth = 0;

  constructor(options: ConvertOptions) {
    this.options = options;
  }

  readonly convert = (x: unknown): unknown => {
    if (typeof x !== 'object' || x === null || x instanceof Uint8Array) return x;
    if (x instanceof TensorRef) return this.options.tensors.get(x);
    if (x instanceof PyGlobal) return this.named(x);
    if (this.done.has(x)) return this.done.get(x);
    if (this.open.has(x)) throw this.bad('a value contains itself');
    if (this.depth >= MAX_DEPTH) {
      throw this.bad(`values are nested more than ${MAX_DEPTH} levels deep`);
    }
    this.open.add(x);
    this.depth++;
    const made = this.composite(x);
    this.depth--;
    this.open.delete(x);
    this.done.set(x, made);
    return made;
  };

  private bad(problem: string): Error {
    return bad(this.options.base, `in the pickle that begins here, ${problem}`);
  }

  private composite(x: object): unknown {
    if (Array.isArray(x)) return x.map(this.convert);
    if (x instanceof PyTuple) return x.items.map(this.convert);
    if (x instanceof PySet) return new Set([...x.items].map(this.convert));
    if (x instanceof PyDict) return this.dict(x);
    if (x instanceof PyObject) return this.object(x);
    if (x instanceof PyForeign) return this.foreign(x);
    if (x instanceof StorageRef) {
      if (!this.options.strict) return this.options.tensors.get(x);
      throw unsupported(
        x.at,
        'the file contains a storage that is not part of a tensor',
        'save tensors',
      );
    }
    throw this.bad('a value is of an unknown kind');
  }

  private dict(x: PyDict): unknown {
    const entries = [...x.entries].map(([key, item]) => [this.convert(key), item] as const);
    const names = new Set<string>();
    let simple = true;
    for (const [key] of entries) {
      if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean') {
        simple = false;
        break;
      }
      const name = nameOfKey(key);
      if (FORBIDDEN_KEYS.has(name)) {
        throw this.bad(`a dict contains the key '${name}', which is not allowed`);
      }
      if (names.has(name)) {
        if (this.options.strict) {
          throw this.bad(`a dict contains the key '${name}' twice, as a string and as a number`);
        }
        simple = false;
        break;
      }
      names.add(name);
    }
    if (!simple) return new Map(entries.map(([key, item]) => [key, this.convert(item)]));
    const made: Record<string, unknown> = {};
    for (const [key, item] of entries) made[nameOfKey(key as string)] = this.convert(item);
    return made;
  }

  /** A module, or a placeholder if its class or its settings are not supported. */
  private object(x: PyObject): unknown {
    const { build, strict } = this.options;
    try {
      return build(x, this.convert);
    } catch (error) {
      if (strict || !(error instanceof Unsupported)) throw error;
      const made = new Placeholder(x.type.path, []);
      // Before its parts: a module may refer to the one that contains it.
      this.done.set(x, made);
      made.state = this.convert(x.state);
      made.note = error.message.replace(/^load: (byte \d+: )?/, '');
      return made;
    }
  }

  private foreign(x: PyForeign): unknown {
    if (this.options.strict) {
      throw unsupported(
        x.at,
        'the file contains an object of an unknown class',
        'load it without strict',
      );
    }
    const spend = (bytes: number): void => this.options.budget.spend(bytes, x.at);
    const known = plainOf(x, this.convert, (made) => this.done.set(x, made)) ?? numpyOf(x, spend);
    if (known !== undefined) return known;
    const name = x.callee instanceof PyGlobal ? x.callee.path : calledBy(this.convert(x.callee));
    const args: unknown[] = [];
    const tensor = Object.hasOwn(otherTensors, name) ? otherTensors[name] : undefined;
    const plain = new Placeholder(name, args);
    const made = tensor === undefined ? plain : standIn(plain, `this is ${tensor} in Python`);
    if (tensor !== undefined) plain.note = tensor;
    // Before its parts, which may refer to it.
    this.done.set(x, made);
    for (const item of x.args) args.push(this.convert(item));
    if (x.named !== null) args.push(this.convert(x.named));
    if (x.state !== undefined) made.state = this.convert(x.state);
    if (x.state instanceof PyDict && x.state.entries.get('_modules') instanceof PyDict) {
      const type = name.slice(name.lastIndexOf('.') + 1);
      made.note = `a module of an unknown class; call registerModule('${type}', ${type}) first, with registerModule from @dl/nn, or save its state_dict()`;
    }
    if (x.items !== null) made.items = x.items.map(this.convert);
    if (x.entries !== null) {
      made.entries = new Map(
        [...x.entries].map(([key, item]) => [this.convert(key), this.convert(item)]),
      );
    }
    return made;
  }

  /** A dtype and the like have known names; any other name stays a name. */
  private named(x: PyGlobal): unknown {
    if (x.module === 'torch' && Object.hasOwn(kinds, x.name)) return x.name;
    if (this.options.strict) {
      throw unsupported(
        this.options.base,
        `the pickle that begins here contains ${x.path} as a value`,
        'save tensors, numbers and strings',
      );
    }
    if (x.module === 'torch' && torchNames.has(x.name)) return x.name;
    return new Placeholder(x.path, null);
  }
}

/** Tensors that are not strided, by the function that creates them. */
const otherTensors: Readonly<Record<string, string>> = {
  'torch._utils._rebuild_sparse_tensor':
    'a sparse tensor, which is not supported; save x.to_dense()',
  'torch._utils._rebuild_qtensor':
    'a quantized tensor, which is not supported; save x.dequantize()',
  'torch._utils._rebuild_nested_tensor':
    'a nested tensor, which is not supported; save x.to_padded_tensor(0)',
  'torch._utils._rebuild_meta_tensor_no_storage':
    "a tensor on the device 'meta', which has no values; save it from another device",
};

/** PyTorch's values that are pickled by name. */
const torchNames: ReadonlySet<string> = /*#__PURE__*/ (() =>
  new Set([
    ...Object.keys(foreignKinds),
    ...['strided', 'sparse_coo', 'sparse_csr', 'sparse_csc', 'sparse_bsr', 'sparse_bsc', 'jagged'],
    ...['contiguous_format', 'preserve_format', 'channels_last', 'channels_last_3d'],
    ...['per_tensor_affine', 'per_channel_affine', 'per_tensor_symmetric', 'per_channel_symmetric'],
    'per_channel_affine_float_qparams',
  ]))();

/** The property name of a dict's key. */
const nameOfKey = (key: string | number | boolean): string =>
  typeof key === 'boolean' ? (key ? 'True' : 'False') : String(key);
