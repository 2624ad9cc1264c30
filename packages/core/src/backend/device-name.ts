// The names of devices, for the types of arguments.

/** A device that a package of this library brings. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | `${'webgpu' | 'cuda'}:${number}`;

/** A name that is known only when the program runs: `string`, but no text that stands in the program. */
export type NameAtRunTime<S extends string> = string extends S ? S : never;
