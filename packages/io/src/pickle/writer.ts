// Writes pickles of protocol 2, which every Python 3 and PyTorch can read.
import type { Bytes } from '../bytes/bytes.js';
import { encodeUtf8 } from '../bytes/text.js';
import { op } from './opcodes.js';
import { PyDict, PyGlobal, PySet, PyTuple } from './values.js';

/** A call that the reader will execute: `new PyCall(global, args)`. */
export class PyCall {
  readonly callee: PyGlobal;
  readonly args: PyTuple;

  constructor(callee: PyGlobal, ...args: unknown[]) {
    this.callee = callee;
    this.args = new PyTuple(args);
  }
}

/** An object of a class, created without arguments and given a state. */
export class PyInstance {
  readonly type: PyGlobal;
  state: PyDict | null = null;

  constructor(type: PyGlobal) {
    this.type = type;
  }
}

/** An object that the reader of the file gets elsewhere, by an id. */
export class PyPersistent {
  readonly id: PyTuple;

  constructor(id: PyTuple) {
    this.id = id;
  }
}

/** A float, even if JavaScript does not distinguish it from an integer. */
export class PyFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const SET = new PyGlobal('__builtin__', 'set');
const ENCODE = new PyGlobal('_codecs', 'encode');

/** The pickle of a value consisting of the classes above, arrays, texts, numbers, bigints, bytes, booleans and null. */
export function writePickle(value: unknown): Bytes {
  const writer = new Writer();
  writer.bytes(op.PROTO, 2);
  writer.value(value);
  writer.bytes(op.STOP);
  return writer.finish();
}

class Writer {
  private buffer = new Uint8Array(4096);
  private view = new DataView(this.buffer.buffer);
  private at = 0;
  /** Numbers in the reader's memo: of objects by identity, of texts and names by their text. */
  private readonly memo = new Map<unknown, number>();

  finish(): Bytes {
    return this.buffer.slice(0, this.at);
  }

  bytes(...values: number[]): void {
    this.room(values.length);
    for (const value of values) this.buffer[this.at++] = value;
  }

  value(value: unknown): void {
    if (value === null) {
      this.bytes(op.NONE);
      return;
    }
    if (value === true) {
      this.bytes(op.NEWTRUE);
      return;
    }
    if (value === false) {
      this.bytes(op.NEWFALSE);
      return;
    }
    if (typeof value === 'number') {
      this.number(value);
      return;
    }
    if (typeof value === 'bigint') {
      this.long(value);
      return;
    }
    if (value instanceof PyFloat) {
      this.float(value.value);
      return;
    }
    const key = value instanceof PyGlobal ? `c ${value.module} ${value.name}` : value;
    const known = this.memo.get(typeof value === 'string' ? `s ${value}` : key);
    if (known !== undefined) {
      this.get(known);
      return;
    }
    if (typeof value === 'string') {
      this.text(value);
      this.put(`s ${value}`);
      return;
    }
    if (value instanceof PyGlobal) {
      this.bytes(op.GLOBAL);
      this.ascii(`${value.module}\n${value.name}\n`);
      this.put(key);
      return;
    }
    if (value instanceof Uint8Array) {
      // As Python does for protocol 2, which has no bytes.
      let text = '';
      for (const byte of value) text += String.fromCharCode(byte);
      this.value(new PyCall(ENCODE, text, 'latin1'));
      this.put(value);
      return;
    }
    if (Array.isArray(value)) {
      this.list(value);
      return;
    }
    if (value instanceof PyTuple) {
      this.tuple(value);
      return;
    }
    if (value instanceof PyDict) {
      this.dict(value);
      return;
    }
    if (value instanceof PySet) {
      this.value(new PyCall(SET, [...value.items]));
      this.put(value);
      return;
    }
    if (value instanceof PyCall) {
      this.value(value.callee);
      this.value(value.args);
      this.bytes(op.REDUCE);
      this.put(value);
      return;
    }
    if (value instanceof PyPersistent) {
      this.value(value.id);
      this.bytes(op.BINPERSID);
      return;
    }
    if (value instanceof PyInstance) {
      this.value(value.type);
      this.bytes(op.EMPTY_TUPLE, op.NEWOBJ);
      // Added to the memo before the state, which may refer to it.
      this.put(value);
      this.value(value.state);
      this.bytes(op.BUILD);
      return;
    }
    throw new TypeError('writePickle: a value of an unknown kind');
  }

