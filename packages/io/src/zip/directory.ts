// The directory of a zip file. It may be hostile: sizes and places are claims until checked.
import { decodeUtf8 } from '../bytes/text.js';
import { bad, quote, type Ranges } from '../ranges.js';
import * as zip from './layout.js';

/** What the directory says of an entry. */
export interface ZipRecord {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the file. */
  readonly packed: number;
  /** Bytes of the contents. */
  readonly size: number;
  /** Position of its local header. */
  readonly offset: number;
  readonly nameBytes: Uint8Array;
  /** Position of this record. */
  readonly at: number;
}

/** The place of the directory. */
export interface Directory {
  readonly start: number;
  readonly size: number;
  /** How many entries it claims. */
  readonly count: number;
}

interface End extends Directory {
  /** How many of the entries lie in this file. */
  readonly here: number;
  /** Not 0 where the archive has several files. */
  readonly disks: number;
  /** The directory must end before it. */
  readonly limit: number;
}

/**
 * Deflate cannot do better: a match of 258 bytes costs two bits. An entry that claims more is refused,
 * so that an archive claims at most this many times its own size; entries must not overlap.
 */
const MAX_EXPANSION = 1032;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit number. Up to 2^53 numbers are exact, and no file is larger. */
function wide(operator: string, view: DataView, at: number, place: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw bad(operator, place, `a size or place in the zip file is ${value}, which is too large`);
  }
  return Number(value);
}

/**
 * Finds the directory by the records at the end of the file.
 *
 * @throws FormatError naming the byte, if they do not fit together.
 */
export async function findDirectory(operator: string, ranges: Ranges): Promise<Directory> {
  const small = await findEnd(operator, ranges);
  const place = small.limit;
  const large = await findEnd64(operator, ranges, place);
  if (large !== null) checkEndsAgree(operator, place, small, large);
  else if (small.size === zip.MAX32 || small.start === zip.MAX32) {
    throw bad(operator, place, 'the 64-bit end record is missing');
  }
  const { disks, here, count, size, start, limit } = large ?? small;
  if (disks !== 0 || here !== count) {
    throw bad(operator, place, 'the zip file is split into several parts', 'join them into one');
  }
  if (start + size > limit) {
    throw bad(
      operator,
      place,
      `the directory (${size} bytes from ${start}) does not fit before byte ${limit}`,
    );
  }
  if (count * zip.CENTRAL_SIZE > size) {
    throw bad(operator, place, `${count} entries do not fit a directory of ${size} bytes`);
  }
  return { start, size, count };
}

/** The end record, which a comment of up to 65,535 bytes may follow. */
async function findEnd(operator: string, ranges: Ranges): Promise<End> {
  const base = Math.max(0, ranges.size - zip.END_SIZE - zip.MAX16);
  const bytes = await ranges.read(base, ranges.size);
  const view = viewOf(bytes);
  let at = bytes.length - zip.END_SIZE;
  const isEnd = (): boolean =>
    view.getUint32(at, true) === zip.END &&
    at + zip.END_SIZE + view.getUint16(at + 20, true) === bytes.length;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) {
    throw bad(operator, ranges.size, 'the zip file has no end record: it is cut off or no zip');
  }
  return {
    disks: view.getUint16(at + 4, true) + view.getUint16(at + 6, true),
    here: view.getUint16(at + 8, true),
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
    limit: base + at,
  };
}

/** The end record of a large archive, where there is one in front of the small one. */
async function findEnd64(operator: string, ranges: Ranges, end: number): Promise<End | null> {
  const at = end - zip.LOCATOR64_SIZE;
  if (at < 0) return null;
  const locator = viewOf(await ranges.read(at, end));
  if (locator.getUint32(0, true) !== zip.LOCATOR64) return null;
  const limit = wide(operator, locator, 8, at + 8);
  if (limit + zip.END64_SIZE > at) {
    throw bad(operator, at + 8, `the 64-bit end record is at ${limit}, which is not before ${at}`);
  }
  const view = viewOf(await ranges.read(limit, limit + zip.END64_SIZE));
  if (view.getUint32(0, true) !== zip.END64) {
    throw bad(operator, limit, 'the 64-bit end record is missing where it should be');
  }
  const parts = Math.max(0, locator.getUint32(16, true) - 1);
  return {
    disks: parts + locator.getUint32(4, true) + view.getUint32(16, true) + view.getUint32(20, true),
    here: wide(operator, view, 24, limit),
    count: wide(operator, view, 32, limit),
    size: wide(operator, view, 40, limit),
    start: wide(operator, view, 48, limit),
    limit,
  };
}

/** Readers differ in which of the two end records they believe, so they must say the same. */
function checkEndsAgree(operator: string, place: number, small: End, large: End): void {
  const agree = (key: 'here' | 'count' | 'size' | 'start', most: number): boolean =>
    small[key] === most || small[key] === large[key];
  const same = agree('here', zip.MAX16) && agree('count', zip.MAX16);
  if (!same || !agree('size', zip.MAX32) || !agree('start', zip.MAX32)) {
    throw bad(operator, place, 'the two end records of the zip file do not say the same');
  }
}

