// What the structure entry of a file holds: the shape of its JSON, written and read by two files.
import type { DType } from '@dl/core';

/** Name of the entry that holds the structure. */
export const STRUCTURE = 'structure';

/** Name of the entry that holds storage `i`'s elements. */
export const storageName = (i: number): string => `data/${i}`;

/** Memory that tensors share: its element type; its elements are an entry of their own. */
export interface StorageRecord {
  readonly dtype: DType;
  readonly length: number;
}

/** A tensor: a window on a storage, counted in elements. */
export interface TensorRecord {
  readonly storage: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly requiresGrad: boolean;
}

/** A module: its class and arguments, its values by name, and how its parts are set. */
export interface ModuleRecord {
  readonly description: Node;
  readonly state: Node;
  readonly evaluating: readonly string[];
  readonly frozen: readonly string[];
}

/** A value. What JSON has not is an array that begins with a tag. */
export type Node =
  | null
  | boolean
  | number
  | string
  | readonly ['number', 'NaN' | 'Infinity' | '-Infinity' | '-0']
  | readonly ['bigint', string]
  | readonly ['bytes', number]
  | readonly ['list', readonly Node[]]
  | readonly ['dict', readonly (readonly [string, Node])[]]
  | readonly ['tensor', number]
  | readonly ['module', number];

/** The whole structure. */
export interface Structure {
  readonly storages: readonly StorageRecord[];
  readonly tensors: readonly TensorRecord[];
  readonly modules: readonly ModuleRecord[];
  readonly value: Node;
}

/** Values may be nested this deep. Files come from anywhere, and a reader's stack is finite. */
export const MAX_DEPTH = 256;

/** Digits that a bigint may have: enough for 2048 bits, and too few to make a reader slow. */
export const BIGINT = /^-?[0-9]{1,617}$/;

/** Keys that would reach an object's prototype instead of the object. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/** Element sizes and array types. */
export const elements = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
} satisfies Record<DType, unknown>;

/** `value.model['0.weight'][2]`: where in a value something is. */
export function step(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
