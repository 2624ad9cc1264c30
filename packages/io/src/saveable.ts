// The values that can be saved, and the error for others.
import { type Tensor, ValueError } from '@dl/core/functional';
import type { AnyModule } from '@dl/nn';

/**
 * A value that can be saved: plain values, arrays, plain objects and maps of them, sets of strings and numbers, bytes,
 * tensors and modules.
 */
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
  | ReadonlyMap<string | number, Saveable>
  | ReadonlySet<string | number>
  | { readonly [key: string]: Saveable };

/** Maximum nesting depth of values. Files come from anywhere, and a reader's stack is finite. */
export const MAX_DEPTH = 256;

/** Keys that would set an object's prototype instead of a property. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__']);

/** A position in a value: `value.model['0.weight'][2]`. */
export function step(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** The error for a value that cannot be saved. */
export function refuse(path: string, problem: string): ValueError {
  return new ValueError(
    `save: ${path} ${problem}; supported are tensors, modules, numbers, bigints, strings, booleans, ` +
      'null, Uint8Arrays, and arrays, maps, sets and plain objects of these',
  );
}
