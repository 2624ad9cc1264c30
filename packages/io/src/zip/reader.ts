// Reading zip files by name. The file may be hostile: sizes and places are claims until checked.
import { Inflate } from 'fflate';
import type { Bytes } from '../bytes/bytes.js';
import type { ByteSource } from '../bytes/source.js';
import { bad, unsupported, utf8 } from '../errors.js';
import { allocate } from '../ranges.js';
import { crc32 } from './crc32.js';
import * as zip from './layout.js';

/** An entry of the directory. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the file. */
  readonly packed: number;
  /** Bytes of the contents. */
  readonly size: number;
  /** Position of its header. */
  readonly offset: number;
  /** Position of its record in the directory. */
  readonly record: number;
}

/** Deflate cannot make contents smaller than this: no honest entry is. */
const MOST_DEFLATED = 1032;

/** Whether a file begins as a zip file does. */
export const isZip = (start: Uint8Array): boolean =>
  start.length >= 4 &&
  new DataView(start.buffer, start.byteOffset).getUint32(0, true) === zip.LOCAL;

/** A zip file's directory, and its entries' contents. */
export class ZipReader {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly source: ByteSource;
  /** Position of the first byte behind each entry: where the next one, or the directory, begins. */
  private readonly limits: ReadonlyMap<ZipEntry, number>;

  private constructor(source: ByteSource, entries: Map<string, ZipEntry>, directory: number) {
    this.source = source;
    this.entries = entries;
    const inOrder = [...entries.values()].sort((a, b) => a.offset - b.offset);
    this.limits = new Map(
      inOrder.map((entry, i) => [entry, inOrder[i + 1]?.offset ?? directory] as const),
    );
  }

  /**
   * Reads the directory.
   *
   * @throws FormatError if it is damaged.
   */
  static async open(source: ByteSource): Promise<ZipReader> {
    const { start, size, count } = await findDirectory(source);
    const bytes = await source.read(start, size);
    const view = new DataView(bytes.buffer);
    const entries = new Map<string, ZipEntry>();
    let at = 0;
    for (let i = 0; i < count; i++) {
      const here = start + at;
      if (size - at < zip.CENTRAL_SIZE) throw bad(here, `the directory ends inside entry ${i}`);
      if (view.getUint32(at, true) !== zip.CENTRAL) {
        throw bad(here, `entry ${i} of the directory does not begin as one`);
      }
      const nameSize = view.getUint16(at + 28, true);
      const extraSize = view.getUint16(at + 30, true);
      const whole = zip.CENTRAL_SIZE + nameSize + extraSize + view.getUint16(at + 32, true);
      if (size - at < whole) throw bad(here, `the directory ends inside entry ${i}`);
      const nameAt = at + zip.CENTRAL_SIZE;
      const name = utf8(bytes.subarray(nameAt, nameAt + nameSize), start + nameAt);
      const entry = readRecord(view, at, name, here, extraSize);
      if (entry.offset + zip.LOCAL_SIZE + nameSize + entry.packed > start) {
        throw bad(here, `entry '${name}' reaches into the directory at byte ${start}`);
      }
      if (entries.has(name)) throw bad(here, `entry '${name}' appears twice`);
      entries.set(name, entry);
      at += whole;
    }
    if (at !== size) throw bad(start + at, `the directory holds ${size - at} bytes too many`);
    return new ZipReader(source, entries, start);
  }

  /**
   * The contents of an entry, checked against its checksum.
   *
   * @param name must be one of `entries`.
   * @throws FormatError if they are not what the directory says.
   */
  async read(name: string): Promise<{ bytes: Bytes; offset: number }> {
    const entry = this.entries.get(name) as ZipEntry;
    const { method, packed, size, crc } = entry;
    const offset = await this.contentsOf(entry);
    const raw = await this.source.read(offset, packed);
    const bytes = method === zip.STORED ? raw : inflated(raw, size, offset, name);
    if (crc32(bytes) !== crc) {
      throw bad(
        offset,
        `the checksum of entry '${name}' (bytes ${offset} to ${offset + packed}) is wrong`,
      );
    }
    return { bytes, offset };
  }

  /** Position of an entry's first byte, after its header has been held against the directory. */
  private async contentsOf(entry: ZipEntry): Promise<number> {
    const { name, offset, packed } = entry;
    const header = await this.source.read(offset, zip.LOCAL_SIZE);
    const view = new DataView(header.buffer);
    if (view.getUint32(0, true) !== zip.LOCAL) {
      throw bad(offset, `entry '${name}' does not begin as one`);
    }
    if (view.getUint16(8, true) !== entry.method) {
      throw bad(offset + 8, `entry '${name}' has another compression method than in the directory`);
    }
    const nameSize = view.getUint16(26, true);
    const start = offset + zip.LOCAL_SIZE + nameSize + view.getUint16(28, true);
    const limit = this.limits.get(entry) as number;
    if (start + packed > limit) {
      throw bad(
        offset,
        `entry '${name}' has ${packed} bytes from ${start} on, and overlaps what begins at ${limit}`,
      );
    }
    const own = utf8(await this.source.read(offset + zip.LOCAL_SIZE, nameSize), offset);
    if (own !== name) {
      throw bad(offset, `the entry here is called '${own}', in the directory '${name}'`);
    }
    return start;
  }
}

