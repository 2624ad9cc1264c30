// Writing zip archives, byte for byte as Python's zipfile does for numpy.savez.
import { deflateSync } from 'fflate';
import { encodeUtf8 } from '../bytes/text.js';
import { join } from '../foreign.js';
import { crc32 } from '../zip/crc32.js';

/** A file for an archive, in parts. */
export interface ZipInput {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

// Python's limits, beyond which it writes the large forms.
const LIMIT = 2 ** 31 - 1;
const COUNT_LIMIT = 0xffff;
const VERSION = 45;
// The date that Python gives to what has none: 1 January 1980.
const DATE = 0x21;
const UNIX = 3;
const PERMISSIONS = 0o600 * 2 ** 16;

/** Numbers of so many bytes each, little-endian. */
function fields(...values: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
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

/**
 * The parts of an archive, one after the other; each entry is compressed when its turn comes.
 *
 * @param limit from where on sizes and places are written in the large form; tests lower it
 */
export function* zipChunks(
  inputs: readonly ZipInput[],
  compressed: boolean,
  limit = LIMIT,
): Generator<Uint8Array, void, void> {
  const directory: Uint8Array[] = [];
  const method = compressed ? 8 : 0;
  let at = 0;
  for (const { name, parts } of inputs) {
    const nameBytes = encodeUtf8(name);
    const flags = nameBytes.length === name.length ? 0 : 0x800;
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const checksum = parts.reduce((sum, part) => crc32(part, sum), 0);
    const contents = compressed ? [deflateSync(join(parts))] : parts;
    const packed = contents.reduce((sum, part) => sum + part.length, 0);
    const about = [
      [2, VERSION],
      [2, flags],
      [2, method],
      [2, 0],
      [2, DATE],
      [4, checksum],
    ] as const;
    const local = fields(
      [4, 0x04034b50],
      ...about,
      [4, 0xffffffff],
      [4, 0xffffffff],
      [2, nameBytes.length],
      [2, 20],
    );
    yield join([local, nameBytes, fields([2, 1], [2, 16], [8, size], [8, packed])]);
    yield* contents;

    const large = size > limit || packed > limit;
    const wide: number[] = large ? [size, packed] : [];
    if (at > limit) wide.push(at);
    const extra =
      wide.length === 0
        ? []
        : ([
            [2, 1],
            [2, wide.length * 8],
          ] as const);
    directory.push(
      fields(
        [4, 0x02014b50],
        [2, VERSION | (UNIX << 8)],
        ...about,
        [4, large ? 0xffffffff : packed],
        [4, large ? 0xffffffff : size],
        [2, nameBytes.length],
        [2, wide.length === 0 ? 0 : 4 + wide.length * 8],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, PERMISSIONS],
        [4, at > limit ? 0xffffffff : at],
      ),
      nameBytes,
      fields(...extra, ...wide.map((value) => [8, value] as const)),
    );
    at += local.length + nameBytes.length + 20 + packed;
  }
  const central = join(directory);
  yield central;
  yield end(inputs.length, central.length, at, limit);
}

function end(count: number, size: number, from: number, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  if (count > COUNT_LIMIT || size > limit || from > limit) {
    parts.push(
      fields([4, 0x06064b50], [8, 44], [2, VERSION], [2, VERSION], [4, 0], [4, 0]),
      fields([8, count], [8, count], [8, size], [8, from]),
      fields([4, 0x07064b50], [4, 0], [8, from + size], [4, 1]),
    );
  }
  const most = (value: number, bits: number): number => Math.min(value, 2 ** bits - 1);
  parts.push(
    fields(
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, most(count, 16)],
      [2, most(count, 16)],
      [4, most(size, 32)],
      [4, most(from, 32)],
      [2, 0],
    ),
  );
  return join(parts);
}
