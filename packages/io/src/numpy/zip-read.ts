// Reading zip archives: where the entries are, and their bytes, inflated no further than claimed.
import { Inflate } from 'fflate';
import { decodeUtf8 } from '../bytes/text.js';
import { allocate, bad, quote, type Ranges } from '../ranges.js';
import { crc32 } from '../zip/crc32.js';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** What errors about its contents begin with. */
  readonly context: string;
  /** Its length, which the archive claims. */
  readonly size: number;
  /** The first bytes, as many as asked for or as there are; not yet checked against the checksum. */
  start(length: number): Promise<Uint8Array>;
  /** All of its bytes from a position on, once the checksum has been found to be right. */
  contents(from: number): Promise<Uint8Array>;
}

/**
 * Deflate cannot do better: a match of 258 bytes costs two bits. An entry that claims more is refused,
 * so that an archive claims at most this many times its own size; entries must not overlap.
 */
const MAX_EXPANSION = 1032;

const END = 0x06054b50;
const END_SIZE = 22;
const LOCATOR = 0x07064b50;
const LOCATOR_SIZE = 20;
const END64 = 0x06064b50;
const END64_SIZE = 56;
const CENTRAL = 0x02014b50;
const CENTRAL_SIZE = 46;
const LOCAL = 0x04034b50;
const LOCAL_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;
// Encrypted, patched, strongly encrypted, or with its directory hidden.
const UNREADABLE_FLAGS = 0x1 | 0x20 | 0x40 | 0x2000;
const UTF8_FLAG = 0x800;

