// From the entries of a file to a value. The file may be hostile: nothing in it is believed.
import { type DType, fromTypedArray, Tensor, type TypedArray } from '@dl/core';
import type { AnyModule } from '@dl/nn';
import { bad, type FoundEntry, utf8 } from './container.js';
import {
  BIGINT,
  elements,
  FORBIDDEN_KEYS,
  MAX_DEPTH,
  STRUCTURE,
  step,
  storageName,
} from './layout.js';
import { importNN, type ModuleSource, rebuild } from './modules.js';

/** The value that a file's entries hold. Tensors that shared memory share it again. */
export async function decode(entries: ReadonlyMap<string, FoundEntry>): Promise<unknown> {
  const structure = entries.get(STRUCTURE);
  if (structure === undefined) throw bad(0, `there is no entry '${STRUCTURE}'`);
  const reader = new Reader(entries, structure);
  await reader.buildModules();
  return reader.value();
}

type Dict = Record<string, unknown>;

class Reader {
  private readonly entries: ReadonlyMap<string, FoundEntry>;
  private readonly structure: FoundEntry;
  private readonly storages: Tensor[];
  private readonly tensors: Tensor[];
  private readonly sources: ModuleSource[];
  private modules: AnyModule[] = [];
  private readonly tree: unknown;

