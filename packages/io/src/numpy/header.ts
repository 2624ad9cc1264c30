// The header of a .npy file: element type, memory order and shape, as a Python dict.
//
//   0  magic, 6 bytes: 0x93 'N' 'U' 'M' 'P' 'Y'
//   6  version: 1 0, 2 0 or 3 0
//   8  length of the dict, u16 in version 1, else u32
//  10  or 12: the dict in Latin-1 (version 3: UTF-8), spaces, a line feed
//      the elements
import { type DType, DTypeError, FormatError } from '@dl/core/functional';
import { decodeUtf8, encodeUtf8 } from '../bytes/text.js';
import { countOf, type ForeignDType, sizeOf } from '../foreign.js';
import { bad, quote } from '../ranges.js';
import { type Literal, LiteralError, parseLiteral } from './literal.js';

/** Thrown for a valid array of a dtype that no tensor can have. */
export class ForeignArray extends FormatError {
  /** The dtype as written in the header; null if it is structured. */
  readonly descr: string | null;
  /** The header's other fields; the array is from `from` to the end of the file. */
  readonly layout: { fortran: boolean; shape: readonly number[]; from: number };

  constructor(message: string, descr: string | null, layout: ForeignArray['layout']) {
    super(message);
    this.descr = descr;
    this.layout = layout;
  }
}