/**
 * Reads the directory.
 *
 * @throws FormatError naming the byte, if it is damaged.
 */
export function parseDirectory(
  operator: string,
  bytes: Uint8Array,
  { start, count }: Directory,
): ZipRecord[] {
  const view = viewOf(bytes);
  const records: ZipRecord[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const place = start + at;
    if (at + zip.CENTRAL_SIZE > bytes.length || view.getUint32(at, true) !== zip.CENTRAL) {
      throw bad(operator, place, `entry ${i} of the directory is missing where it should be`);
    }
    const variable = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = variable.reduce((sum, length) => sum + length, at + zip.CENTRAL_SIZE);
    if (next > bytes.length) {
      throw bad(operator, place, `entry ${i} reaches past the end of the directory`);
    }
    const record = recordOf(operator, bytes.subarray(at, next), place);
    const { name } = record;
    if (names.has(name)) throw bad(operator, place, `entry ${quote(name)} appears twice`);
    names.add(name);
    records.push(record);
    at = next;
  }
  if (at !== bytes.length) {
    throw bad(
      operator,
      start + at,
      `the directory continues for ${bytes.length - at} bytes after its last entry`,
    );
  }
  return records;
}

/** An entry of the directory. */
function recordOf(operator: string, bytes: Uint8Array, place: number): ZipRecord {
  const view = viewOf(bytes);
  const nameEnd = zip.CENTRAL_SIZE + view.getUint16(28, true);
  const nameBytes = bytes.subarray(zip.CENTRAL_SIZE, nameEnd);
  // UTF-8 where it says so, and else too: names in ASCII are both, and others are rare.
  const name = decodeUtf8(nameBytes);
  if (name === null) {
    throw bad(operator, place + zip.CENTRAL_SIZE, 'the name of an entry is not UTF-8 text');
  }
  const who = `entry ${quote(name)}`;
  if ((view.getUint16(8, true) & zip.UNREADABLE) !== 0) {
    throw bad(operator, place, `${who} is encrypted`, 'save it without a password');
  }
  const method = view.getUint16(10, true);
  if (method !== zip.STORED && method !== zip.DEFLATED) {
    throw bad(
      operator,
      place,
      `${who} is compressed by method ${method}`,
      'save it again, stored or deflated (methods 0 and 8)',
    );
  }
  const extra = bytes.subarray(nameEnd, nameEnd + view.getUint16(30, true));
  const places = placesOf(operator, view, extra, { who, place });
  checkSizes(operator, method, places, { who, place });
  return { name, nameBytes, method, crc: view.getUint32(16, true), at: place, ...places };
}

type Places = Pick<ZipRecord, 'size' | 'packed' | 'offset'>;

/** Which entry an error is about, and the position of its record. */
interface Subject {
  readonly who: string;
  readonly place: number;
}

/** The sizes and the place of an entry, from its extra fields where they do not fit 32 bits. */
function placesOf(operator: string, view: DataView, extra: Uint8Array, subject: Subject): Places {
  const { who, place } = subject;
  const found = {
    size: view.getUint32(24, true),
    packed: view.getUint32(20, true),
    offset: view.getUint32(42, true),
  };
  // The 64-bit field holds those of the three that do not fit, in this order.
  const large = (['size', 'packed', 'offset'] as const).filter((key) => found[key] === zip.MAX32);
  const fields = viewOf(extra);
  let missing = large.length > 0;
  for (let at = 0; at + 4 <= extra.length; ) {
    const [tag, length] = [fields.getUint16(at, true), fields.getUint16(at + 2, true)];
    const from = at + 4;
    at = from + length;
    if (at > extra.length) throw bad(operator, place, `an extra field of ${who} is cut off`);
    if (tag !== zip.ZIP64 || !missing) continue;
    if (length < large.length * 8) {
      throw bad(operator, place, `the 64-bit sizes of ${who} are cut off`);
    }
    for (const [i, key] of large.entries()) {
      found[key] = wide(operator, fields, from + i * 8, place);
    }
    missing = false;
  }
  if (missing) throw bad(operator, place, `${who} lacks the 64-bit sizes that it announces`);
  return found;
}

function checkSizes(
  operator: string,
  method: number,
  { packed, size }: Places,
  { who, place }: Subject,
): void {
  if (method === zip.STORED && packed !== size) {
    throw bad(operator, place, `${who} is stored in ${packed} bytes and claims ${size}`);
  }
  if (size > packed * MAX_EXPANSION) {
    throw bad(
      operator,
      place,
      `${who} claims ${size} bytes from ${packed}; deflate makes at most ${MAX_EXPANSION} of one`,
    );
  }
}