  private list(items: readonly unknown[]): void {
    this.bytes(op.EMPTY_LIST);
    this.put(items);
    if (items.length === 0) return;
    this.bytes(op.MARK);
    for (const item of items) this.value(item);
    this.bytes(op.APPENDS);
  }

  private tuple({ items }: PyTuple): void {
    const short = [op.EMPTY_TUPLE, op.TUPLE1, op.TUPLE2, op.TUPLE3][items.length];
    if (short === undefined) this.bytes(op.MARK);
    for (const item of items) this.value(item);
    this.bytes(short ?? op.TUPLE);
  }

  private dict(dict: PyDict): void {
    this.bytes(op.EMPTY_DICT);
    this.put(dict);
    if (dict.entries.size === 0) return;
    this.bytes(op.MARK);
    for (const [key, item] of dict.entries) {
      this.value(key);
      this.value(item);
    }
    this.bytes(op.SETITEMS);
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.float(value);
      return;
    }
    if (value >= 0 && value < 256) {
      this.bytes(op.BININT1, value);
      return;
    }
    if (value >= 0 && value < 65536) {
      this.bytes(op.BININT2, value & 255, value >> 8);
      return;
    }
    if (value !== (value | 0)) {
      this.long(BigInt(value));
      return;
    }
    this.bytes(op.BININT);
    this.room(4);
    this.view.setInt32(this.at, value, true);
    this.at += 4;
  }

  private float(value: number): void {
    this.bytes(op.BINFLOAT);
    this.room(8);
    this.view.setFloat64(this.at, value, false);
    this.at += 8;
  }

  /** Two's complement, in the fewest bytes that include the sign. */
  private long(value: bigint): void {
    const digits: number[] = [];
    for (let rest = value; value !== 0n; ) {
      digits.push(Number(rest & 255n));
      rest >>= 8n;
      const top = digits[digits.length - 1] & 128;
      if ((rest === 0n && top === 0) || (rest === -1n && top !== 0)) break;
    }
    if (digits.length < 256) this.bytes(op.LONG1, digits.length);
    else {
      this.bytes(op.LONG4);
      this.room(4);
      this.view.setInt32(this.at, digits.length, true);
      this.at += 4;
    }
    this.bytes(...digits);
  }

  private text(value: string): void {
    const bytes = encodeUtf8(value);
    this.bytes(op.BINUNICODE);
    this.room(4 + bytes.length);
    this.view.setUint32(this.at, bytes.length, true);
    this.buffer.set(bytes, this.at + 4);
    this.at += 4 + bytes.length;
  }

  private ascii(value: string): void {
    this.room(value.length);
    for (let i = 0; i < value.length; i++) this.buffer[this.at++] = value.charCodeAt(i);
  }

  private put(key: unknown): void {
    const index = this.memo.size;
    this.memo.set(key, index);
    this.indexed(op.BINPUT, op.LONG_BINPUT, index);
  }

  private get(index: number): void {
    this.indexed(op.BINGET, op.LONG_BINGET, index);
  }

  private indexed(short: number, long: number, index: number): void {
    if (index < 256) {
      this.bytes(short, index);
      return;
    }
    this.bytes(long);
    this.room(4);
    this.view.setUint32(this.at, index, true);
    this.at += 4;
  }

  private room(n: number): void {
    if (this.at + n <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.at + n));
    larger.set(this.buffer);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}
