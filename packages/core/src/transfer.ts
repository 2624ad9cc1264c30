// Tensors in messages to workers: their memory is moved, not copied.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import { goneMemory } from './backend/cpu/detached-memory.js';
import { backendOf } from './backend/registry.js';
import { type DType, dtypes, isDType, isFloat, type TypedArray } from './dtype.js';
import { AutogradError, DeviceError, FormatError, ValueError } from './errors.js';
import { Storage, withdrawMemory } from './memory.js';
import { isPlain, tagOf } from './realms.js';
import { numelOf, show } from './shape.js';
import { Tensor } from './tensor.js';
import { hostArray, needValues } from './tensor-values.js';

const FORMAT = '@dl/core tensors';

/** A tensor in a message; in the message's value, this very object stands for the tensor. */
interface Sent {
  /** Index of its memory. */
  readonly memory: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly requiresGrad: boolean;
}

/** What `toTransferable` makes of a value with tensors in it: plain data that `postMessage` and `structuredClone` accept. */
export interface TensorMessage<T = unknown> {
  /** @internal */
  readonly format: typeof FORMAT;
  /** @internal */
  readonly memory: readonly TypedArray[];
  /** @internal */
  readonly tensors: readonly Sent[];
  /** @internal The value, with an element of `tensors` in the place of each tensor. */
  readonly value: unknown;
  /** @internal Only in types: what `fromTransferable` returns. */
  readonly carries?: T;
}

/** The arguments of `postMessage`: a message, and the memory to move. */
export interface TransferableTensors<T = unknown> {
  readonly message: TensorMessage<T>;
  /** The memory of the tensors: the second argument of `postMessage`. */
  readonly transfer: ArrayBuffer[];
}

declare const structuredClone: (
  x: ArrayBuffer,
  options: { transfer: ArrayBuffer[] },
) => ArrayBuffer;

