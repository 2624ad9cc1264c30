// Writing zip files in one pass, of any size: PyTorch's layout with each entry's bytes aligned.
import type { Bytes } from '../bytes/bytes.js';
import type { Write } from '../bytes/sink.js';
import { encodeUtf8 } from '../bytes/text.js';
import { crc32 } from './crc32.js';
import * as zip from './layout.js';

interface Written {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

// 1980-01-01, as PyTorch writes it: a file's bytes depend on its contents alone.
const DATE = 0x21;
// Names are UTF-8.
const FLAGS = 0x0800;
/** Tag of the padding, PyTorch's. */
const PADDING = 0x4246;

/** Writes a zip file, one entry after another. */
export class ZipWriter {
  private readonly write: Write;
  private readonly alignment: number;
  private readonly entries: Written[] = [];
  private at = 0;
  /** The part that is being written. */
  private writing: Promise<void> = Promise.resolve();

  /** @param alignment the contents of each entry begin at a multiple of it. */
  constructor(write: Write, alignment = 1) {
    this.write = write;
    this.alignment = alignment;
  }

  /**
   * Adds an entry; deflated if asked for and if that makes it smaller. The bytes must stay as they are
   * until the next call is done.
   */
  async add(name: string, bytes: Bytes, deflate = false): Promise<void> {
    const crc = crc32(bytes);
    const smaller = deflate ? await deflated(bytes) : bytes;
    const method = smaller.length < bytes.length ? zip.DEFLATED : zip.STORED;
    const contents = method === zip.DEFLATED ? smaller : bytes;
    const entry: Written = {
      name: encodeUtf8(name),
      method,
      crc,
      packed: contents.length,
      size: bytes.length,
      offset: this.at,
    };
    await this.put(this.localHeader(entry));
    await this.put(contents);
    this.entries.push(entry);
  }

  /** Writes the directory; nothing can be added then. */
  async end(): Promise<void> {
    const start = this.at;
    for (const entry of this.entries) await this.put(centralHeader(entry));
    const size = this.at - start;
    const count = this.entries.length;
    if (count >= zip.MAX16 || start >= zip.MAX32 || size >= zip.MAX32) {
      const record = this.at;
      const big = new DataView(new ArrayBuffer(zip.END64_SIZE + zip.LOCATOR64_SIZE));
      big.setUint32(0, zip.END64, true);
      big.setBigUint64(4, BigInt(zip.END64_SIZE - 12), true);
      big.setUint16(12, 45, true);
      big.setUint16(14, 45, true);
      big.setBigUint64(24, BigInt(count), true);
      big.setBigUint64(32, BigInt(count), true);
      big.setBigUint64(40, BigInt(size), true);
      big.setBigUint64(48, BigInt(start), true);
      big.setUint32(zip.END64_SIZE, zip.LOCATOR64, true);
      big.setBigUint64(zip.END64_SIZE + 8, BigInt(record), true);
      big.setUint32(zip.END64_SIZE + 16, 1, true);
      await this.put(new Uint8Array(big.buffer));
    }
    const end = new DataView(new ArrayBuffer(zip.END_SIZE));
    end.setUint32(0, zip.END, true);
    end.setUint16(8, Math.min(count, zip.MAX16), true);
    end.setUint16(10, Math.min(count, zip.MAX16), true);
    end.setUint32(12, Math.min(size, zip.MAX32), true);
    end.setUint32(16, Math.min(start, zip.MAX32), true);
    await this.put(new Uint8Array(end.buffer));
    await this.writing;
  }

  /** Begins to write, once what came before is written: the caller goes on with the next part. */
  private async put(bytes: Bytes): Promise<void> {
    this.at += bytes.length;
    await this.writing;
    if (bytes.length === 0) return;
    this.writing = this.write(bytes);
    // Its error is thrown by the next call; there always is one.
    this.writing.catch(() => {});
  }

  private localHeader(entry: Written): Bytes {
    const { name, packed, size } = entry;
    const large = isLarge(entry);
    const fixed = zip.LOCAL_SIZE + name.length + (large ? 20 : 0);
    // The padding's own header has four bytes.
    const rest = (this.at + fixed + 4) % this.alignment;
    const padding = this.alignment === 1 ? 0 : 4 + (rest === 0 ? 0 : this.alignment - rest);
    const bytes = new Uint8Array(fixed + padding);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, zip.LOCAL, true);
    common(view, 4, entry);
    view.setUint32(18, large ? zip.MAX32 : packed, true);
    view.setUint32(22, large ? zip.MAX32 : size, true);
    view.setUint16(26, name.length, true);
    view.setUint16(28, bytes.length - zip.LOCAL_SIZE - name.length, true);
    bytes.set(name, zip.LOCAL_SIZE);
    let at = zip.LOCAL_SIZE + name.length;
    if (large) {
      view.setUint16(at, zip.ZIP64, true);
      view.setUint16(at + 2, 16, true);
      view.setBigUint64(at + 4, BigInt(size), true);
      view.setBigUint64(at + 12, BigInt(packed), true);
      at += 20;
    }
    if (padding > 0) {
      view.setUint16(at, PADDING, true);
      view.setUint16(at + 2, padding - 4, true);
      bytes.fill(0x5a, at + 4);
    }
    return bytes;
  }
}

const isLarge = ({ packed, size }: Written): boolean => packed >= zip.MAX32 || size >= zip.MAX32;

/** What both headers have: version, flags, method, date, checksum. */
function common(view: DataView, at: number, { method, crc, ...entry }: Written): void {
  view.setUint16(
    at,
    isLarge({ method, crc, ...entry }) || entry.offset >= zip.MAX32 ? 45 : 20,
    true,
  );
  view.setUint16(at + 2, FLAGS, true);
  view.setUint16(at + 4, method, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc, true);
}

function centralHeader(entry: Written): Bytes {
  const { name, packed, size, offset } = entry;
  const large = isLarge(entry);
  const far = offset >= zip.MAX32;
  const extra = (large ? 16 : 0) + (far ? 8 : 0);
  const fixed = zip.CENTRAL_SIZE + name.length;
  const bytes = new Uint8Array(fixed + (extra > 0 ? extra + 4 : 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, zip.CENTRAL, true);
  common(view, 6, entry);
  view.setUint32(20, large ? zip.MAX32 : packed, true);
  view.setUint32(24, large ? zip.MAX32 : size, true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, bytes.length - fixed, true);
  view.setUint32(42, far ? zip.MAX32 : offset, true);
  bytes.set(name, zip.CENTRAL_SIZE);
  if (extra > 0) {
    view.setUint16(fixed, zip.ZIP64, true);
    view.setUint16(fixed + 2, extra, true);
    if (large) {
      view.setBigUint64(fixed + 4, BigInt(size), true);
      view.setBigUint64(fixed + 12, BigInt(packed), true);
    }
    if (far) view.setBigUint64(fixed + (large ? 20 : 4), BigInt(offset), true);
  }
  return bytes;
}

async function deflated(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
