// The type of bytes that are read and written, and values of other realms: iframes, workers' copies, vm contexts, Jest.

import { tagOf } from '@dl/core/functional';

/**
 * Bytes in a plain ArrayBuffer: `Uint8Array<ArrayBuffer>`, written so that TypeScript before 5.7, whose arrays have no
 * buffer type, accepts it too.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** Joins the parts of a file to one array. */
export function join(parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether a value is a Uint8Array (including a Buffer) of any realm. */
export const isBytes = (x: unknown): x is Uint8Array =>
  ArrayBuffer.isView(x) && tagOf(x) === 'Uint8Array';

/** Whether a value is an ArrayBuffer or SharedArrayBuffer of any realm. */
export const isBuffer = (x: unknown): x is ArrayBuffer =>
  typeof x === 'object' && x !== null && /^(Shared)?ArrayBuffer$/.test(tagOf(x));

/** Whether a value is a Map of any realm. */
export const isMap = (x: unknown): x is ReadonlyMap<unknown, unknown> =>
  typeof x === 'object' && x !== null && tagOf(x) === 'Map';

/** Whether a value is a Set of any realm. */
export const isSet = (x: unknown): x is ReadonlySet<unknown> =>
  typeof x === 'object' && x !== null && tagOf(x) === 'Set';

/** Whether a value is a URL: from Node, a browser, or Jest's jsdom environment. */
export const isUrl = (x: unknown): x is URL =>
  typeof x === 'object' &&
  x !== null &&
  typeof (x as URL).href === 'string' &&
  typeof (x as URL).protocol === 'string';

/** Receives bytes, one part after another. A part may be reused once the promise is fulfilled. */
export type Write = (part: Bytes) => Promise<void>;
