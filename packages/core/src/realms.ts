// Values of other realms: frames, vm contexts, copies from workers, Jest. `instanceof` knows only its own realm.

/** The kind of a built-in object, of whatever realm: `Map`, `Uint8Array`. */
export const tagOf = (x: unknown): string => Object.prototype.toString.call(x).slice(8, -1);

/** Whether an object is a plain one of any realm: its prototype is null, or an `Object.prototype`. */
export function isPlain(x: object): boolean {
  const prototype = Object.getPrototypeOf(x) as object | null;
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}

/** Whether something is a promise, of whatever realm, or is awaited like one. */
export const isPromise = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && typeof (x as PromiseLike<unknown>).then === 'function';

/**
 * A dict as an object: a `Map` may stand for one, since files give back those with keys that are not text as such. Null for
 * what holds nothing by name: lists, bytes, promises.
 */
export function dictOf(x: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof x !== 'object' || x === null || Array.isArray(x) || isPromise(x)) return null;
  if (ArrayBuffer.isView(x) || tagOf(x).endsWith('ArrayBuffer')) return null;
  if (tagOf(x) !== 'Map') return x as Readonly<Record<string, unknown>>;
  const entries = [...(x as ReadonlyMap<unknown, unknown>)];
  return Object.fromEntries(entries.map(([key, value]) => [String(key), value]));
}
