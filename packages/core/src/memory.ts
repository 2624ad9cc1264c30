// Who holds which device memory: counts, scopes, and what the collector finds.
import type { Backend, Buffer } from './backend/contract.js';
import { registeredBackends } from './backend/registry.js';
import { type DType, dtypes } from './dtype.js';
import { DeviceError } from './errors.js';
import { refuseLater } from './synchronous.js';
import { warnOnce } from './warn.js';

/**
 * Who gives memory back: the garbage collector; it too, unless a backward pass, a scope or `dispose()` knows before that
 * nobody holds it, so that it is used again; or whoever lets go last, since holders are counted.
 */
export type Owner = 'collector' | 'recycled' | 'counted';

/** Memory that tensors share: a buffer of a device, and a count of the changes made in place. */
export class Storage {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly length: number;
  readonly backend: Backend;
  /** Raised by every in-place change, so that a saved tensor can tell. */
  version = 0;
  readonly owner: Owner;
  /** How many tensors and nodes of the tape hold it, unless the collector knows. */
  holders = 0;
  /** Whether somebody outside may hold the memory: it is not used again, nor taken over as a leaf's `.grad`. */
  outside = false;
  /** What stood here before its tensor was disposed of; null in any storage that can be used. */
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

/** How many times as much as is used again at all a backward pass gives back: keeping account of less takes as long. */
const WORTHWHILE = 16;

/** Whether a backward pass gives memory back as soon as nobody needs it. */
export const goesInPass = ({ owner, length, dtype, backend }: Storage): boolean =>
  owner === 'counted' ||
  (owner === 'recycled' && length * dtypes[dtype].bytes >= WORTHWHILE * backend.recycles);

/** Counts on memory of devices, now and when the program last waited. */
let held = 0;
let heldBefore = 0;
let watching = false;

/** Growth from which the program is watched, warned, and stopped: a tensor costs some KB beside its memory. */
const WATCHED = 1 << 10;
const MANY = 1 << 16;
const TOO_MANY = 1 << 20;

/**
 * Notes one more count. Finalizers run only when the program waits, so that a loop which never does
 * would grow until the process dies.
 */
function grow(device: string): void {
  held++;
  const more = held - heldBefore;
  if (more < WATCHED) return;
  if (!watching) watch();
  if (more < MANY) return;
  const what = `${device}: ${more} tensors were made without waiting, and hold memory: the collector gives it back only while the program waits. Put a step into scope(() => …), dispose() of what is done, or await something in each step, such as await loss.cpu()`;
  warnOnce('held without waiting', what);
  if (more < TOO_MANY) return;
  held--;
  throw new DeviceError(what);
}

/** Has the count begin anew once the event loop turns. */
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
  // It keeps no process alive.
  if (typeof timer === 'object') timer.unref?.();
}

/** One count on a storage, given back once. */
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
    // Whoever still reads the memory, as a file that is being written, can tell by the version.
    storage.version++;
    storage.backend.free(storage.buffer, storage.dtype);
  }
}

/** What a tensor shows of itself to this file, which must not know the class. */
interface Holder {
  readonly storage: Storage;
  hold: Hold | null;
  dispose(): void;
}

interface Scope {
  readonly outer: Scope | null;
  /** Whether it belongs to a backward pass: tensors made there are known to nobody else. */
  readonly pass: boolean;
  readonly made: Set<Holder>;
}

let current: Scope | null = null;
let registry: FinalizationRegistry<Hold> | null = null;

/** The safety net: gives the count back once the collector has found the holder dead. */
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

/** Counts a tensor that was just made, and has the current scope remember it. */
export function holdFor(x: Holder, storage: Storage): void {
  x.hold = new Hold(storage);
  belongTo(current, x);
}

/** Takes a tensor out of all scopes that are open. */
export function leaveScopes(x: Holder): void {
  for (let s = current; s !== null; s = s.outer) {
    if (s.made.delete(x)) {
      belongTo(null, x);
      return;
    }
  }
}

/** Has a tensor that was just made stay as long as another: a gradient with its leaf. */
export function stayWith(x: Holder, other: Holder): void {
  if (x.hold === null) return;
  let place: Scope | null = null;
  for (let s = current; s !== null; s = s.outer) {
    s.made.delete(x);
    if (s.made.has(other)) place ??= s;
  }
  belongTo(place, x);
}

/** Calls `visit` with every tensor of `made` in a value, in arrays and plain objects too. */
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

/** Runs `body` in a scope of its own; `keeps` names what goes to the scope around it. */
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

/** Takes a tensor out of the open scopes. */
export function keepBeyond<T extends object>(x: T): T {
  leaveScopes(x as unknown as Holder);
  return x;
}

/** The scopes of a backward pass on a counted device; on others every step just runs. */
export interface PassScope {
  /** Runs one node; what it returns stays until `done` with it. */
  run<T extends readonly (object | null)[]>(body: () => T): T;
  /** Runs a function of the user's as if no pass were going on. */
  outside<T>(body: () => T): T;
  /** Takes over a tensor that was made for the pass. */
  adopt(x: object): void;
  /** A gradient that the pass needs no more. */
  done(x: object): void;
  /** A gradient that goes to the caller. */
  release(x: object): void;
}

const freePass: PassScope = {
  run: (body) => body(),
  outside: (body) => body(),
  adopt: () => {},
  done: () => {},
  release: () => {},
};

/** Runs a backward pass; its temporary tensors are given back as soon as nobody needs them. */
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

// Every use of such a storage throws what `why` says.
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
  // Whoever marks it goes on; there is nothing left to keep.
  outside: marked,
  owner: { value: 'collector' },
}) as Storage;

/** What stands in a tensor whose memory was given back: every use of it explains itself. */
export function gone(storage: Storage, why: () => string): Storage {
  const it = Object.create(goneStorage) as Gone;
  it.before = storage;
  it.dtype = storage.dtype;
  it.length = storage.length;
  it.why = why;
  return it as unknown as Storage;
}

/** Memory of one device, in bytes. */
export interface DeviceMemory {
  /** Held by tensors and by the tape. */
  readonly live: number;
  /** Kept by the device for later tensors. */
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