/** The value with its tensors and containers replaced; what else there is stays as it is. */
function replaced(
  value: unknown,
  leaf: (x: object, path: string) => object | null,
  seen = new Map<object, unknown>(),
  path = '',
): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') refuse(value, path);
    return value;
  }
  const known = seen.get(value);
  if (known !== undefined) return known;
  const found = leaf(value, path);
  if (found !== null) {
    seen.set(value, found);
    return found;
  }
  const inner = (x: unknown, at: string): unknown => replaced(x, leaf, seen, `${path}${at}`);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (let i = 0; i < value.length; i++) list.push(inner(value[i], `[${i}]`));
    return list;
  }
  const tag = tagOf(value);
  if (tag === 'Map') {
    const map = new Map<unknown, unknown>();
    seen.set(value, map);
    for (const [key, x] of value as Map<unknown, unknown>)
      map.set(key, inner(x, `.${String(key)}`));
    return map;
  }
  if (tag !== 'Object') return value;
  if (!isPlain(value)) refuse(value, path);
  const out: Record<string, unknown> = {};
  seen.set(value, out);
  for (const [key, x] of Object.entries(value)) {
    // Not an assignment, which would set the prototype for the key `__proto__`.
    Object.defineProperty(out, key, {
      value: inner(x, `.${key}`),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return out;
}

function refuse(x: unknown, path: string): never {
  const where = path === '' ? '' : ` at value${path}`;
  throw new ValueError(
    `toTransferable: got ${kinds.described(x)}${where}, which a message does not keep; pass tensors in plain objects, arrays and Maps, such as model.stateDict()`,
  );
}

function checkSendable(x: Tensor, path: string): void {
  const where = path === '' ? '' : ` at value${path}`;
  needValues('toTransferable', x, 'toTransferable(await x.cpu())');
  hostArray('toTransferable', x);
  if (x.requiresGrad && !x.isLeaf) {
    throw new AutogradError(
      `toTransferable: the tensor of shape ${show(x.shape)}${where} is not a leaf, and the history of a tensor cannot be sent; use x.detach()`,
    );
  }
}

/** The same memory, detached from where it was; a copy if it cannot be moved. */
function moved(memory: ArrayBuffer): ArrayBuffer {
  try {
    return structuredClone(memory, { transfer: [memory] });
  } catch {
    // For example a WebAssembly.Memory, or the pool of Node's Buffers.
    return memory.slice(0);
  }
}

/** Where a storage's elements lie, noted before anything is moved: a detached array has no length. */
interface Place {
  readonly memory: ArrayBufferLike;
  readonly at: number;
  readonly length: number;
}

/** Moves the memory of storages; returns their arrays in the message, and the memory to transfer. */
function move(storages: readonly Storage[]): { memory: TypedArray[]; transfer: ArrayBuffer[] } {
  const places = storages.map((storage): Place => {
    const { buffer: memory, byteOffset: at, length } = storage.buffer as TypedArray;
    return { memory, at, length };
  });
  // An ArrayBuffer moves if a tensor has all of it; in others there may be anything, such as other small tensors.
  const wholes = new Map<ArrayBufferLike, ArrayBuffer>();
  const transfer: ArrayBuffer[] = [];
  storages.forEach(({ buffer }, i) => {
    const { memory } = places[i];
    if (wholes.has(memory) || tagOf(memory) !== 'ArrayBuffer') return;
    if ((buffer as TypedArray).byteLength < memory.byteLength) return;
    const own = moved(memory as ArrayBuffer);
    wholes.set(memory, own);
    transfer.push(own);
  });
  const memory = storages.map((storage, i) => {
    const { memory, at, length } = places[i];
    // Shared memory is shared with the receiver too.
    if (tagOf(memory) !== 'ArrayBuffer') return storage.buffer as TypedArray;
    withdrawMemory(storage, `cpu: ${goneMemory}`);
    const { array: type, bytes } = dtypes[storage.dtype];
    const whole = wholes.get(memory);
    if (whole !== undefined) return new type(whole, at, length);
    const part = (memory as ArrayBuffer).slice(at, at + length * bytes);
    transfer.push(part);
    return new type(part);
  });
  return { memory, transfer };
}

function toTransferableOf(value: unknown): TransferableTensors {
  // Everything is checked before anything is moved.
  const found = new Set<Tensor>();
  replaced(value, (x, path) => {
    if (!(x instanceof Tensor)) return null;
    checkSendable(x, path);
    found.add(x);
    return x;
  });
  const places = new Map<Storage, number>();
  const sent = new Map<object, Sent>();
  for (const x of found) {
    const { storage, dtype, shape, strides, offset, takesGrad } = x;
    const memory = places.get(storage) ?? places.size;
    places.set(storage, memory);
    const layout = { shape: [...shape], strides: [...strides], offset };
    sent.set(x, { memory, dtype, ...layout, requiresGrad: takesGrad });
  }
  const placed = replaced(value, (x) => sent.get(x) ?? null);
  const { memory, transfer } = move([...places.keys()]);
  return {
    message: { format: FORMAT, memory, tensors: [...sent.values()], value: placed },
    transfer,
  };
}

/**
 * Moves the tensors in a value into a message for `postMessage` or `structuredClone`, without copying their memory. The
 * value is a tensor, or plain objects, arrays and Maps of tensors and plain data, such as a state dict; the receiver
 * passes the message to `fromTransferable`.
 *
 * The tensors lose their memory, as does every tensor that shares it: using them afterwards is a DeviceError. To go on
 * using one, pass `x.clone()`. (Tensors on a SharedArrayBuffer keep it, and share it with the receiver.) Views keep
 * their strides, and tensors that share memory still do afterwards. The whole memory of a view is sent; `x.clone()` of
 * a small part of a large tensor sends the part alone. Tensors up to 4 KiB have no ArrayBuffer of their own and are
 * copied. `requiresGrad` of leaves is kept, `grad` is not sent.
 *
 * @returns `message` and `transfer`, the arguments of `postMessage`.
 * @throws DeviceError for a tensor on another device: use `await x.cpu()`; AutogradError for a non-leaf: use
 * `x.detach()`; ValueError for functions and instances of classes.
 * @example const { message, transfer } = toTransferable({ w: tensor([1, 2]) }); // worker.postMessage(message, transfer)
 */
export const toTransferable = /*#__PURE__*/ callable(
  'toTransferable',
  toTransferableOf,
  [/*#__PURE__*/ need('value', kinds.anything)],
  {},
) as <T>(value: T) => TransferableTensors<T>;

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
const areCounts = (x: unknown): x is readonly number[] => Array.isArray(x) && x.every(isCount);

function damaged(what: string): never {
  throw new FormatError(
    `fromTransferable: the message is damaged: ${what}; send the message of toTransferable() unchanged`,
  );
}

/** The sentence for what is not a message. */
function notAMessage(x: unknown): never {
  const given =
    typeof x === 'object' && x !== null && 'message' in x && 'transfer' in x
      ? 'got what toTransferable() returns; pass its message alone'
      : `the message must come from toTransferable(), got ${kinds.described(x)}; send one with const { message, transfer } = toTransferable(x); worker.postMessage(message, transfer)`;
  throw new FormatError(`fromTransferable: ${given}`);
}

function received(x: Sent, storages: readonly Storage[]): Tensor {
  const { memory, dtype, shape, strides, offset } = x;
  const storage = storages[memory];
  const fits =
    storage !== undefined &&
    storage.dtype === dtype &&
    areCounts(shape) &&
    areCounts(strides) &&
    strides.length === shape.length &&
    isCount(offset);
  if (!fits) damaged('a tensor does not fit its memory');
  const end =
    numelOf(shape) === 0
      ? 0
      : strides.reduce((at, stride, d) => at + stride * (shape[d] - 1), offset) + 1;
  if (end > storage.length) {
    if (storage.length === 0) {
      throw new DeviceError(
        'fromTransferable: the memory of the message is detached: the message was already posted; each message can be posted once, and read only where it arrives',
      );
    }
    damaged('a tensor reaches beyond its memory');
  }
  const out = new Tensor(storage, [...shape], [...strides], offset);
  if (x.requiresGrad === true && isFloat(dtype)) out.requiresGrad = true;
  return out;
}

function fromTransferableOf(message: unknown): unknown {
  if (
    typeof message !== 'object' ||
    message === null ||
    (message as TensorMessage).format !== FORMAT
  ) {
    notAMessage(message);
  }
  const { memory, tensors, value } = message as TensorMessage;
  if (!Array.isArray(memory) || !Array.isArray(tensors)) damaged('its lists are missing');
  const backend = backendOf('cpu');
  const dtypeOf = new Map<number, DType>();
  for (const x of tensors) {
    if (typeof x !== 'object' || x === null) damaged('a tensor is missing');
    dtypeOf.set(x.memory, x.dtype);
  }
  const storages = memory.map((array: TypedArray, i) => {
    const dtype = dtypeOf.get(i);
    if (dtype === undefined || !isDType(dtype)) damaged(`unknown dtype ${String(dtype)}`);
    const type = dtypes[dtype].array;
    if (tagOf(array) !== type.name) damaged(`memory of ${dtype} is not ${type.name}`);
    // An array of this realm; of a detached one nothing can be made. A SharedArrayBuffer is as good.
    const { byteOffset, length } = array;
    const own =
      length === 0 ? new type(0) : new type(array.buffer as ArrayBuffer, byteOffset, length);
    const storage = new Storage(own, dtype, own.length, backend);
    // The message has the memory too.
    storage.outside = true;
    return storage;
  });
  const made = new Map<object, Tensor>();
  for (const x of tensors) made.set(x, received(x, storages));
  return replaced(value, (x) => made.get(x) ?? null);
}

/**
 * The value that `toTransferable` put into a message, with its tensors, on device `cpu`. They use the memory that
 * arrived, without a copy.
 *
 * @throws FormatError for anything else than such a message; DeviceError if the message was already posted elsewhere.
 * @example fromTransferable(toTransferable(tensor([1, 2])).message) // tensor([1., 2.])
 */
export const fromTransferable = /*#__PURE__*/ callable(
  'fromTransferable',
  fromTransferableOf,
  [/*#__PURE__*/ need('message', kinds.anything)],
  {},
) as <T = Tensor>(message: TensorMessage<T>) => T;
