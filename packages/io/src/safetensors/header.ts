// The header of a safetensors file: names, dtypes, shapes and positions of its tensors, as JSON.
//
//   0  length n of the JSON, u64
//   8  JSON of n bytes, padded with spaces so that 8 + n is a multiple of 8
//      the tensors' elements, little-endian, row-major, without gaps, in the order of their positions
//
// Everything that the reference library refuses is refused here, and so are duplicate keys and unknown fields of
// a tensor.
import type { DType } from '@dl/core/functional';
import { decodeUtf8, encodeUtf8 } from '../bytes/text.js';
import { countOf, type ForeignDType, MAX_DIMENSIONS } from '../foreign.js';
import { bad, quote } from '../ranges.js';
import { FORBIDDEN_KEYS } from '../saveable.js';
import { isWellFormed, JsonCursor } from './json.js';

/** One tensor of a file. Positions are counted from the file's first byte. */
export interface TensorRecord {
  readonly name: string;
  /** The format's name of the element type. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Position of the entry in the header. */
  readonly at: number;
}

export interface Header {
  /** In the order in which they are stored in the file. */
  readonly tensors: ReadonlyMap<string, TensorRecord>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The library's limit, in bytes. */
export const MAX_HEADER = 100_000_000;
export const METADATA = '__metadata__';

/** Bits per element of every type of the format. */
const bits: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** The types that can be read. */
const readable: Readonly<Record<string, ForeignDType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  I16: 'int16',
  U16: 'uint16',
  F16: 'float16',
  BF16: 'bfloat16',
  I32: 'int32',
  U32: 'uint32',
  F32: 'float32',
  F64: 'float64',
  I64: 'int64',
};

/** The types that are written, in the order in which the library stores them in a file. */
export const written: Readonly<Record<DType, { name: string; rank: number }>> = {
  int64: { name: 'I64', rank: 0 },
  float64: { name: 'F64', rank: 1 },
  float32: { name: 'F32', rank: 2 },
  int32: { name: 'I32', rank: 3 },
  bfloat16: { name: 'BF16', rank: 4 },
  float16: { name: 'F16', rank: 5 },
  uint8: { name: 'U8', rank: 6 },
  bool: { name: 'BOOL', rank: 7 },
};

/** PyTorch's name of a type that no tensor here can have, and the bits per element; null for others. */
export function foreignType({ dtype }: TensorRecord): { name: string; bits: number } | null {
  if (Object.hasOwn(readable, dtype)) return null;
  const names: Readonly<Record<string, string>> = {
    F8_E4M3: 'float8_e4m3fn',
    F8_E8M0: 'float8_e8m0fnu',
    F4: 'float4_e2m1fn_x2',
    C64: 'complex64',
    U64: 'uint64',
  };
  const name = names[dtype] ?? dtype.toLowerCase().replace(/^f(\d_)/, 'float$1');
  return { name, bits: bits[dtype] };
}

/** The type of a tensor in a file; throws if no tensor here can hold its values. */
export function typeOf(operator: string, { name, dtype, at }: TensorRecord): ForeignDType {
  if (Object.hasOwn(readable, dtype)) return readable[dtype];
  const fix = /^F[468]/.test(dtype)
    ? 'save it as F16, BF16 or F32, which can hold its values'
    : dtype === 'U64'
      ? 'save it as I64, if its values fit, or as F64'
      : 'save its real and its imaginary part as two tensors';
  throw bad(
    operator,
    at,
    `tensor ${quote(name)} has dtype ${dtype}, which is not supported`,
    `${fix}, or read the other tensors with openSafetensors`,
  );
}

