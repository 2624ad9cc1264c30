// The file's outer shape: named runs of bytes, with a directory and checksums in front.
//
//   0  magic, 8 bytes: 0x89 'D' 'L' 'T' '\r' '\n' 0x1a '\n' (text tools that mangle files show up here)
//   8  version, u32
//  12  number of entries, u32
//  16  length of the directory in bytes, u32
//  20  CRC-32 of the directory, u32
//  24  directory: for each entry u16 length of its name, name in UTF-8, u64 offset, u64 length, u32 CRC-32
//      contents, each at a multiple of 64, zeros between, in the directory's order, nothing behind the last
//
// Numbers are little-endian. A reader trusts none of them before it has held them against the file.
import { FormatError, ValueError } from '@dl/core';
import { crc32 } from './crc32.js';

/** A named run of bytes. */
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An entry as it was read: its bytes are a window on the file's. */
export interface FoundEntry extends Entry {
  /** Position of the first byte in the file. */
  readonly offset: number;
}

const MAGIC = [0x89, 0x44, 0x4c, 0x54, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
const HEADER = 24;
const ALIGNMENT = 64;
// Of a directory's entry, all but its name.
const FIXED = 2 + 8 + 8 + 4;

const align = (n: number): number => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

/** The whole file for some entries, whose names must differ. */
export function writeContainer(entries: readonly Entry[]): Uint8Array {
  const names = entries.map((entry) => new TextEncoder().encode(entry.name));
  if (new Set(entries.map((entry) => entry.name)).size !== entries.length) {
    throw new ValueError('save: two entries of the file have the same name');
  }
  const directory = names.reduce((sum, name) => sum + FIXED + name.length, 0);
  const offsets: number[] = [];
  let end = HEADER + directory;
  for (const { bytes } of entries) {
    const offset = align(end);
    offsets.push(offset);
    end = offset + bytes.length;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  let at = HEADER;
  entries.forEach(({ bytes }, i) => {
    const name = names[i] as Uint8Array;
    const offset = offsets[i] as number;
    view.setUint16(at, name.length, true);
    file.set(name, at + 2);
    at += 2 + name.length;
    view.setBigUint64(at, BigInt(offset), true);
    view.setBigUint64(at + 8, BigInt(bytes.length), true);
    view.setUint32(at + 16, crc32(bytes), true);
    at += 20;
    file.set(bytes, offset);
  });
  file.set(MAGIC, 0);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, entries.length, true);
  view.setUint32(16, directory, true);
  view.setUint32(20, crc32(file.subarray(HEADER, HEADER + directory)), true);
  return file;
}

/**
 * The entries of a file by name, checked against their checksums. Nothing is copied.
 *
 * @throws FormatError that names the byte, if anything is not as `writeContainer` leaves it.
 */
export function readContainer(file: Uint8Array): Map<string, FoundEntry> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let i = 0; i < MAGIC.length; i++) {
    if (i >= file.length) throw bad(i, `the file ends after ${file.length} bytes`);
    if (file[i] !== MAGIC[i]) {
      throw bad(i, 'this is not a file that save() wrote: its first bytes are others');
    }
  }
  if (file.length < HEADER)
    throw bad(file.length, `the file ends inside its ${HEADER}-byte header`);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw bad(8, `format version ${version} is unknown, this reader knows ${VERSION}`);
  }
  const count = view.getUint32(12, true);
  const directory = view.getUint32(16, true);
  if (directory > file.length - HEADER) {
    throw bad(16, `a directory of ${directory} bytes does not fit a file of ${file.length}`);
  }
  // Before anything is made for each entry that the file claims.
  if (count * FIXED > directory) {
    throw bad(12, `${count} entries do not fit a directory of ${directory} bytes`);
  }
  const limit = HEADER + directory;
  if (crc32(file.subarray(HEADER, limit)) !== view.getUint32(20, true)) {
    throw bad(HEADER, `the checksum of the directory (bytes ${HEADER} to ${limit}) is wrong`);
  }
  const found = new Map<string, FoundEntry>();
  let at = HEADER;
  let end = limit;
  for (let i = 0; i < count; i++) {
    const start = at;
    if (limit - at < FIXED) throw bad(at, `the directory ends inside entry ${i}`);
    const size = view.getUint16(at, true);
    if (limit - at < FIXED + size) throw bad(at, `the directory ends inside entry ${i}'s name`);
    const name = utf8(file.subarray(at + 2, at + 2 + size), at + 2);
    at += 2 + size;
    const offset = view.getBigUint64(at, true);
    const length = view.getBigUint64(at + 8, true);
    if (offset !== BigInt(align(end))) {
      throw bad(at, `entry '${name}' is at ${offset}, expected ${align(end)}`);
    }
    if (offset + length > BigInt(file.length)) {
      throw bad(
        at + 8,
        `entry '${name}' needs bytes ${offset} to ${offset + length}, the file ends at ${file.length}`,
      );
    }
    const bytes = file.subarray(Number(offset), Number(offset + length));
    if (crc32(bytes) !== view.getUint32(at + 16, true)) {
      throw bad(
        Number(offset),
        `the checksum of entry '${name}' (bytes ${offset} to ${offset + length}) is wrong`,
      );
    }
    for (let k = end; k < Number(offset); k++) {
      if (file[k] !== 0) throw bad(k, 'there must be zeros between entries');
    }
    if (found.has(name)) throw bad(start, `entry '${name}' is there twice`);
    found.set(name, { name, bytes, offset: Number(offset) });
    end = Number(offset + length);
    at += 20;
  }
  if (at !== limit) throw bad(at, `the directory holds ${limit - at} bytes too many`);
  if (end !== file.length)
    throw bad(end, `there are ${file.length - end} bytes behind the last entry`);
  return found;
}

/** The error of every refusal: the byte, what is wrong, and what to do. */
export function bad(byte: number, problem: string): FormatError {
  return new FormatError(
    `load: byte ${byte}: ${problem}; the file is damaged or of another kind, save it again`,
  );
}

/** Text of a part of the file, refused if it is not UTF-8. */
export function utf8(bytes: Uint8Array, offset: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad(offset, `bytes ${offset} to ${offset + bytes.length} are not UTF-8 text`);
  }
}
