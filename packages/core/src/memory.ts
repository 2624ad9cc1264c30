// Ownership of device memory: reference counts, scopes, and finalizers.
import type { Backend, Buffer } from './backend/contract.js';
import { registeredBackends } from './backend/registry.js';
import { type DType, dtypes } from './dtype.js';
import { DeviceError } from './errors.js';
import { refuseLater } from './synchronous.js';
import { warnOnce } from './warn.js';

/**
 * Who frees a storage. `collector`: the garbage collector. `recycled`: the garbage collector, unless a backward pass, a
 * scope or `dispose()` finds earlier that nothing references it; then it is reused. `counted`: the last owner, by
 * reference counting.
 */
export type Owner = 'collector' | 'recycled' | 'counted';

/** `structuredClone` and `postMessage` refuse a tensor at the first thing that they cannot clone, and name it. */
const NOT_CLONEABLE = /*#__PURE__*/ Symbol(
  'A tensor is sent with const { message, transfer } = toTransferable(x); postMessage(message, transfer), and received with fromTransferable(message); as it is, its memory',
);

/** Memory that tensors share: a buffer of a device, and a count of the changes made in place. */
export class Storage {
  /** In front of the memory, which would be copied before the refusal. */
  readonly notCloneable: symbol = NOT_CLONEABLE;
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly length: number;
  readonly backend: Backend;
  /** Incremented by every in-place change, so that changes of a saved tensor are detected. */
  version = 0;
  readonly owner: Owner;
  /** The number of tensors and nodes of the tape that reference it; unused if the garbage collector frees it. */
  holders = 0;
  /** Whether the user may reference the memory: then it is neither reused nor taken over as a leaf's `.grad`. */
  outside = false;
  /** The storage that a tensor had before it was disposed of; null in any usable storage. */
  readonly before: Storage | null = null;

  constructor(buffer: Buffer, dtype: DType, length: number, backend: Backend) {
    this.buffer = buffer;
    this.dtype = dtype;
    this.length = length;
    this.backend = backend;
    this.owner = backend.counted
      ? 'counted'
      : length * dtypes[dtype].bytes >= backend.recycles
        ? 'recycled'
        : 'collector';
  }
}

/**
 * A backward pass frees memory of this many times the smallest recycled size; for less, the bookkeeping takes as long.
 */
const WORTHWHILE = 16;

/** Whether a backward pass frees the memory as soon as nothing needs it. */
export const goesInPass = ({ owner, length, dtype, backend }: Storage): boolean =>
  owner === 'counted' ||
  (owner === 'recycled' && length * dtypes[dtype].bytes >= WORTHWHILE * backend.recycles);

/** References to device memory, now and when the program last waited. */
let held = 0;
let heldBefore = 0;
let watching = false;

/**
 * Numbers of new tensors at which the program is watched, warned, and stopped: a tensor costs some KB besides its
 * memory.
 */
const WATCHED = 1 << 10;
const MANY = 1 << 16;
const TOO_MANY = 1 << 20;

/**
 * Counts one more reference. Finalizers run only while the program waits, so a loop that never does would grow until
 * the process dies.
 */
function grow(device: string): void {
  held++;
  const more = held - heldBefore;
  if (more < WATCHED) return;
  if (!watching) watch();
  if (more < MANY) return;
  const what = `${device}: ${more} tensors were created without waiting, and they hold memory: the garbage collector frees it only while the program waits. Put a step into scope(() => …), dispose() of tensors you no longer need, or await something in each step, such as await loss.cpu()`;
  warnOnce('held without waiting', what);
  if (more < TOO_MANY) return;
  held--;
  throw new DeviceError(what);
}

/** Restarts the count at the next turn of the event loop. */
function watch(): void {
  const { setTimeout } = globalThis as {
    setTimeout?: (f: () => void, ms: number) => { unref?(): void } | number;
  };
  if (setTimeout === undefined) return;
  watching = true;
  const timer = setTimeout(() => {
    watching = false;
    heldBefore = held;
  }, 0);
  // The timer does not keep the process alive.
  if (typeof timer === 'object') timer.unref?.();
}