function readRecord(
  view: DataView,
  at: number,
  name: string,
  here: number,
  extraSize: number,
): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  if ((flags & 1) !== 0) {
    throw unsupported(here, `entry '${name}' is encrypted`, 'save it without a password');
  }
  const method = view.getUint16(at + 10, true);
  if (method !== zip.STORED && method !== zip.DEFLATED) {
    throw unsupported(
      here,
      `entry '${name}' is compressed by method ${method}`,
      'stored and deflated entries can be read',
    );
  }
  let packed = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let offset = view.getUint32(at + 42, true);
  // The 64-bit field holds those of the three that do not fit, in this order.
  const extras = at + zip.CENTRAL_SIZE + view.getUint16(at + 28, true);
  for (let k = extras; k + 4 <= extras + extraSize; ) {
    const [tag, length] = [view.getUint16(k, true), view.getUint16(k + 2, true)];
    let from = k + 4;
    const end = from + length;
    if (end > extras + extraSize) throw bad(here, `an extra field of entry '${name}' is cut off`);
    if (tag === zip.ZIP64) {
      const next = (): number => {
        if (from + 8 > end) throw bad(here, `the 64-bit sizes of entry '${name}' are cut off`);
        from += 8;
        return safe(view.getBigUint64(from - 8, true), here, name);
      };
      if (size === zip.MAX32) size = next();
      if (packed === zip.MAX32) packed = next();
      if (offset === zip.MAX32) offset = next();
    }
    k = end;
  }
  if (method === zip.STORED && packed !== size) {
    throw bad(here, `entry '${name}' is stored in ${packed} bytes and claims ${size}`);
  }
  if (size > packed * MOST_DEFLATED) {
    throw bad(
      here,
      `entry '${name}' claims ${size} bytes from ${packed}, more than deflate can make`,
    );
  }
  return { name, method, crc: view.getUint32(at + 16, true), packed, size, offset, record: here };
}

function safe(value: bigint, here: number, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad(here, `'${what}' has the size ${value}`);
  return Number(value);
}

interface Directory {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

/** The directory's place, from the records at the end of the file. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const tail = Math.min(source.size, zip.END_SIZE + zip.MAX16);
  const base = source.size - tail;
  const bytes = await source.read(base, tail);
  const view = new DataView(bytes.buffer);
  let at = tail - zip.END_SIZE;
  // A comment of up to 65,535 bytes may follow the record.
  const isEnd = (): boolean =>
    view.getUint32(at, true) === zip.END &&
    view.getUint16(at + 20, true) === tail - at - zip.END_SIZE;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) throw bad(source.size, 'the zip file has no end record: it is cut off');
  const end = base + at;
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    throw unsupported(end, 'the zip file is split into several parts', 'join them first');
  }
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  let limit = end;
  if (count === zip.MAX16 || size === zip.MAX32 || start === zip.MAX32) {
    const locator = end - zip.LOCATOR64_SIZE;
    if (locator < 0) throw bad(end, 'the 64-bit end record is missing');
    const found = new DataView((await source.read(locator, zip.LOCATOR64_SIZE)).buffer);
    if (found.getUint32(0, true) !== zip.LOCATOR64) {
      throw bad(locator, 'the 64-bit end record is missing');
    }
    const record = safe(found.getBigUint64(8, true), locator, 'end record');
    if (record + zip.END64_SIZE > locator) throw bad(locator, 'the 64-bit end record is missing');
    const big = new DataView((await source.read(record, zip.END64_SIZE)).buffer);
    if (big.getUint32(0, true) !== zip.END64) throw bad(record, 'this is not a 64-bit end record');
    count = safe(big.getBigUint64(32, true), record, 'directory');
    size = safe(big.getBigUint64(40, true), record, 'directory');
    start = safe(big.getBigUint64(48, true), record, 'directory');
    limit = record;
  }
  if (start + size > limit) {
    throw bad(end, `the directory (${size} bytes from ${start}) does not fit before byte ${limit}`);
  }
  if (count * zip.CENTRAL_SIZE > size) {
    throw bad(end, `${count} entries do not fit a directory of ${size} bytes`);
  }
  return { start, size, count };
}

/** Inflated bytes, never more than were promised. */
function inflated(raw: Bytes, size: number, offset: number, name: string): Bytes {
  const out = allocate('load', size);
  let at = 0;
  const stream = new Inflate((part) => {
    if (at + part.length <= size) out.set(part, at);
    at += part.length;
  });
  // In pieces, each of which can become a thousand times as large, until there is too much.
  for (let from = 0; from < raw.length && at <= size; from += PIECE) {
    const to = Math.min(from + PIECE, raw.length);
    try {
      stream.push(raw.subarray(from, to), to === raw.length);
    } catch (error) {
      const why = (error as { message?: string }).message;
      throw bad(offset, `entry '${name}' is not deflate data (${why})`);
    }
  }
  if (at > size)
    throw bad(offset, `entry '${name}' inflates to more than the ${size} bytes it claims`);
  if (at !== size) throw bad(offset, `entry '${name}' inflates to ${at} bytes and claims ${size}`);
  return out;
}

const PIECE = 2 ** 16;
