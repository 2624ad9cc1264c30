// Values of other realms: iframes, vm contexts, copies from workers, Jest. `instanceof` recognizes only its own realm.

/** The class name of a built-in object of any realm: `Map`, `Uint8Array`. */
export const tagOf = (x: unknown): string => Object.prototype.toString.call(x).slice(8, -1);

/** Whether an object is a plain one of any realm: its prototype is null or an `Object.prototype`. */
export function isPlain(x: object): boolean {
  const prototype = Object.getPrototypeOf(x) as object | null;
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}

/** Whether a value is a promise of any realm, or another thenable. */
export const isPromise = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && typeof (x as PromiseLike<unknown>).then === 'function';

/**
 * A dict as an object: a `Map` is accepted too, since files return dicts with non-string keys as Maps. Null for values
 * without names: lists, bytes, promises.
 */
export function dictOf(x: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof x !== 'object' || x === null || Array.isArray(x) || isPromise(x)) return null;
  if (ArrayBuffer.isView(x) || tagOf(x).endsWith('ArrayBuffer')) return null;
  if (tagOf(x) !== 'Map') return x as Readonly<Record<string, unknown>>;
  const entries = [...(x as ReadonlyMap<unknown, unknown>)];
  return Object.fromEntries(entries.map(([key, value]) => [String(key), value]));
}