/** One reference to a storage, released once. */
export class Hold {
  private storage: Storage | null;

  constructor(storage: Storage) {
    if (storage.owner === 'counted') grow(storage.backend.device);
    storage.holders++;
    this.storage = storage;
  }

  drop(): void {
    const { storage } = this;
    if (storage === null) return;
    this.storage = null;
    const counted = storage.owner === 'counted';
    if (counted) held--;
    if (--storage.holders > 0 || (storage.outside && !counted)) return;
    // Code that still reads the memory, such as a file that is being written, can tell by the version.
    storage.version++;
    storage.backend.free(storage.buffer, storage.dtype);
  }
}

/** The properties of a tensor that this file uses, since it must not import the class. */
interface Holder {
  readonly storage: Storage;
  hold: Hold | null;
  dispose(): void;
}

interface Scope {
  readonly outer: Scope | null;
  /** Whether it belongs to a backward pass: nothing else references tensors created there. */
  readonly pass: boolean;
  readonly made: Set<Holder>;
}

let current: Scope | null = null;
let registry: FinalizationRegistry<Hold> | null = null;

/** The safety net: releases the reference once the garbage collector has found its owner unreachable. */
export function dropWhenDead(holder: object, hold: Hold): void {
  registry ??= new FinalizationRegistry<Hold>((dead) => dead.drop());
  registry.register(holder, hold);
}

function belongTo(scope: Scope | null, x: Holder): void {
  if (x.storage.owner === 'counted') {
    if (scope !== null) scope.made.add(x);
    else dropWhenDead(x, x.hold as Hold);
  } else if (scope?.pass === true && goesInPass(x.storage)) scope.made.add(x);
}

/** Counts a new tensor, and adds it to the current scope. */
export function holdFor(x: Holder, storage: Storage): void {
  x.hold = new Hold(storage);
  belongTo(current, x);
}

/** Removes a tensor from all open scopes. */
export function leaveScopes(x: Holder): void {
  for (let s = current; s !== null; s = s.outer) {
    if (s.made.delete(x)) {
      belongTo(null, x);
      return;
    }
  }
}

/** Makes a new tensor live as long as another: a gradient with its leaf. */
export function stayWith(x: Holder, other: Holder): void {
  if (x.hold === null) return;
  let place: Scope | null = null;
  for (let s = current; s !== null; s = s.outer) {
    s.made.delete(x);
    if (s.made.has(other)) place ??= s;
  }
  belongTo(place, x);
}

/** Calls `visit` with every tensor of `made` in a value, including arrays and plain objects. */
function tensorsIn(value: unknown, made: Set<Holder>, visit: (x: Holder) => void, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > 8) return;
  if (made.has(value as Holder)) visit(value as Holder);
  else if (Array.isArray(value)) for (const v of value) tensorsIn(v, made, visit, depth + 1);
  else if (value instanceof Map) {
    for (const v of value.values()) tensorsIn(v, made, visit, depth + 1);
  } else if (isPlain(value)) {
    for (const v of Object.values(value)) tensorsIn(v, made, visit, depth + 1);
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Object.prototype || prototype === null || Symbol.iterator in value;
}

/** Runs `body` in a new scope; `keeps` lists the tensors that move to the enclosing scope. */
function within<T>(pass: boolean, body: () => T, keeps: (result: T, made: Set<Holder>) => void): T {
  const scope: Scope = { outer: current, pass, made: new Set() };
  current = scope;
  try {
    const result = body();
    keeps(result, scope.made);
    return result;
  } finally {
    current = scope.outer;
    for (const x of scope.made) x.dispose();
  }
}

/** Runs `body` in a scope that keeps what it returns. */
export function runScope<T>(body: () => T): T {
  return within(false, body, (result, made) => {
    refuseLater('scope', result);
    tensorsIn(result, made, (x) => {
      made.delete(x);
      belongTo((current as Scope).outer, x);
    });
  });
}