/** The fields of a header, checked. */
export interface NpyHeader {
  readonly type: ForeignDType;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Positions of the first element and of the end. */
  readonly from: number;
  readonly to: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
// NumPy's own limit, for the sake of its parser; only structured dtypes need more.
const MAX_HEADER = 10_000;
/** The maximum number of bytes of a header, including what precedes the dict. */
export const MAX_START = 12 + MAX_HEADER;

/** Element types by the code of a dtype, without its byte order. */
export const elementTypes: Readonly<Record<string, ForeignDType>> = {
  b1: 'bool',
  u1: 'uint8',
  i1: 'int8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

const codes: Readonly<Partial<Record<DType, string>>> = {
  bool: '|b1',
  uint8: '|u1',
  int32: '<i4',
  int64: '<i8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** Element types that are refused, and what to do about them. */
const refused: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  O: [
    'contains Python objects as a pickle, which is a program that reading would run',
    'save numbers: array.astype(...)',
  ],
  c: ['contains complex numbers', 'save its real and its imaginary part as two arrays'],
  S: ['contains byte strings', 'save numbers'],
  a: ['contains byte strings', 'save numbers'],
  U: ['holds strings', 'save numbers'],
  V: ['contains raw or structured data', 'save each of its fields as a separate array'],
  M: ['holds dates', "save numbers: array.astype('int64')"],
  m: ['contains time spans', "save numbers: array.astype('int64')"],
  u: ['holds uint64', "save it as int64, if its values fit: array.astype('int64')"],
  f: ['contains floats of an unknown size', "save array.astype('float64')"],
};

/**
 * Reads a header and checks it against the file's size.
 *
 * @param context what errors begin with
 * @param start the first `MAX_START` bytes of the file, or all if there are fewer
 * @param size the number of bytes of the file
 */
export function parseNpyHeader(context: string, start: Uint8Array, size: number): NpyHeader {
  const refuse = (byte: number, problem: string, fix?: string) => bad(context, byte, problem, fix);
  for (let i = 0; i < MAGIC.length; i++) {
    if (i >= start.length) throw refuse(i, `the file ends after ${start.length} bytes`);
    if (start[i] !== MAGIC[i]) throw refuse(i, 'this is not a .npy file: its first bytes differ');
  }
  const [major, minor] = [start[6], start[7]];
  if (minor === undefined) throw refuse(start.length, 'the file ends in the middle of its version');
  if (major === undefined || major < 1 || major > 3 || minor !== 0) {
    throw refuse(6, `version ${major}.${minor} is unknown; supported are 1.0, 2.0 and 3.0`);
  }
  const first = major === 1 ? 10 : 12;
  if (start.length < first)
    throw refuse(start.length, 'the file ends in the middle of its header length');
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) {
    throw refuse(8, `the header of ${length} bytes exceeds the limit of ${MAX_HEADER}`);
  }
  const from = first + length;
  if (from > start.length) {
    throw refuse(8, `the header of ${length} bytes does not fit a file of ${size} bytes`);
  }
  const bytes = start.subarray(first, from);
  const text = headerText(context, bytes, first, major);
  let dict: Literal;
  try {
    dict = parseLiteral(text, major < 3);
  } catch (error) {
    if (error instanceof LiteralError) throw refuse(first + error.at, error.message);
    throw error;
  }
  const keys = ['descr', 'fortran_order', 'shape'];
  if (!(dict instanceof Map) || dict.size !== 3 || !keys.every((key) => dict.has(key))) {
    throw refuse(first, 'the header is not a dict with descr, fortran_order and shape');
  }
  const fortran = dict.get('fortran_order');
  if (typeof fortran !== 'boolean') throw refuse(first, 'fortran_order is not True or False');
  const shape = parseShape(context, first, dict.get('shape') as Literal);
  const layout = { fortran, shape, from };
  const { type, bigEndian } = parseType(context, first, dict.get('descr') as Literal, layout);
  const count = countOf(shape);
  if (typeof count === 'string') throw refuse(first, `the array ${count}`);
  const to = from + count * sizeOf(type);
  const what = `${type} of shape [${shape.join(', ')}]`;
  if (to > size) {
    throw refuse(
      from,
      `${what} needs ${to - from} bytes, but only ${size - from} follow the header`,
    );
  }
  if (to < size) {
    throw refuse(
      to,
      `${what} ends here, but ${size - to} more bytes follow`,
      'if several arrays were saved to this file, save them as .npz',
    );
  }
  return { type, bigEndian, fortran, shape, from, to };
}

/** The text of the dict, one character per byte. */
function headerText(context: string, bytes: Uint8Array, first: number, version: number): string {
  if (version === 3) {
    if (decodeUtf8(bytes) === null) {
      throw bad(context, first, `bytes ${first} to ${first + bytes.length} are not UTF-8 text`);
    }
  }
  return String.fromCharCode(...bytes);
}

function parseType(context: string, byte: number, descr: Literal, layout: ForeignArray['layout']) {
  const foreign = (problem: string, fix: string): ForeignArray =>
    new ForeignArray(
      bad(context, byte, problem, fix).message,
      typeof descr === 'string' ? descr : null,
      layout,
    );
  if (typeof descr !== 'string') {
    throw foreign(
      'descr is not a string: the array has a structured dtype, which no tensor can hold',
      'save each of its fields as a separate array',
    );
  }
  const found = /^([<>=|]?)(([a-zA-Z])[0-9]*)(\[.*\])?$/.exec(descr);
  if (found === null) throw bad(context, byte, `descr is ${quote(descr)}, which is not a dtype`);
  const [, order, code, kind, unit] = found as unknown as [string, string, string, string, string?];
  if (Object.hasOwn(elementTypes, code) && unit === undefined) {
    const type = elementTypes[code];
    return { type, bigEndian: order === '>' && sizeOf(type) > 1 };
  }
  // Only dates and time spans have a unit in brackets.
  const known =
    Object.hasOwn(refused, kind) &&
    (kind !== 'u' || code === 'u8') &&
    (unit === undefined || /[mM]/.test(kind));
  if (!known) throw bad(context, byte, `descr is ${quote(descr)}, which is not a known dtype`);
  const [what, fix] = refused[kind] as readonly [string, string];
  throw foreign(`the array of dtype ${quote(descr)} ${what}`, fix);
}

function parseShape(context: string, byte: number, shape: Literal): number[] {
  const isTuple = shape !== null && typeof shape === 'object' && 'kind' in shape;
  if (!isTuple || shape.kind !== 'tuple') throw bad(context, byte, 'the shape is not a tuple');
  return shape.items.map((n) => {
    if (typeof n === 'number' && n >= 0) return n;
    const shown = typeof n === 'number' ? String(n) : 'something that is not a number';
    throw bad(context, byte, `the shape contains ${shown}, which is not a non-negative integer`);
  });
}

// NumPy reserves room for the first size to grow to this many digits.
const GROWTH = 21;
const ALIGNMENT = 64;

/** The bytes before the elements, in row-major order, identical to NumPy's. */
export function writeNpyHeader(
  operator: string,
  dtype: DType,
  shape: readonly number[],
): Uint8Array {
  const code = codes[dtype];
  if (code === undefined) {
    throw new DTypeError(
      `${operator}: NumPy has no ${dtype}; save x.to('float32'), which has the same values`,
    );
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const room = shape.length === 0 ? 0 : GROWTH - String(shape[0]).length;
  const dict = `{'descr': '${code}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(room)}`;
  // As in NumPy: if no padding is needed, 64 spaces are added.
  const length = Math.floor((11 + dict.length) / ALIGNMENT + 1) * ALIGNMENT;
  const header = new Uint8Array(length).fill(0x20);
  header.set([...MAGIC, 1, 0], 0);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(encodeUtf8(dict), 10);
  header[length - 1] = 0x0a;
  return header;
}