interface Directory {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

interface CentralRecord {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  /** Place of its local header. */
  readonly local: number;
  /** Place of this record. */
  readonly at: number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The entries of an archive, in the order of its directory, without entries for folders.
 *
 * @throws FormatError naming the byte, if anything does not fit together.
 */
export async function readZip(operator: string, ranges: Ranges): Promise<ZipEntry[]> {
  const directory = await findDirectory(operator, ranges);
  const bytes = await ranges.read(directory.from, directory.to);
  const records = parseDirectory(operator, bytes, directory);
  const entries: ZipEntry[] = [];
  let end = 0;
  const places = new Map<CentralRecord, number>();
  for (const record of [...records].sort((a, b) => a.local - b.local)) {
    const from = await contentsOf(operator, ranges, record, directory.from);
    if (record.local < end) {
      throw bad(operator, record.local, `entry ${quote(record.name)} overlaps the one before it`);
    }
    places.set(record, from);
    end = from + record.packed;
  }
  for (const record of records) {
    // Folders hold nothing, and nothing is written anywhere.
    if (record.name.endsWith('/') && record.size === 0) continue;
    entries.push(entryOf(operator, ranges, record, places.get(record) as number));
  }
  return entries;
}

async function findDirectory(operator: string, ranges: Ranges): Promise<Directory> {
  const tail = Math.max(0, ranges.size - END_SIZE - 0xffff);
  const bytes = await ranges.read(tail, ranges.size);
  const view = viewOf(bytes);
  let at = bytes.length - END_SIZE;
  while (
    at >= 0 &&
    !(
      view.getUint32(at, true) === END &&
      at + END_SIZE + view.getUint16(at + 20, true) === bytes.length
    )
  ) {
    at--;
  }
  if (at < 0) {
    throw bad(
      operator,
      ranges.size,
      'the file has no end of a zip archive: it is cut off or no zip',
    );
  }
  const place = tail + at;
  const small = {
    disks: view.getUint16(at + 4, true) + view.getUint16(at + 6, true),
    here: view.getUint16(at + 8, true),
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    from: view.getUint32(at + 16, true),
    limit: place,
  };
  const large = await findDirectory64(operator, ranges, place);
  if (large !== null) {
    // Readers differ in which of the two they believe, so they must say the same.
    const agree = (key: 'here' | 'count' | 'size' | 'from', most: number): boolean =>
      small[key] === most || small[key] === large[key];
    const same = agree('here', 0xffff) && agree('count', 0xffff);
    if (!same || !agree('size', 0xffffffff) || !agree('from', 0xffffffff)) {
      throw bad(operator, place, "the large archive's two ends do not say the same");
    }
  }
  const { disks, here, count, size, from, limit } = large ?? small;
  if (disks !== 0 || here !== count) {
    throw bad(operator, place, 'the zip archive is split into several parts', 'join them into one');
  }
  if (from + size > limit) {
    throw bad(
      operator,
      place,
      `its directory, bytes ${from} to ${from + size}, reaches past ${limit}`,
    );
  }
  if (count * CENTRAL_SIZE > size) {
    throw bad(operator, place, `${count} entries do not fit a directory of ${size} bytes`);
  }
  return { count, from, to: from + size };
}

/** The directory of a large archive. Numbers up to 2^53 are exact, and no file is larger. */
async function findDirectory64(operator: string, ranges: Ranges, end: number) {
  const at = end - LOCATOR_SIZE;
  if (at < 0) return null;
  const locator = viewOf(await ranges.read(at, end));
  if (locator.getUint32(0, true) !== LOCATOR) return null;
  const limit = Number(locator.getBigUint64(8, true));
  if (limit + END64_SIZE > at) {
    throw bad(
      operator,
      at + 8,
      `the large archive's end is at ${limit}, which is not before ${at}`,
    );
  }
  const view = viewOf(await ranges.read(limit, limit + END64_SIZE));
  if (view.getUint32(0, true) !== END64) {
    throw bad(operator, limit, "the large archive's end is missing where it should be");
  }
  const parts = Math.max(0, locator.getUint32(16, true) - 1);
  return {
    disks: parts + locator.getUint32(4, true) + view.getUint32(16, true) + view.getUint32(20, true),
    here: Number(view.getBigUint64(24, true)),
    count: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    from: Number(view.getBigUint64(48, true)),
    limit,
  };
}

function parseDirectory(operator: string, bytes: Uint8Array, directory: Directory) {
  const view = viewOf(bytes);
  const records: CentralRecord[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    const place = directory.from + at;
    if (at + CENTRAL_SIZE > bytes.length || view.getUint32(at, true) !== CENTRAL) {
      throw bad(operator, place, `entry ${i} of the directory is missing where it should be`);
    }
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) {
      throw bad(operator, place, `entry ${i} reaches past the end of the directory`);
    }
    const nameBytes = bytes.subarray(at + CENTRAL_SIZE, nameEnd);
    const name = nameOf(operator, nameBytes, place, (flags & UTF8_FLAG) !== 0);
    if (names.has(name)) throw bad(operator, place, `entry ${quote(name)} appears twice`);
    names.add(name);
    if ((flags & UNREADABLE_FLAGS) !== 0) {
      throw bad(operator, place, `entry ${quote(name)} is encrypted`, 'save it without a password');
    }
    if (method !== STORED && method !== DEFLATED) {
      throw bad(
        operator,
        place,
        `entry ${quote(name)} is compressed by method ${method}, this reader knows 0 and 8`,
        'save it with numpy.savez or numpy.savez_compressed',
      );
    }
    const raw = {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      local: view.getUint32(at + 42, true),
    };
    const { size, packed, local } = widenFields(
      operator,
      raw,
      bytes.subarray(nameEnd, extraEnd),
      directory.from + nameEnd,
    );
    if (method === STORED && size !== packed) {
      throw bad(operator, place, `entry ${quote(name)} is not compressed, and has two sizes`);
    }
    if (size > packed * MAX_EXPANSION) {
      throw bad(
        operator,
        place,
        `entry ${quote(name)} claims ${size} bytes, and has ${packed}; deflate makes at most ` +
          `${MAX_EXPANSION} of one`,
      );
    }
    const checksum = view.getUint32(at + 16, true);
    records.push({ name, nameBytes, method, checksum, packed, size, local, at: place });
    at = next;
  }
  if (at !== bytes.length) {
    throw bad(operator, directory.from + at, 'the directory continues after its last entry');
  }
  return records;
}

/** The sizes and the place of an entry, from its extra field where they do not fit 32 bits. */
function widenFields(
  operator: string,
  fields: { size: number; packed: number; local: number },
  extra: Uint8Array,
  place: number,
) {
  const wide = (Object.keys(fields) as (keyof typeof fields)[]).filter(
    (key) => fields[key] === 0xffffffff,
  );
  if (wide.length === 0) return fields;
  const view = viewOf(extra);
  const found = { ...fields };
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= extra.length) {
      if (length < wide.length * 8) break;
      wide.forEach((key, i) => {
        found[key] = Number(view.getBigUint64(at + 4 + i * 8, true));
      });
      return found;
    }
    at += 4 + length;
  }
  throw bad(operator, place, 'an entry lacks the large sizes that it announces');
}