/** Removes a tensor from the open scopes. */
export function keepBeyond<T extends object>(x: T): T {
  leaveScopes(x as unknown as Holder);
  return x;
}

/** The scopes of a backward pass on a device that counts references; on other devices every step just runs. */
export interface PassScope {
  /** Runs one node; its results stay until `done` is called with it. */
  run<T extends readonly (object | null)[]>(body: () => T): T;
  /** Runs a user's function as if no pass were running. */
  outside<T>(body: () => T): T;
  /** Takes ownership of a tensor that was created for the pass. */
  adopt(x: object): void;
  /** A gradient that the pass no longer needs. */
  done(x: object): void;
  /** A gradient that is returned to the caller. */
  release(x: object): void;
}

const freePass: PassScope = {
  run: (body) => body(),
  outside: (body) => body(),
  adopt: () => {},
  done: () => {},
  release: () => {},
};

/** Runs a backward pass; its temporary tensors are freed as soon as nothing needs them. */
export function backwardScope(tracked: boolean, pass: (scope: PassScope) => void): void {
  if (!tracked) {
    pass(freePass);
    return;
  }
  within(
    true,
    () => {
      const own = current as Scope;
      pass({
        run: (body) =>
          within(true, body, (result, made) => {
            for (const x of result) {
              if (x !== null && made.delete(x as Holder)) own.made.add(x as Holder);
            }
          }),
        outside: (body) => {
          current = own.outer;
          try {
            return body();
          } finally {
            current = own;
          }
        },
        adopt: (x) => {
          if ((x as Holder).hold === null) return;
          for (let s = own.outer; s !== null; s = s.outer) s.made.delete(x as Holder);
          own.made.add(x as Holder);
        },
        done: (x) => {
          if (own.made.delete(x as Holder)) (x as Holder).dispose();
        },
        release: (x) => {
          if (own.made.delete(x as Holder)) belongTo(own.outer, x as Holder);
        },
      });
    },
    () => {},
  );
}

/** The storage of a tensor without memory. */
interface Gone {
  before: Storage;
  dtype: DType;
  length: number;
  why: () => string;
}

// Every use of such a storage throws the message `why`.
const refuse = {
  get(this: Gone): never {
    throw new DeviceError(this.why());
  },
};
const marked = { get: (): boolean => true, set: (): void => {} };
const goneStorage = /* @__PURE__ */ Object.create(Storage.prototype, {
  backend: refuse,
  buffer: refuse,
  version: {
    get(this: Gone): number {
      return this.before.version;
    },
    set: refuse.get,
  },
  // Marking it is allowed; there is nothing to keep.
  outside: marked,
  owner: { value: 'collector' },
}) as Storage;

/** The storage of a tensor whose memory was freed: every use of it throws an explanation. */
export function gone(storage: Storage, why: () => string): Storage {
  const it = Object.create(goneStorage) as Gone;
  it.before = storage;
  it.dtype = storage.dtype;
  it.length = storage.length;
  it.why = why;
  return it as unknown as Storage;
}

/**
 * Has every tensor on a storage refuse its use, since the memory now belongs to somebody else; nothing frees it here.
 */
export function withdrawMemory(storage: Storage, why: string): void {
  storage.outside = true;
  Object.defineProperties(storage, {
    backend: {
      get: () => {
        throw new DeviceError(why);
      },
    },
    // What saved the tensor for its gradient does not get it back.
    before: { value: storage },
  });
}

/** Memory of one device, in bytes. */
export interface DeviceMemory {
  /** Bytes referenced by tensors and by the tape. */
  readonly live: number;
  /** Bytes that the device keeps for later tensors. */
  readonly pooled: number;
}

/** Bytes of each device whose memory is counted. */
export function memoryReport(): Record<string, DeviceMemory> {
  const report: Record<string, DeviceMemory> = {};
  for (const backend of registeredBackends()) {
    if (backend.counted) report[backend.device] = backend.memory();
  }
  return report;
}
