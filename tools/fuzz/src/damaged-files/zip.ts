// Zip archives: their entries, and archives of entries with a few wrong numbers.
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ascii, joined } from './bytes.js';
import { type Draw, EDGES } from './draw.js';

export type Entries = ReadonlyMap<string, Uint8Array>;

/** The entries of an archive that is in order. */
export function unzipped(file: Uint8Array): Entries {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = bytes.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; ) {
    const nameSize = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameSize);
    let [packed, local] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
    // Small archives that have the large form: size, packed size and place, those that do not fit.
    let wide = at + 46 + nameSize + 4;
    const next = (): number => {
      wide += 8;
      return Number(bytes.readBigUInt64LE(wide - 8));
    };
    if (bytes.readUInt32LE(at + 24) === 0xffffffff) next();
    if (packed === 0xffffffff) packed = next();
    if (local === 0xffffffff) local = next();
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const raw = bytes.subarray(from, from + packed);
    found.set(name, bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(raw) : raw);
    at = bytes.indexOf('PK\x01\x02', at + 46, 'latin1');
  }
  return found;
}

type Field = readonly [place: number, size: 2 | 4];

/** Fields of the three records that are changed, by their places and sizes. */
const fields: Readonly<Record<'local' | 'central' | 'end', readonly Field[]>> = {
  // biome-ignore format: a table
  local: [[4, 2], [6, 2], [8, 2], [14, 4], [18, 4], [22, 4], [26, 2], [28, 2]],
  // biome-ignore format: a table
  central: [[8, 2], [10, 2], [16, 4], [20, 4], [24, 4], [28, 2], [30, 2], [32, 2], [42, 4]],
  // biome-ignore format: a table
  end: [[4, 2], [6, 2], [8, 2], [10, 2], [12, 4], [16, 4], [20, 2]],
};

/** An archive of entries; `draw` decides which are compressed, and whether numbers are wrong. */
export function zipped(entries: Entries, draw: Draw): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const wrong = draw.once(3) ? draw.of(['local', 'central', 'end'] as const) : 'none';
  let at = 0;
  const change = (view: DataView, record: keyof typeof fields): void => {
    if (record !== wrong || draw.once(2)) return;
    const [place, size] = draw.of(fields[record]);
    if (size === 2) {
      const near = view.getUint16(place, true) + draw.below(5) - 2;
      view.setUint16(place, draw.once(2) ? near : draw.of(EDGES), true);
    } else {
      const near = view.getUint32(place, true) + draw.below(5) - 2;
      view.setUint32(place, draw.once(2) ? near : draw.of(EDGES), true);
    }
  };
  const compresses = draw.once(4);
  for (const [text, contents] of entries) {
    const name = Buffer.from(text, 'utf8');
    const packed = compresses ? deflateRawSync(contents) : contents;
    const about = (view: DataView, from: number): void => {
      view.setUint16(from, 20, true);
      view.setUint16(from + 2, 0x800, true);
      view.setUint16(from + 4, compresses ? 8 : 0, true);
      view.setUint32(from + 10, crc32(contents), true);
      view.setUint32(from + 14, packed.length, true);
      view.setUint32(from + 18, contents.length, true);
      view.setUint16(from + 22, name.length, true);
    };
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    about(local, 4);
    change(local, 'local');
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, 0x02014b50, true);
    about(central, 6);
    central.setUint32(42, at, true);
    change(central, 'central');
    parts.push(new Uint8Array(local.buffer), name, packed);
    directory.push(new Uint8Array(central.buffer), name);
    at += 30 + name.length + packed.length;
  }
  const whole = joined(directory);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, entries.size, true);
  end.setUint16(10, entries.size, true);
  end.setUint32(12, whole.length, true);
  end.setUint32(16, at, true);
  change(end, 'end');
  return joined([
    ...parts,
    whole,
    new Uint8Array(end.buffer),
    draw.once(50) ? ascii('x') : ascii(''),
  ]);
}
