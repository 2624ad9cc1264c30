// Writing zip files in one pass, of any size: byte for byte what PyTorch or NumPy writes.
import { type Bytes, join } from '../bytes/bytes.js';
import { encodeUtf8 } from '../bytes/text.js';
import { crc32 } from './crc32.js';
import * as zip from './layout.js';

/** In what the zip files of one program differ from those of another. */
export interface ZipForm {
  /** The contents of each entry begin at a multiple of it. */
  readonly alignment: number;
  /** The largest size or place that is written in 32 bits, and the largest count in 16. */
  readonly most32: number;
  readonly most16: number;
  /** Whether the headers before the contents have 64-bit sizes whatever they are. */
  readonly wide: boolean;
  /** Whether names are marked as UTF-8 where they are ASCII too. */
  readonly marked: boolean;
  /** The program that wrote the file, and the entries' permissions: fields of the directory. */
  readonly madeBy: number;
  readonly permissions: number;
}

/** Compresses an entry's contents. */
export type Deflate = (bytes: Uint8Array) => Uint8Array;

interface Written {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

// 1980-01-01, as PyTorch and NumPy have it: a file's bytes depend on its contents alone.
const DATE = 0x21;
/** Tag of the padding, PyTorch's, and the byte that it is made of. */
const PADDING = 0x4246;
const PAD = 0x5a;
/** Versions of the format that a reader needs: for 64-bit sizes, and else. */
const VERSION64 = 45;
const VERSION = 20;

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** Numbers of so many bytes each, little-endian. */
function fields(...values: readonly Field[]): Bytes {
  const out = new Uint8Array(values.reduce((sum, [bytes]) => sum + bytes, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return out;
}

/** The extra field of 64-bit numbers. */
const wideFields = (values: readonly number[]): Bytes =>
  values.length === 0
    ? new Uint8Array(0)
    : fields([2, zip.ZIP64], [2, values.length * 8], ...values.map((value): Field => [8, value]));

const lengthOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

/** Makes a zip file, one entry after another. What its methods return is to be written in turn. */
export class ZipWriter {
  private readonly form: ZipForm;
  private readonly entries: Written[] = [];
  /** Bytes so far. */
  private at = 0;

  constructor(form: ZipForm) {
    this.form = form;
  }

  /**
   * The parts of an entry: its header and its contents, which are not copied.
   *
   * @param deflate compresses the contents; stored as they are if left out.
   */
  add(name: string, parts: readonly Uint8Array[], deflate?: Deflate): Uint8Array[] {
    const nameBytes = encodeUtf8(name);
    const contents = deflate === undefined ? parts : [deflate(join(parts))];
    const entry: Written = {
      name: nameBytes,
      flags: this.form.marked || nameBytes.length !== name.length ? zip.UTF8 : 0,
      method: deflate === undefined ? zip.STORED : zip.DEFLATED,
      crc: parts.reduce((sum, part) => crc32(part, sum), 0),
      packed: lengthOf(contents),
      size: lengthOf(parts),
      offset: this.at,
    };
    const header = this.localHeader(entry);
    this.entries.push(entry);
    this.at += header.length + entry.packed;
    return [header, ...contents];
  }

  /** The directory; nothing can be added then. */
  end(): Uint8Array[] {
    const { most16, most32 } = this.form;
    const directory = join(this.entries.map((entry) => this.centralHeader(entry)));
    const [start, size, count] = [this.at, directory.length, this.entries.length];
    const large = count > most16 || start > most32 || size > most32;
    return [directory, ...(large ? [end64(start, size, count)] : []), end(start, size, count)];
  }

  private isLarge = ({ packed, size }: Written): boolean =>
    packed > this.form.most32 || size > this.form.most32;

  private isFar = ({ offset }: Written): boolean => offset > this.form.most32;

  private localHeader(entry: Written): Bytes {
    const { name, size, packed, offset } = entry;
    const large = this.form.wide || this.isLarge(entry);
    const sizes = wideFields(large ? [size, packed] : []);
    const padding = this.padding(offset + zip.LOCAL_SIZE + name.length + sizes.length);
    const fixed = fields(
      [4, zip.LOCAL],
      ...this.common(entry),
      [4, large ? zip.MAX32 : packed],
      [4, large ? zip.MAX32 : size],
      [2, name.length],
      [2, sizes.length + padding.length],
    );
    return join([fixed, name, sizes, padding]);
  }

  /** An extra field behind which, at `at`, a multiple of the alignment is reached. */
  private padding(at: number): Bytes {
    const { alignment } = this.form;
    if (alignment === 1) return new Uint8Array(0);
    const rest = (at + 4) % alignment;
    const length = rest === 0 ? 0 : alignment - rest;
    return join([fields([2, PADDING], [2, length]), new Uint8Array(length).fill(PAD)]);
  }

  private centralHeader(entry: Written): Bytes {
    const { name, packed, size, offset } = entry;
    const [large, far] = [this.isLarge(entry), this.isFar(entry)];
    const wide = wideFields([...(large ? [size, packed] : []), ...(far ? [offset] : [])]);
    const fixed = fields(
      [4, zip.CENTRAL],
      [2, this.form.madeBy],
      ...this.common(entry),
      [4, large ? zip.MAX32 : packed],
      [4, large ? zip.MAX32 : size],
      [2, name.length],
      [2, wide.length],
      // The comment, the disk, and the contents' kind.
      [2, 0],
      [2, 0],
      [2, 0],
      [4, this.form.permissions],
      [4, far ? zip.MAX32 : offset],
    );
    return join([fixed, name, wide]);
  }

  /** What both headers have: version, flags, method, time, date, checksum. */
  private common(entry: Written): readonly Field[] {
    const large = this.form.wide || this.isLarge(entry) || this.isFar(entry);
    return [
      [2, large ? VERSION64 : VERSION],
      [2, entry.flags],
      [2, entry.method],
      [2, 0],
      [2, DATE],
      [4, entry.crc],
    ];
  }
}

/** The end record of a large archive, and where it is. */
const end64 = (start: number, size: number, count: number): Bytes =>
  fields(
    [4, zip.END64],
    [8, zip.END64_SIZE - 12],
    [2, VERSION64],
    [2, VERSION64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, start],
    [4, zip.LOCATOR64],
    [4, 0],
    [8, start + size],
    [4, 1],
  );

const end = (start: number, size: number, count: number): Bytes =>
  fields(
    [4, zip.END],
    [2, 0],
    [2, 0],
    [2, Math.min(count, zip.MAX16)],
    [2, Math.min(count, zip.MAX16)],
    [4, Math.min(size, zip.MAX32)],
    [4, Math.min(start, zip.MAX32)],
    [2, 0],
  );

/** Something to be written under a name. */
export interface ZipInput {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/** The parts of a zip file, one after the other; each entry is compressed when its turn comes. */
export function* zipped(
  inputs: Iterable<ZipInput>,
  form: ZipForm,
  deflate?: Deflate,
): Generator<Uint8Array, void, void> {
  const writer = new ZipWriter(form);
  for (const { name, parts } of inputs) yield* writer.add(name, parts, deflate);
  yield* writer.end();
}
