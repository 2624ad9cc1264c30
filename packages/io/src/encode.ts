// From a value to the entries of a file: a structure in JSON and the storages of its tensors.
import { type DType, Tensor, type TypedArray, ValueError } from '@dl/core';
import type { AnyModule } from '@dl/nn';
import type { Entry } from './container.js';
import {
  BIGINT,
  elements,
  FORBIDDEN_KEYS,
  MAX_DEPTH,
  type ModuleRecord,
  type Node,
  STRUCTURE,
  type StorageRecord,
  type Structure,
  step,
  storageName,
  type TensorRecord,
} from './layout.js';
import { importNN, isModule, modesOf } from './modules.js';

/** What can be saved: plain values, arrays and plain objects of them, bytes, tensors and modules. */
export type Saveable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | AnyModule
  | readonly Saveable[]
  | { readonly [key: string]: Saveable };

/** A part of a device's memory that must be written: the smallest that covers its tensors. */
interface Span {
  readonly source: Tensor;
  from: number;
  to: number;
}

/** The entries of a file that holds `value`, as it is at the time of the call. */
export async function encode(value: unknown): Promise<Entry[]> {
  const walk = new Walk();
  const tree = walk.node(value, 'value', 0);
  // All reading starts in this turn, so that a training loop that goes on does not show in the file.
  const reading = Promise.all(walk.storages.map((storage) => storage.read()));
  const [arrays, modules] = await Promise.all([reading, walk.moduleRecords()]);
  const structure: Structure = {
    storages: walk.storages.map((storage) => storage.record()),
    tensors: walk.tensorRecords(),
    modules,
    value: tree,
  };
  const entries: Entry[] = [
    { name: STRUCTURE, bytes: new TextEncoder().encode(JSON.stringify(structure)) },
  ];
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    entries.push({ name: storageName(entries.length - 1), bytes });
  }
  return entries;
}

/** A storage of the file: a span of a tensor's memory, or plain bytes. */
interface StorageSource {
  record(): StorageRecord;
  read(): Promise<TypedArray>;
}

class Walk {
  readonly storages: StorageSource[] = [];
  private readonly tensors: Tensor[] = [];
  private readonly modules: { module: AnyModule; record: Omit<ModuleRecord, 'description'> }[] = [];
  private readonly tensorIndex = new Map<Tensor, number>();
  private readonly spans = new Map<object, { span: Span; index: number }>();
  private readonly open = new Set<object>();

  node(value: unknown, path: string, depth: number): Node {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return numberNode(value);
    if (typeof value === 'bigint') {
      const digits = String(value);
      if (!BIGINT.test(digits)) throw refuse(path, 'is a bigint of more than 617 digits');
      return ['bigint', digits];
    }
    if (typeof value !== 'object') {
      const mend = value === undefined ? '; leave it out, or use null' : '';
      throw refuse(path, `is ${typeof value === 'undefined' ? '' : 'a '}${typeof value}${mend}`);
    }
    if (value instanceof Tensor) return ['tensor', this.tensor(value)];
    if (value instanceof Uint8Array) return ['bytes', this.bytes(value)];
    if (depth >= MAX_DEPTH) throw refuse(path, `is nested more than ${MAX_DEPTH} levels deep`);
    if (this.open.has(value)) throw refuse(path, 'contains itself');
    this.open.add(value);
    try {
      if (isModule(value)) return ['module', this.module(value, path, depth)];
      return Array.isArray(value)
        ? ['list', Array.from(value, (item, i) => this.node(item, step(path, i), depth + 1))]
        : this.dict(value, path, depth);
    } finally {
      this.open.delete(value);
    }
  }

  private dict(value: object, path: string, depth: number): Node {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const name = prototype.constructor?.name || 'unnamed';
      throw refuse(path, `is an object of class ${name}; save a plain object with its values`);
    }
    const entries = Object.entries(value).map(([key, item]) => {
      if (FORBIDDEN_KEYS.has(key)) throw refuse(step(path, key), 'has a key that is not allowed');
      return [key, this.node(item, step(path, key), depth + 1)] as const;
    });
    return ['dict', entries];
  }

  private tensor(x: Tensor): number {
    const known = this.tensorIndex.get(x);
    if (known !== undefined) return known;
    let entry = this.spans.get(x.buffer);
    if (entry === undefined) {
      const span: Span = { source: x, from: Number.POSITIVE_INFINITY, to: 0 };
      entry = { span, index: this.storages.push(spanSource(span)) - 1 };
      this.spans.set(x.buffer, entry);
    }
    if (x.count > 0) {
      const { span } = entry;
      const last = x.shape.reduce((at, n, d) => at + (n - 1) * (x.strides[d] as number), x.offset);
      span.from = Math.min(span.from, x.offset);
      span.to = Math.max(span.to, last + 1);
    }
    this.tensorIndex.set(x, this.tensors.length);
    return this.tensors.push(x) - 1;
  }

  /** Records of the tensors, once it is known which part of each storage is written. */
  tensorRecords(): TensorRecord[] {
    return this.tensors.map((x) => {
      const { span, index } = this.spans.get(x.buffer) as { span: Span; index: number };
      return {
        storage: index,
        shape: x.shape,
        strides: x.strides,
        offset: x.count === 0 ? 0 : x.offset - span.from,
        requiresGrad: x.requiresGrad,
      };
    });
  }

  private module(value: AnyModule, path: string, depth: number): number {
    const known = this.modules.findIndex(({ module }) => module === value);
    if (known >= 0) return known;
    const state = this.node(value.stateDict(), `${path}.stateDict()`, depth + 1);
    return this.modules.push({ module: value, record: { state, ...modesOf(value) } }) - 1;
  }

  /** Records of the modules. They wait for @dl/nn, which knows the names of classes. */
  async moduleRecords(): Promise<ModuleRecord[]> {
    if (this.modules.length === 0) return [];
    const { describeModule } = await importNN('save');
    return this.modules.map(({ module, record }) => {
      const walk = new Walk();
      const path = `${module.constructor.name}.config()`;
      const description = walk.node(describeModule(module), path, 0);
      if (walk.storages.length > 0 || walk.modules.length > 0) {
        throw refuse(path, 'holds tensors, bytes or modules, and must be plain data');
      }
      return { description, ...record };
    });
  }

  private bytes(value: Uint8Array): number {
    const copy = new Uint8Array(value);
    const source: StorageSource = {
      record: () => ({ dtype: 'uint8', length: copy.length }),
      read: async () => copy,
    };
    return this.storages.push(source) - 1;
  }
}

function spanSource(span: Span): StorageSource {
  const { dtype, storage } = span.source;
  const length = (): number => Math.max(0, span.to - span.from);
  return {
    record: () => ({ dtype, length: length() }),
    read: async () =>
      length() === 0
        ? emptyArray(dtype)
        : storage.backend.download(storage.buffer, dtype, span.from, length()),
  };
}

const emptyArray = (dtype: DType): TypedArray => new elements[dtype](0);

function numberNode(value: number): Node {
  if (Object.is(value, -0)) return ['number', '-0'];
  if (Number.isFinite(value)) return value;
  return ['number', String(value) as 'NaN' | 'Infinity' | '-Infinity'];
}

function refuse(path: string, problem: string): ValueError {
  return new ValueError(
    `save: ${path} ${problem}; what can be saved: tensors, modules, numbers, bigints, strings, booleans, ` +
      'null, Uint8Arrays, and arrays and plain objects of these',
  );
}
