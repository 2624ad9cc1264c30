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
