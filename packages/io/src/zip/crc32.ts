// CRC-32, the checksum of zip files.

/** Eight tables, for eight bytes at a time. */
let tables: Int32Array[] | null = null;

function makeTables(): Int32Array[] {
  const first = new Int32Array(256).map((_, i) => {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  const all = [first];
  for (let t = 1; t < 8; t++) {
    const before = all[t - 1] as Int32Array;
    all.push(before.map((c) => first[c & 0xff] ^ (c >>> 8)));
  }
  return all;
}

type Crc32 = (bytes: Uint8Array, before?: number) => number;

// Node has one that is many times faster, from 20.15 on. Asked of the process and not imported, so
// that a bundle for browsers holds no trace of it.
let native: Crc32 | null | undefined;
function findNative(): Crc32 | null {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  const zlib = process?.getBuiltinModule?.('node:zlib') as { crc32?: Crc32 } | undefined;
  return zlib?.crc32 ?? null;
}

/** The CRC-32 of some bytes, from 0 to 2^32 - 1; `before` goes on from an earlier part's checksum. */
export function crc32(bytes: Uint8Array, before = 0): number {
  native ??= findNative();
  if (native === null) return crc32Plain(bytes, before);
  // In parts: Node counts bytes in 32 bits, and of 4 GiB it would see none.
  let crc = before;
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    crc = native(bytes.subarray(at, at + AT_ONCE), crc);
  }
  return crc;
}

const AT_ONCE = 2 ** 30;

/** The same in plain JavaScript. */
export function crc32Plain(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let c = ~before;
  let i = 0;
  const end = bytes.length - 7;
  const at = (k: number): number => bytes[k];
  for (; i < end; i += 8) {
    c ^= at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    c =
      t7[c & 0xff] ^
      t6[(c >>> 8) & 0xff] ^
      t5[(c >>> 16) & 0xff] ^
      t4[c >>> 24] ^
      t3[at(i + 4)] ^
      t2[at(i + 5)] ^
      t1[at(i + 6)] ^
      t0[at(i + 7)];
  }
  for (; i < bytes.length; i++) c = t0[(c ^ at(i)) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}
