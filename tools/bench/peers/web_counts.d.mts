// What web_counts.mjs exports.
import type { Work } from '../src/row.js';

/** Makes a library's rows callable from outside: `globalThis.bench[name]`. */
export function expose(
  name: string,
  library: {
    readonly label: string;
    readonly adapter: string;
    readonly rows: { readonly [name: string]: () => Work };
    /** Resolves when the device has done what it was given. */
    readonly done: () => Promise<void>;
  },
): void;
