// Bytes that can be read from any position.
import type { Bytes } from './bytes.js';

/** Bytes that can be read from any position. */
export interface ByteSource {
  readonly size: number;
  /** Bytes from `offset` on, `length` of them, all there: the caller has held them against `size`. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Gives back what the source holds. */
  close(): Promise<void>;
}