  constructor(entries: ReadonlyMap<string, FoundEntry>, structure: FoundEntry) {
    this.entries = entries;
    this.structure = structure;
    const text = utf8(structure.bytes, structure.offset);
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw this.refuse('structure', `is not JSON (${(error as Error).message})`);
    }
    const root = this.dict(parsed, 'structure', ['storages', 'tensors', 'modules', 'value']);
    const storages = this.list(root.storages, 'storages');
    if (entries.size !== storages.length + 1) {
      throw this.refuse(
        'storages',
        `has ${storages.length} storages, the file has ${entries.size - 1}`,
      );
    }
    this.storages = storages.map((record, i) => this.storage(record, i));
    this.tensors = this.list(root.tensors, 'tensors').map((record, i) => this.tensor(record, i));
    this.sources = this.list(root.modules, 'modules').map((record, i) => this.module(record, i));
    this.tree = root.value;
  }

  async buildModules(): Promise<void> {
    if (this.sources.length === 0) return;
    const nn = await importNN('load');
    this.modules = this.sources.map((source) => rebuild(nn, source));
  }

  value(): unknown {
    return this.node(this.tree, 'value', 0);
  }

  /** A storage as a one-dimensional tensor, with a copy of the file's bytes. */
  private storage(record: unknown, i: number): Tensor {
    const path = step('storages', i);
    const { dtype, length } = this.dict(record, path, ['dtype', 'length']);
    if (typeof dtype !== 'string' || !Object.hasOwn(elements, dtype)) {
      throw this.refuse(path, `has the unknown dtype ${show(dtype)}`);
    }
    const entry = this.entries.get(storageName(i));
    if (entry === undefined) throw this.refuse(path, `has no entry '${storageName(i)}'`);
    const { bytes, offset } = entry;
    const size = this.size(length, `${path}.length`);
    const type = elements[dtype as DType];
    if (size * type.BYTES_PER_ELEMENT !== bytes.length) {
      throw bad(
        offset,
        `entry '${entry.name}' has ${bytes.length} bytes, ${size} elements of ${dtype} need ${size * type.BYTES_PER_ELEMENT}`,
      );
    }
    const copy = bytes.slice();
    const array: TypedArray = new type(copy.buffer, 0, size);
    return fromTypedArray(array, [size], { dtype: dtype as DType });
  }

  private tensor(record: unknown, i: number): Tensor {
    const path = step('tensors', i);
    const fields = ['storage', 'shape', 'strides', 'offset', 'requiresGrad'] as const;
    const found = this.dict(record, path, fields);
    const base = this.pick(this.storages, found.storage, `${path}.storage`);
    const shape = this.sizes(found.shape, `${path}.shape`);
    const strides = this.sizes(found.strides, `${path}.strides`);
    const offset = this.size(found.offset, `${path}.offset`);
    if (strides.length !== shape.length) {
      throw this.refuse(path, `has ${shape.length} dimensions and ${strides.length} strides`);
    }
    const numel = shape.reduce((product, n) => product * n, 1);
    if (!Number.isSafeInteger(numel)) throw this.refuse(path, 'has too many elements');
    const last = shape.reduce((at, n, d) => at + (n - 1) * (strides[d] as number), offset);
    const inside = numel === 0 ? offset <= base.count : last < base.count;
    if (!inside) {
      throw this.refuse(
        path,
        `reaches element ${numel === 0 ? offset : last} of a storage of ${base.count}`,
      );
    }
    const x = new Tensor(base.storage, shape, strides, offset);
    if (typeof found.requiresGrad !== 'boolean') {
      throw this.refuse(`${path}.requiresGrad`, `is ${show(found.requiresGrad)}, not a boolean`);
    }
    if (found.requiresGrad) {
      if (!base.dtype.includes('float')) {
        throw this.refuse(path, `requires gradients, which ${base.dtype} has not`);
      }
      x.requiresGrad = true;
    }
    return x;
  }

  private module(record: unknown, i: number): ModuleSource {
    const path = step('modules', i);
    const fields = ['description', 'state', 'evaluating', 'frozen'] as const;
    const found = this.dict(record, path, fields);
    const state = this.node(found.state, `${path}.state`, 1);
    if (state === null || typeof state !== 'object' || state instanceof Tensor) {
      throw this.refuse(`${path}.state`, 'is not a dict');
    }
    return {
      description: this.node(found.description, `${path}.description`, 1),
      state: state as Dict,
      modes: {
        evaluating: this.names(found.evaluating, `${path}.evaluating`),
        frozen: this.names(found.frozen, `${path}.frozen`),
      },
    };
  }

  private node(node: unknown, path: string, depth: number): unknown {
    if (node === null || typeof node !== 'object') return node;
    if (depth > MAX_DEPTH) throw this.refuse(path, `is nested more than ${MAX_DEPTH} levels deep`);
    if (!Array.isArray(node) || node.length !== 2) {
      throw this.refuse(path, `is ${show(node)}, not a value or a pair of tag and contents`);
    }
    const [tag, contents] = node as [unknown, unknown];
    switch (tag) {
      case 'number':
        if (!['NaN', 'Infinity', '-Infinity', '-0'].includes(contents as string)) break;
        return Number(contents);
      case 'bigint':
        if (typeof contents !== 'string' || !BIGINT.test(contents)) break;
        return BigInt(contents);
      case 'bytes': {
        const x = this.pick(this.storages, contents, path);
        if (x.dtype !== 'uint8') throw this.refuse(path, `is bytes of dtype ${x.dtype}`);
        return x.data();
      }
      case 'tensor':
        return this.pick(this.tensors, contents, path);
      case 'module':
        return this.pick(this.modules, contents, path);
      case 'list':
        return this.list(contents, path).map((item, i) =>
          this.node(item, step(path, i), depth + 1),
        );
      case 'dict':
        return this.dictNode(contents, path, depth);
    }
    throw this.refuse(path, `has the tag ${show(tag)} with ${show(contents)}`);
  }

  private dictNode(contents: unknown, path: string, depth: number): Dict {
    const out: Dict = {};
    for (const pair of this.list(contents, path)) {
      const [key, item] = this.list(pair, path);
      if (typeof key !== 'string' || (pair as unknown[]).length !== 2) {
        throw this.refuse(path, `has ${show(pair)} where a key and a value should be`);
      }
      if (FORBIDDEN_KEYS.has(key)) throw this.refuse(path, `has the key '${key}', not allowed`);
      if (Object.hasOwn(out, key)) throw this.refuse(path, `has the key ${show(key)} twice`);
      out[key] = this.node(item, step(path, key), depth + 1);
    }
    return out;
  }

  /** An object with exactly these keys. */
  private dict<K extends string>(
    value: unknown,
    path: string,
    keys: readonly K[],
  ): Record<K, unknown> {
    const fits =
      value !== null &&
      typeof value === 'object' &&
      !Array.isArray(value) &&
      Object.keys(value).length === keys.length &&
      keys.every((key) => Object.hasOwn(value, key));
    if (!fits) throw this.refuse(path, `is not an object of ${keys.join(', ')}`);
    return value as Record<K, unknown>;
  }

  private list(value: unknown, path: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.refuse(path, `is ${show(value)}, not a list`);
    return value;
  }

  private size(value: unknown, path: string): number {
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      throw this.refuse(path, `is ${show(value)}, not a whole number from 0 on`);
    }
    return value as number;
  }

  private sizes(value: unknown, path: string): number[] {
    return this.list(value, path).map((item, i) => this.size(item, step(path, i)));
  }

  private names(value: unknown, path: string): string[] {
    return this.list(value, path).map((item, i) => {
      if (typeof item === 'string') return item;
      throw this.refuse(step(path, i), `is ${show(item)}, not a name`);
    });
  }

  private pick<T>(items: readonly T[], index: unknown, path: string): T {
    const at = this.size(index, path);
    if (at >= items.length) throw this.refuse(path, `is number ${at} of ${items.length}`);
    return items[at] as T;
  }

  private refuse(path: string, problem: string): Error {
    return bad(this.structure.offset, `in the structure that begins here, ${path} ${problem}`);
  }
}

/** A value in a message, short whatever it is. */
function show(value: unknown): string {
  const text = Array.isArray(value) ? `a list of ${value.length}` : (JSON.stringify(value) ?? '');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
