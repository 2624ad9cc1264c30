// The type of bytes that are read and written.

/**
 * Bytes in a plain ArrayBuffer: `Uint8Array<ArrayBuffer>`, spelt so that TypeScript before 5.7 reads it too, whose arrays
 * have no type of their buffer.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;
