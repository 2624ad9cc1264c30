// Mutations of files, by a generator with a seed; and the contents of values, to compare them.
import { Tensor } from '@dl/core';

/** Numbers from 0 to 2^32 - 1 (xorshift). */
export function random(seed: number): () => number {
  let s = seed >>> 0 || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    return s;
  };
}

const interesting = [0, 1, 0x7f, 0x80, 0xff, 0x2e, 0x28, 0x52, 0x63, 0x68, 0x71, 0x95];

/**
 * A file with one to a few changes. A change inside of a stored zip entry would be caught by its
 * checksum alone, so most files have their checksums put right again.
 */
export function mutate(file: Uint8Array, next: () => number): Uint8Array {
  let bytes = file.slice();
  const changes = 1 + (next() % 4);
  for (let k = 0; k < changes; k++) {
    const at = next() % bytes.length;
    switch (next() % 8) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << (next() % 8));
        break;
      case 1:
        bytes[at] = next() & 255;
        break;
      case 2:
        bytes[at] = interesting[next() % interesting.length] as number;
        break;
      case 3:
        new DataView(bytes.buffer).setUint32(Math.min(at, bytes.length - 4), next(), true);
        break;
      case 4:
        bytes = bytes.slice(0, at + 1);
        break;
      case 5: {
        const from = next() % bytes.length;
        bytes.copyWithin(at, from, from + (next() % 64));
        break;
      }
      case 6: {
        const n = next() % 16;
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + n)]);
        break;
      }
      default: {
        const n = next() % 16;
        const extra = Array.from({ length: n }, () => next() & 255);
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...extra, ...bytes.subarray(at)]);
      }
    }
    if (bytes.length < 8) return bytes;
  }
  return next() % 4 === 0 ? bytes : resealed(bytes);
}

/** The file with the checksums of its stored entries made right, as far as it still is a zip file. */
function resealed(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let i = 0; i + 46 <= bytes.length; i++) {
    if (view.getUint32(i, true) !== 0x02014b50) continue;
    const offset = view.getUint32(i + 42, true);
    const size = view.getUint32(i + 20, true);
    if (offset + 30 > bytes.length) continue;
    const start =
      offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (start + size > bytes.length) continue;
    view.setUint32(i + 16, crc(bytes.subarray(start, start + size)), true);
  }
  return bytes;
}

/** CRC-32 by its definition, bit by bit. */
function crc(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

/** A value with its tensors written out. */
export function contentsOf(value: unknown): unknown {
  if (value instanceof Tensor) return [value.dtype, value.shape, value.toArray()];
  if (Array.isArray(value)) return value.map(contentsOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, x]) => [key, contentsOf(x)]));
}