/** The length of the JSON, from the first eight bytes of a file. */
export function headerLength(operator: string, start: Uint8Array, size: number): number {
  if (start.length < 8) {
    throw bad(
      operator,
      start.length,
      'the file ends in the middle of the 8 bytes of its header length',
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw bad(operator, 0, `the header of ${length} bytes exceeds the limit of ${MAX_HEADER}`);
  }
  if (length > BigInt(size - 8)) {
    throw bad(operator, 0, `the header of ${length} bytes does not fit a file of ${size} bytes`);
  }
  return Number(length);
}

/** Parses the JSON, and checks everything in it against the file's size. */
export function parseHeader(operator: string, json: Uint8Array, size: number): Header {
  const start = 8 + json.length;
  if (json[0] !== 0x7b) throw bad(operator, 8, "the header does not begin with '{'");
  const text = decodeUtf8(json);
  if (text === null) throw bad(operator, 8, `bytes 8 to ${start} are not UTF-8 text`);
  const cursor = new JsonCursor(text, 8, (byte, problem) => bad(operator, byte, problem));
  const records: TensorRecord[] = [];
  let metadata: Record<string, string> = {};
  cursor.object('an object', (name, at) => {
    if (name === METADATA) metadata = parseMetadata(cursor);
    else records.push(parseRecord(cursor, name, at, start));
  });
  cursor.end();
  checkPlaces(operator, records, start, size);
  return { tensors: new Map(records.map((record) => [record.name, record])), metadata };
}

function parseMetadata(cursor: JsonCursor): Record<string, string> {
  const found: Record<string, string> = {};
  cursor.object(`the object of ${METADATA}`, (key, at) => {
    if (FORBIDDEN_KEYS.has(key)) {
      throw cursor.refuse(at, `${METADATA} contains the key '${key}', which is not allowed`);
    }
    found[key] = cursor.string(`a string, as every value of ${METADATA},`);
  });
  return found;
}

function parseRecord(cursor: JsonCursor, name: string, at: number, start: number): TensorRecord {
  const who = `tensor ${quote(name)}`;
  if (FORBIDDEN_KEYS.has(name))
    throw cursor.refuse(at, `a tensor is called '${name}', which is not allowed`);
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.object(`the object of ${who}`, (key, place) => {
    const value = cursor.place();
    if (key === 'dtype') {
      dtype = cursor.string(`the dtype of ${who}`);
      if (!Object.hasOwn(bits, dtype)) {
        throw cursor.refuse(value, `${who} has the unknown dtype ${quote(dtype)}`);
      }
    } else if (key === 'shape') {
      shape = cursor.sizes(`sizes of ${who}`, MAX_DIMENSIONS);
    } else if (key === 'data_offsets') {
      offsets = cursor.sizes(`data_offsets of ${who}`, 2);
    } else {
      throw cursor.refuse(place, `${who} has the unknown field ${quote(key)}`);
    }
  });
  if (dtype === undefined) throw cursor.refuse(at, `${who} has no dtype`);
  if (shape === undefined) throw cursor.refuse(at, `${who} has no shape`);
  if (offsets?.length !== 2) throw cursor.refuse(at, `${who} needs two data_offsets`);
  const count = countOf(shape);
  if (typeof count === 'string') throw cursor.refuse(at, `${who} ${count}`);
  const [begin, end] = offsets as [number, number];
  const needed = (count * bits[dtype]) / 8;
  if (end - begin !== needed) {
    throw cursor.refuse(
      at,
      `${who} is at ${begin} to ${end}, but ${dtype} of shape [${shape.join(', ')}] needs ${needed} bytes`,
    );
  }
  return { name, dtype, shape, from: start + begin, to: start + end, at: cursor.byte(at) };
}

/** Sorts the entries by position, and throws for overlaps, gaps, and tensors that reach beyond the end. */
function checkPlaces(operator: string, records: TensorRecord[], start: number, size: number): void {
  records.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = start;
  for (const { name, from, to, at } of records) {
    const who = `tensor ${quote(name)} is at bytes ${from} to ${to} of the file`;
    if (to > size) throw bad(operator, at, `${who}, which ends at ${size}`);
    if (from < end) throw bad(operator, at, `${who}, but the tensor before it ends at ${end}`);
    if (from > end) throw bad(operator, at, `${who}, which leaves a gap from ${end} to ${from}`);
    end = to;
  }
  if (end !== size) throw bad(operator, end, `the tensors end here, but the file at ${size}`);
}

/** The first bytes of a file: the length, the JSON, and the spaces after it. */
export function writeHeader(
  tensors: readonly { name: string; dtype: DType; shape: readonly number[]; bytes: number }[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const root: [string, unknown][] = [];
  if (metadata !== undefined) root.push([METADATA, metadata]);
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    const record = { dtype: written[dtype].name, shape, data_offsets: [at, at + bytes] };
    root.push([name, record]);
    at += bytes;
  }
  // Not an object, which would order the key "10" before the key "a".
  const members = root.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const json = encodeUtf8(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

/** Whether a name or text can be part of a header. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && isWellFormed(value);