/** A name: UTF-8 where it says so, and else too, for names in ASCII are both and others are rare. */
function nameOf(operator: string, bytes: Uint8Array, place: number, marked: boolean): string {
  const name = decodeUtf8(bytes);
  if (name !== null) return name;
  const what = marked ? 'is not UTF-8 text' : 'is neither ASCII nor UTF-8 text';
  throw bad(operator, place + CENTRAL_SIZE, `the name of an entry ${what}`);
}

/** Where an entry's contents begin; they must end before the directory. */
async function contentsOf(
  operator: string,
  ranges: Ranges,
  record: CentralRecord,
  limit: number,
): Promise<number> {
  const { name, nameBytes, local, packed, method } = record;
  const who = `entry ${quote(name)}`;
  const headerEnd = local + LOCAL_SIZE + nameBytes.length;
  if (headerEnd + packed > limit) {
    throw bad(operator, record.at, `${who} is at ${local} with ${packed} bytes, past ${limit}`);
  }
  const header = await ranges.read(local, headerEnd);
  const view = viewOf(header);
  const sameName =
    view.getUint32(0, true) === LOCAL &&
    view.getUint16(26, true) === nameBytes.length &&
    nameBytes.every((byte, i) => byte === header[LOCAL_SIZE + i]);
  if (!sameName || view.getUint16(8, true) !== method) {
    throw bad(operator, local, `${who} is not where the directory says it is`);
  }
  const from = headerEnd + view.getUint16(28, true);
  if (from + packed > limit) {
    throw bad(operator, local, `${who} has bytes ${from} to ${from + packed}, past ${limit}`);
  }
  return from;
}

function entryOf(operator: string, ranges: Ranges, record: CentralRecord, from: number): ZipEntry {
  const { name, method, packed, size, checksum } = record;
  const context = `${operator}: ${name.length > 80 ? `${name.slice(0, 77)}...` : name}`;
  const check = (sum: number): void => {
    if (sum !== checksum) {
      throw bad(operator, from, `the checksum of ${quote(name)}, which begins here, is wrong`);
    }
  };
  if (method === STORED) {
    return {
      name,
      context,
      size,
      start: (length) => ranges.read(from, from + Math.min(length, size)),
      contents: async (first) => {
        const before = await ranges.read(from, from + first);
        const rest = await ranges.read(from + first, from + size);
        check(crc32(rest, crc32(before)));
        return rest;
      },
    };
  }
  // Deflated bytes are handed over in pieces, each of which can become a thousand times as large,
  // until `take` wants no more.
  const inflate = async (piece: number, take: (part: Uint8Array) => boolean): Promise<void> => {
    let more = true;
    const stream = new Inflate((part) => {
      if (part.length > 0) more = take(part);
    });
    for (let at = 0; at < packed && more; at += piece) {
      const end = Math.min(at + piece, packed);
      const bytes = await ranges.read(from + at, from + end);
      try {
        stream.push(bytes, end === packed);
      } catch (error) {
        const why = (error as { message?: string }).message ?? String(error);
        throw bad(operator, from, `${quote(name)}, which begins here, cannot be inflated: ${why}`);
      }
    }
  };
  return {
    name,
    context,
    size,
    start: async (length) => {
      const found = new Uint8Array(Math.min(length, size));
      let have = 0;
      await inflate(1024, (part) => {
        const rest = part.subarray(0, found.length - have);
        found.set(rest, have);
        have += rest.length;
        return have < found.length;
      });
      return found.subarray(0, have);
    },
    contents: async (first) => {
      const found = allocate(operator, size - first);
      let have = 0;
      let sum = 0;
      await inflate(65536, (part) => {
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
        throw bad(operator, from, `${quote(name)} claims ${size} bytes and inflates to ${got}`);
      }
      check(sum);
      return found;
    },
  };
}
