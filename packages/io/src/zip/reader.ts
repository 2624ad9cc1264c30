// Reading zip files: where the entries are, and their contents, inflated no further than claimed.
import { Inflate } from 'fflate';
import type { Bytes } from '../bytes/bytes.js';
import { decodeUtf8 } from '../bytes/text.js';
import { allocate, bad, quote, type Ranges } from '../ranges.js';
import { crc32 } from './crc32.js';
import { findDirectory, parseDirectory, type ZipRecord } from './directory.js';
import * as zip from './layout.js';

/** A file in an archive. */
export interface ZipEntry extends ZipRecord {
  /** Position of the first byte of its contents. */
  readonly from: number;
}

/** Whether a file begins as a zip file does. */
export const isZip = (start: Uint8Array): boolean =>
  start.length >= 4 &&
  new DataView(start.buffer, start.byteOffset).getUint32(0, true) === zip.LOCAL;

/** A zip file's entries, and their contents. */
export class ZipReader {
  /** The entries by name, in the order of the directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly operator: string;
  private readonly ranges: Ranges;

  private constructor(operator: string, ranges: Ranges, entries: ReadonlyMap<string, ZipEntry>) {
    this.operator = operator;
    this.ranges = ranges;
    this.entries = entries;
  }

  /**
   * Reads the directory, and holds every entry's header against it.
   *
   * @param operator what errors begin with.
   * @throws FormatError naming the byte, if anything does not fit together.
   */
  static async open(operator: string, ranges: Ranges): Promise<ZipReader> {
    const directory = await findDirectory(operator, ranges);
    const { start, size } = directory;
    const records = parseDirectory(operator, await ranges.read(start, start + size), directory);
    const starts = new Map<ZipRecord, number>();
    let end = 0;
    for (const record of [...records].sort((a, b) => a.offset - b.offset)) {
      const from = await contentsOf(operator, ranges, record, start);
      if (record.offset < end) {
        throw bad(
          operator,
          record.offset,
          `entry ${quote(record.name)} begins here and overlaps the one before it, which ends at ${end}`,
        );
      }
      starts.set(record, from);
      end = from + record.packed;
    }
    const entries = new Map<string, ZipEntry>();
    for (const record of records) {
      entries.set(record.name, { ...record, from: starts.get(record) as number });
    }
    return new ZipReader(operator, ranges, entries);
  }

  /** The first bytes of an entry, as many as asked for or as there are; not yet checked against the checksum. */
  async start(entry: ZipEntry, length: number): Promise<Bytes> {
    const wanted = Math.min(length, entry.size);
    if (entry.method === zip.STORED) return this.ranges.read(entry.from, entry.from + wanted);
    const found = new Uint8Array(wanted);
    let have = 0;
    await this.inflate(entry, START_PIECE, (part) => {
      const rest = part.subarray(0, wanted - have);
      found.set(rest, have);
      have += rest.length;
      return have < wanted;
    });
    return found.slice(0, have);
  }

  /**
   * The contents of an entry from a position on, in memory of their own, once the checksum has been found to be right.
   *
   * @throws FormatError if they are not what the directory says.
   */
  read(entry: ZipEntry, first = 0): Promise<Bytes> {
    return entry.method === zip.STORED
      ? this.readStored(entry, first)
      : this.readDeflated(entry, first);
  }

  private async readStored(entry: ZipEntry, first: number): Promise<Bytes> {
    const { from, size } = entry;
    const before = await this.ranges.read(from, from + first);
    const found = await this.ranges.read(from + first, from + size);
    this.check(entry, crc32(found, crc32(before)));
    return found;
  }

  private async readDeflated(entry: ZipEntry, first: number): Promise<Bytes> {
    const { name, from, size } = entry;
    const found = allocate(this.operator, size - first);
    let have = 0;
    let sum = 0;
    await this.inflate(entry, PIECE, (part) => {
      const skipped = Math.max(0, Math.min(first - have, part.length));
      if (have + part.length <= size) {
        found.set(part.subarray(skipped), have + skipped - first);
        sum = crc32(part, sum);
      }
      have += part.length;
      return have <= size;
    });
    if (have !== size) {
      const got = have < size ? `only ${have}` : 'more';
      throw bad(
        this.operator,
        from,
        `entry ${quote(name)} claims ${size} bytes and inflates to ${got}`,
      );
    }
    this.check(entry, sum);
    return found;
  }

  /**
   * Inflates an entry in pieces, each of which can become a thousand times as large, until `take` returns
   * that it wants no more.
   */
  private async inflate(
    { name, from, packed }: ZipEntry,
    piece: number,
    take: (part: Uint8Array) => boolean,
  ): Promise<void> {
    let more = true;
    const stream = new Inflate((part) => {
      if (part.length > 0) more = take(part);
    });
    for (let at = 0; at < packed && more; at += piece) {
      const end = Math.min(at + piece, packed);
      const bytes = await this.ranges.read(from + at, from + end);
      try {
        stream.push(bytes, end === packed);
      } catch (error) {
        const why = (error as { message?: string }).message ?? String(error);
        throw bad(this.operator, from, `entry ${quote(name)} is not deflate data (${why})`);
      }
    }
  }

  private check({ name, crc, from, packed }: ZipEntry, sum: number): void {
    if (sum === crc) return;
    throw bad(
      this.operator,
      from,
      `the checksum of entry ${quote(name)} (bytes ${from} to ${from + packed}) is wrong`,
    );
  }
}

/** Compressed bytes that are read at once: for the start of an entry, and for all of it. */
const START_PIECE = 1024;
const PIECE = 2 ** 16;

/** Where an entry's contents begin, from its own header; they must end before the directory. */
async function contentsOf(
  operator: string,
  ranges: Ranges,
  record: ZipRecord,
  limit: number,
): Promise<number> {
  const { name, nameBytes, offset, packed, method } = record;
  const who = `entry ${quote(name)}`;
  const headerEnd = offset + zip.LOCAL_SIZE + nameBytes.length;
  if (headerEnd + packed > limit) {
    throw bad(
      operator,
      record.at,
      `${who} has ${packed} bytes starting at byte ${offset}, and reaches past byte ${limit}, where the directory begins`,
    );
  }
  const header = await ranges.read(offset, headerEnd);
  const view = new DataView(header.buffer, header.byteOffset);
  if (view.getUint32(0, true) !== zip.LOCAL) {
    throw bad(operator, offset, `${who} is not where the directory says it is`);
  }
  if (view.getUint16(8, true) !== method) {
    throw bad(operator, offset + 8, `${who} has another compression method than in the directory`);
  }
  const own = header.subarray(zip.LOCAL_SIZE);
  const sameName =
    view.getUint16(26, true) === own.length && nameBytes.every((byte, i) => byte === own[i]);
  if (!sameName) {
    const text = quote(decodeUtf8(own) ?? 'not UTF-8 text');
    throw bad(operator, offset, `${who} has another name here than in the directory: ${text}`);
  }
  const from = headerEnd + view.getUint16(28, true);
  if (from + packed > limit) {
    throw bad(
      operator,
      offset,
      `${who} has ${packed} bytes starting at byte ${from}, and reaches past byte ${limit}, where the directory begins`,
    );
  }
  return from;
}
