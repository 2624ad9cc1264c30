// Bytes that can be read from any position.
import type { Bytes } from './bytes.js';

/** Bytes that can be read from any position. */
export interface ByteSource {
  readonly size: number;
  /** Reads `length` bytes from `offset` on; the caller has checked them against `size`. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Releases the source. */
  close(): Promise<void>;
}
