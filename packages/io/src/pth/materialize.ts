// From what a pickle holds to values: tensors on their storages, objects, arrays, modules.

import { fromTypedArray, isFloat, Tensor } from '@dl/core/functional';
import type { AnyModule } from '@dl/nn';
import type { Bytes } from '../bytes/bytes.js';
import { bad, unsupported } from '../errors.js';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple } from '../pickle/values.js';
import { FORBIDDEN_KEYS, MAX_DEPTH } from '../saveable.js';
import { kinds, toNative } from './dtypes.js';
import { StorageRef, TensorRef } from './world.js';

/** The bytes of a storage, and where they are in the file. */
export type StorageBytes = (
  ref: StorageRef,
) => Promise<{ bytes: Bytes; offset: number; little: boolean }>;

/** Makes a module of an object, whose parts `convert` turns into values. */
export type BuildModule = (object: PyObject, convert: (x: unknown) => unknown) => AnyModule;

/** All tensors that a pickle's value holds. */
export function tensorsIn(value: unknown): Set<TensorRef> {
  const found = new Set<TensorRef>();
  const seen = new Set<object>();
  // A stack of its own: the value may be nested deeper than the machine's goes.
  const todo: unknown[] = [value];
  while (todo.length > 0) {
    const x = todo.pop();
    if (typeof x !== 'object' || x === null || seen.has(x)) continue;
    seen.add(x);
    if (x instanceof TensorRef) found.add(x);
    else if (x instanceof PyTuple) for (const item of x.items) todo.push(item);
    else if (x instanceof PySet) for (const item of x.items) todo.push(item);
    else if (x instanceof PyObject) todo.push(x.state);
    else if (Array.isArray(x)) for (const item of x) todo.push(item);
    else if (x instanceof PyDict) for (const [key, item] of x.entries) todo.push(key, item);
  }
  return found;
}

/** Reads the storages of tensors, each once, and makes the tensors. */
export async function readTensors(
  refs: ReadonlySet<TensorRef>,
  bytesOf: StorageBytes,
): Promise<Map<TensorRef, Tensor>> {
  const bases = new Map<string, Tensor>();
  const wanted = new Map([...refs].map((ref) => [nameOf(ref), ref]));
  const queue = [...wanted];
  // The next ones are being read while this one's checksum is computed.
  const ahead = queue.slice(0, READ_AHEAD).map(([, ref]) => begin(bytesOf, ref));
  for (const [i, [name, ref]] of queue.entries()) {
    const next = queue[i + READ_AHEAD];
    const current = ahead.shift() as ReturnType<StorageBytes>;
    const found = await current;
    if (next !== undefined) ahead.push(begin(bytesOf, next[1]));
    bases.set(name, baseOf(ref, found));
  }
  const made = new Map<TensorRef, Tensor>();
  for (const ref of refs) made.set(ref, tensorOf(ref, bases.get(nameOf(ref)) as Tensor));
  return made;
}

// One memory may be read as several types only where it is untyped.
const nameOf = ({ storage, kind }: TensorRef): string =>
  `${kind.dtype} ${kind.size} ${storage.key}`;

const READ_AHEAD = 3;

function begin(bytesOf: StorageBytes, ref: TensorRef): ReturnType<StorageBytes> {
  const reading = bytesOf(ref.storage);
  // Its error is thrown when its turn comes, if one before has not been by then.
  reading.catch(() => {});
  return reading;
}

function baseOf(
  { storage, kind }: TensorRef,
  { bytes, offset, little }: Awaited<ReturnType<StorageBytes>>,
): Tensor {
  if (bytes.length % kind.size !== 0) {
    throw bad(
      offset,
      `storage '${storage.key}' has ${bytes.length} bytes, which are no elements of ${kind.size}`,
    );
  }
  toNative(bytes, kind.size, little);
  const array = kind.read(bytes);
  return fromTypedArray(array, [array.length], { dtype: kind.dtype });
}

function tensorOf(ref: TensorRef, base: Tensor): Tensor {
  const { shape, strides, offset, requiresGrad, at } = ref;
  const last = shape.reduce((sum, n, d) => sum + (n - 1) * (strides[d] as number), offset);
  const inside = shape.includes(0) ? offset <= base.count : last < base.count;
  if (!inside) throw bad(at, `a tensor reaches element ${last} of a storage of ${base.count}`);
  const x = new Tensor(base.storage, [...shape], [...strides], offset);
  if (requiresGrad) {
    if (!isFloat(base.dtype)) throw bad(at, `a tensor of ${base.dtype} requires gradients`);
    x.requiresGrad = true;
  }
  return x;
}

/** The value of a pickle in JavaScript's own terms. */
export function convertValue(
  value: unknown,
  tensors: ReadonlyMap<TensorRef, Tensor>,
  build: BuildModule,
  base: number,
): unknown {
  const done = new Map<object, unknown>();
  const open = new Set<object>();
  let depth = 0;

  const convert = (x: unknown): unknown => {
    if (typeof x !== 'object' || x === null || x instanceof Uint8Array) return x;
    if (x instanceof TensorRef) return tensors.get(x);
    if (x instanceof PyGlobal) return named(x, base);
    if (done.has(x)) return done.get(x);
    if (open.has(x)) throw bad(base, 'in the pickle that begins here, a value contains itself');
    if (depth >= MAX_DEPTH) {
      throw bad(
        base,
        `in the pickle that begins here, values are nested more than ${MAX_DEPTH} levels deep`,
      );
    }
    open.add(x);
    depth++;
    const made = composite(x);
    depth--;
    open.delete(x);
    done.set(x, made);
    return made;
  };

  const composite = (x: object): unknown => {
    if (Array.isArray(x)) return x.map(convert);
    if (x instanceof PyTuple) return x.items.map(convert);
    if (x instanceof PySet) return new Set([...x.items].map(convert));
    if (x instanceof PyDict) return dict(x);
    if (x instanceof PyObject) return build(x, convert);
    if (x instanceof StorageRef) {
      throw unsupported(x.at, 'the file holds a storage by itself', 'save tensors');
    }
    throw bad(base, 'in the pickle that begins here, a value is of no known kind');
  };

  const dict = (x: PyDict): unknown => {
    const keys = [...x.entries.keys()];
    const simple = keys.every(
      (key) => typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean',
    );
    if (!simple) {
      return new Map([...x.entries].map(([key, item]) => [convert(key), convert(item)]));
    }
    const made: Record<string, unknown> = {};
    for (const [key, item] of x.entries) {
      const name = typeof key === 'boolean' ? (key ? 'True' : 'False') : String(key);
      if (FORBIDDEN_KEYS.has(name)) {
        throw bad(
          base,
          `in the pickle that begins here, a dict has the key '${name}', which is not allowed`,
        );
      }
      if (Object.hasOwn(made, name)) {
        throw bad(
          base,
          `in the pickle that begins here, a dict has the key '${name}' twice, as a text and as a number`,
        );
      }
      made[name] = convert(item);
    }
    return made;
  };

  return convert(value);
}

/** A dtype is known by its name; any other name means nothing by itself. */
function named(x: PyGlobal, base: number): string {
  if (x.module === 'torch' && Object.hasOwn(kinds, x.name)) return x.name;
  throw unsupported(
    base,
    `the pickle that begins here holds ${x.path} as a value`,
    'save tensors, numbers and texts',
  );
}
