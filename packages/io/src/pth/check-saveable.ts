// The first pass over a value to be saved: whether it can be saved, and which memory its tensors use.
import {
  type DType,
  dtypes,
  isPlain,
  isPromise,
  Tensor,
  type TypedArray,
  tagOf,
} from '@dl/core/functional';
import type { AnyModule } from '@dl/nn';
import { isBytes, isMap, isSet } from '../bytes/bytes.js';
import { isModule } from '../modules.js';
import { Placeholder, placeholderText } from '../placeholder.js';
import { FORBIDDEN_KEYS, MAX_DEPTH, refuse, step } from '../saveable.js';

/** A part of a device's memory that is written: the smallest range that covers its tensors. */
export class Span {
  readonly key: string;
  readonly dtype: DType;
  private readonly source: Tensor;
  private readonly version: number;
  private from = Number.POSITIVE_INFINITY;
  private to = 0;

  constructor(source: Tensor, number: number) {
    this.source = source;
    this.key = String(number);
    this.dtype = source.dtype;
    this.version = source.storage.version;
  }

  get start(): number {
    return this.length === 0 ? 0 : this.from;
  }

  get length(): number {
    return Math.max(0, this.to - this.from);
  }

  get bytes(): number {
    return this.length * dtypes[this.dtype].bytes;
  }

  cover(x: Tensor): void {
    if (x.count === 0) return;
    const last = x.shape.reduce((at, n, d) => at + (n - 1) * x.strides[d], x.offset);
    this.from = Math.min(this.from, x.offset);
    this.to = Math.max(this.to, last + 1);
  }

  /** The elements at the time of the call. */
  async read(): Promise<TypedArray> {
    const { storage } = this.source;
    return storage.backend.download(storage.buffer, this.dtype, this.start, this.length);
  }

  /** The elements themselves if they are on the CPU, without a copy. */
  view(): TypedArray | null {
    const { storage } = this.source;
    if (storage.backend.device !== 'cpu') return null;
    return (storage.buffer as TypedArray).subarray(this.start, this.start + this.length);
  }

  /** Whether the values are unchanged since the survey. */
  get changed(): boolean {
    return this.source.storage.version !== this.version;
  }
}

/** The contents of a value. */
export interface Survey {
  readonly spans: readonly Span[];
  /** The part of the file that a tensor's memory becomes. */
  spanOf(x: Tensor): Span;
  readonly hasModules: boolean;
}

/**
 * Visits every part of a value.
 *
 * @throws ValueError naming the position of a part that cannot be saved.
 */
export function survey(value: unknown): Survey {
  const walk = new Walk();
  walk.visit(value, 'value', 0);
  return {
    spans: walk.spans,
    spanOf: (x) => walk.byBuffer.get(x.buffer) as Span,
    hasModules: walk.hasModules,
  };
}

class Walk {
  readonly spans: Span[] = [];
  readonly byBuffer = new Map<object, Span>();
  hasModules = false;
  private readonly open = new Set<object>();
  private readonly done = new Set<object>();

  visit(value: unknown, path: string, depth: number): void {
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return;
    if (typeof value === 'string') {
      checkText(value, path);
      return;
    }
    if (typeof value === 'bigint') {
      // The limit of load(): 256 bytes, a little more than 616 digits.
      if (BigInt.asIntN(2048, value) !== value)
        throw refuse(path, 'is a bigint of more than 2048 bits');
      return;
    }
    if (typeof value !== 'object') {
      const fix = value === undefined ? '; leave it out, or use null' : '';
      throw refuse(path, `is ${typeof value === 'undefined' ? '' : 'a '}${typeof value}${fix}`);
    }
    if (value instanceof Tensor) {
      this.tensor(value);
      return;
    }
    if (isBytes(value) || this.done.has(value)) return;
    if (depth >= MAX_DEPTH) throw refuse(path, `is nested more than ${MAX_DEPTH} levels deep`);
    if (this.open.has(value)) throw refuse(path, 'contains itself');
    this.open.add(value);
    if (isModule(value)) this.module(value);
    else if (Array.isArray(value)) {
      for (const [i, item] of Array.from(value).entries()) {
        this.visit(item, step(path, i), depth + 1);
      }
    } else if (isMap(value)) this.map(value, path, depth);
    else if (isSet(value)) {
      for (const item of value) {
        if (typeof item !== 'string' && typeof item !== 'number') {
          throw refuse(
            path,
            `is a set that contains a ${typeof item}; sets may contain strings and numbers`,
          );
        }
        this.visit(item, path, depth + 1);
      }
    } else this.object(value, path, depth);
    this.open.delete(value);
    this.done.add(value);
  }

  private map(value: ReadonlyMap<unknown, unknown>, path: string, depth: number): void {
    for (const [key, item] of value) {
      if (typeof key !== 'string' && !Number.isSafeInteger(key)) {
        throw refuse(path, `has a ${typeof key} as a key; keys must be strings or integers`);
      }
      if (typeof key === 'string') checkText(key, path);
      this.visit(item, step(path, key as string | number), depth + 1);
    }
  }

  private object(value: object, path: string, depth: number): void {
    if (value instanceof Placeholder) {
      throw refuse(
        path,
        `is ${placeholderText(value)}, which load() returned for an unknown value`,
      );
    }
    if (isPromise(value)) throw refuse(path, 'is a promise; await it first');
    if (!isPlain(value)) {
      const name = Object.getPrototypeOf(value).constructor?.name || 'unnamed';
      throw refuse(path, `is an object of class ${name}; ${mendOf(value)}`);
    }
    for (const [key, item] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key)) throw refuse(step(path, key), 'has a key that is not allowed');
      checkText(key, path);
      this.visit(item, step(path, key), depth + 1);
    }
  }

  private module(module: AnyModule): void {
    this.hasModules = true;
    for (const x of module.parameters()) this.tensor(x);
    for (const x of module.buffers()) this.tensor(x);
  }

  private tensor(x: Tensor): void {
    let span = this.byBuffer.get(x.buffer);
    if (span === undefined) {
      span = new Span(x, this.spans.length);
      this.spans.push(span);
      this.byBuffer.set(x.buffer, span);
    }
    span.cover(x);
  }
}

/** What to save instead of an object. */
function mendOf(value: object): string {
  if (typeof (value as { stateDict?: unknown }).stateDict === 'function') {
    return 'save its stateDict()';
  }
  if (ArrayBuffer.isView(value)) return 'convert it to a tensor: tensor(x)';
  if (tagOf(value) === 'Date') return 'save its toISOString()';
  return 'save a plain object with its values';
}

function checkText(text: string, path: string): void {
  // A lone surrogate cannot be encoded in UTF-8.
  if (/\p{Surrogate}/u.test(text)) throw refuse(path, 'is a string with a lone surrogate');
}
