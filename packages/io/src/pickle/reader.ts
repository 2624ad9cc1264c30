// Reads a pickle as data. It builds lists, dicts and numbers; names stay names, and calls in the pickle are resolved by
// a short allowlist.
import { decodeWithSurrogates } from '../bytes/text.js';
import { bad, unsupported, utf8 } from '../errors.js';
import { type Budget, cost } from './budget.js';
import { op } from './opcodes.js';
import { PyDict, PyForeign, PyGlobal, PyObject, PySet, PyTuple } from './values.js';

/** The names that a pickle may use, and their values. */
export interface PickleRules {
  /** The value for a name; throws if it is not allowed. */
  global(module: string, name: string, at: number): PyGlobal;
  /** The value that represents the result of a call; throws if it is not allowed. */
  call(callee: PyGlobal | PyForeign, args: readonly unknown[], at: number): unknown;
  /** An object of the class, without its state. */
  create(
    type: PyGlobal | PyForeign,
    args: readonly unknown[],
    named: PyDict | null,
    at: number,
  ): unknown;
  /** The value for a persistent id. */
  persistent(id: unknown, at: number): unknown;
  /** The memory limit for the values. */
  readonly budget: Budget;
}

/** The value, and the position after the pickle. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/** Maximum number of digits of an integer: enough for 2048 bits, and few enough to be parsed quickly. */
const MOST_DIGITS = 617;
const MOST_LONG_BYTES = 256;

/**
 * Reads one pickle.
 *
 * @param base position of `bytes` in the file, for messages.
 * @param start where in `bytes` the pickle begins.
 * @throws FormatError if it is malformed, or uses a name that the rules do not allow.
 */
export function readPickle(
  bytes: Uint8Array,
  base: number,
  rules: PickleRules,
  start = 0,
): Unpickled {
  return new Machine(bytes, base, rules, start).run();
}

class Machine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly base: number;
  private readonly rules: PickleRules;
  private at: number;
  private stack: unknown[] = [];
  /** The stacks below the open marks. */
  private readonly marks: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();
  /** Position of the opcode being executed. */
  private here = 0;

  constructor(bytes: Uint8Array, base: number, rules: PickleRules, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = base;
    this.rules = rules;
    this.at = start;
  }

  run(): Unpickled {
    for (;;) {
      this.here = this.at;
      const code = this.byte();
      if (code === op.STOP) {
        const value = this.pop();
        if (this.stack.length > 0 || this.marks.length > 0) {
          throw this.bad('the pickle ends with values left on the stack');
        }
        return { value, end: this.at };
      }
      this.step(code);
    }
  }

  private step(code: number): void {
    switch (code) {
      case op.PROTO: {
        const version = this.byte();
        if (version > 5) {
          throw unsupported(
            this.place,
            `pickle protocol ${version} is unknown`,
            'save it with protocol 2',
          );
        }
        return;
      }
      case op.FRAME:
        this.length8();
        return;
      case op.MARK:
        this.spend(cost.mark);
        this.marks.push(this.stack);
        this.stack = [];
        return;
      case op.POP:
        if (this.stack.length > 0) this.pop();
        else this.popMark();
        return;
      case op.POP_MARK:
        this.popMark();
        return;
      case op.DUP:
        this.push(this.top());
        return;
      case op.NONE:
        this.push(null);
        return;
      case op.NEWTRUE:
        this.push(true);
        return;
      case op.NEWFALSE:
        this.push(false);
        return;
      case op.INT: {
        const line = this.line();
        this.push(line === '00' || line === '01' ? line === '01' : this.decimal(line));
        return;
      }
      case op.LONG:
        this.push(this.decimal(this.line().replace(/L$/, '')));
        return;
      case op.BININT:
        this.push(this.view.getInt32(this.take(4), true));
        return;
      case op.BININT1:
        this.push(this.byte());
        return;
      case op.BININT2:
        this.push(this.view.getUint16(this.take(2), true));
        return;
      case op.LONG1:
        this.push(this.long(this.byte()));
        return;
      case op.LONG4:
        this.push(this.long(this.length4()));
        return;
      case op.FLOAT:
        this.push(this.float(this.line()));
        return;
      case op.BINFLOAT:
        this.push(this.view.getFloat64(this.take(8), false));
        return;
      case op.STRING:
        this.push(this.quoted(this.line()));
        return;
      case op.BINSTRING:
        this.push(latin1(this.part(this.length4())));
        return;
      case op.SHORT_BINSTRING:
        this.push(latin1(this.part(this.byte())));
        return;
      case op.UNICODE:
        this.push(this.escaped(this.line()));
        return;
      case op.BINUNICODE:
        this.push(this.text(this.length4()));
        return;
      case op.SHORT_BINUNICODE:
        this.push(this.text(this.byte()));
        return;
      case op.BINUNICODE8:
        this.push(this.text(this.length8()));
        return;
      case op.BINBYTES:
        this.push(this.blob(this.length4()));
        return;
      case op.SHORT_BINBYTES:
        this.push(this.blob(this.byte()));
        return;
      case op.BINBYTES8:
      case op.BYTEARRAY8:
        this.push(this.blob(this.length8()));
        return;
      case op.EMPTY_LIST:
        this.spend(cost.list);
        this.push([]);
        return;
      case op.LIST:
        this.spend(cost.list);
        this.push(this.popMark());
        return;
      case op.APPEND: {
        this.append([this.pop()]);
        return;
      }
      case op.APPENDS: {
        this.append(this.popMark());
        return;
      }
      case op.EMPTY_TUPLE:
        this.spend(cost.tuple);
        this.push(new PyTuple([]));
        return;
      case op.TUPLE1:
        this.tuple(1);
        return;
      case op.TUPLE2:
        this.tuple(2);
        return;
      case op.TUPLE3:
        this.tuple(3);
        return;
      case op.TUPLE:
        this.spend(cost.tuple);
        this.push(new PyTuple(this.popMark()));
        return;
      case op.EMPTY_DICT:
        this.spend(cost.dict);
        this.push(new PyDict());
        return;
      case op.DICT: {
        const items = this.popMark();
        this.spend(cost.dict);
        this.push(new PyDict());
        this.fill(items);
        return;
      }
      case op.SETITEM: {
        const value = this.pop();
        const key = this.pop();
        this.fill([key, value]);
        return;
      }
      case op.SETITEMS:
        this.fill(this.popMark());
        return;
      case op.EMPTY_SET:
        this.spend(cost.dict);
        this.push(new PySet());
        return;
      case op.FROZENSET: {
        const items = this.popMark();
        this.spend(cost.dict);
        this.push(new PySet());
        this.add(items);
        return;
      }
      case op.ADDITEMS:
        this.add(this.popMark());
        return;
      case op.PUT:
        this.put(this.index(this.line()));
        return;
      case op.BINPUT:
        this.put(this.byte());
        return;
      case op.LONG_BINPUT:
        this.put(this.view.getUint32(this.take(4), true));
        return;
      case op.MEMOIZE:
        this.put(this.memo.size);
        return;
      case op.GET:
        this.get(this.index(this.line()));
        return;
      case op.BINGET:
        this.get(this.byte());
        return;
      case op.LONG_BINGET:
        this.get(this.view.getUint32(this.take(4), true));
        return;
      case op.GLOBAL: {
        const module = this.line();
        this.spend(cost.global);
        this.push(this.rules.global(module, this.line(), this.place));
        return;
      }
      case op.STACK_GLOBAL: {
        const name = this.pop();
        const module = this.pop();
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw this.bad('a global is not named by two strings');
        }
        this.spend(cost.global);
        this.push(this.rules.global(module, name, this.place));
        return;
      }
      case op.REDUCE: {
        const args = this.pop();
        const callee = this.pop();
        if (!isCallee(callee) || !(args instanceof PyTuple)) {
          throw this.bad('a call needs a function name and a tuple of arguments');
        }
        this.push(this.rules.call(callee, args.items, this.place));
        return;
      }
      case op.NEWOBJ: {
        const args = this.pop();
        this.create(this.pop(), args, null);
        return;
      }
      case op.NEWOBJ_EX: {
        const named = this.pop();
        const args = this.pop();
        if (!(named instanceof PyDict)) {
          throw this.bad('an object is created with keyword arguments that are not a dict');
        }
        this.create(this.pop(), args, named.entries.size > 0 ? named : null);
        return;
      }
      case op.INST: {
        const module = this.line();
        const type = this.rules.global(module, this.line(), this.place);
        this.create(type, new PyTuple(this.popMark()), null);
        return;
      }
      case op.OBJ: {
        const [type, ...args] = this.popMark();
        this.create(type, new PyTuple(args), null);
        return;
      }
      case op.BUILD: {
        const state = this.pop();
        const target = this.top();
        if (target instanceof PyObject || target instanceof PyForeign) target.state = state;
        // Attributes of a dict or of a tensor (a state dict's `_metadata`) are dropped.
        else if (!(target instanceof PyDict) && (typeof target !== 'object' || target === null)) {
          throw this.bad('a state is set on a value that cannot have one');
        }
        return;
      }
      case op.PERSID:
        this.push(this.rules.persistent(this.line(), this.place));
        return;
      case op.BINPERSID:
        this.push(this.rules.persistent(this.pop(), this.place));
        return;
      case op.EXT1:
      case op.EXT2:
      case op.EXT4:
      case op.NEXT_BUFFER:
      case op.READONLY_BUFFER:
        throw unsupported(
          this.place,
          `the pickle uses opcode 0x${code.toString(16)}, which refers to objects outside of it`,
          'save it with torch.save',
        );
      default:
        throw this.bad(`0x${code.toString(16).padStart(2, '0')} is not a pickle opcode`);
    }
  }

  private get place(): number {
    return this.base + this.here;
  }

  private bad(problem: string): Error {
    return bad(this.place, problem);
  }

  private push(value: unknown): void {
    this.spend(
      cost.slot +
        (typeof value === 'string'
          ? cost.text + 2 * value.length
          : typeof value === 'number' || typeof value === 'bigint'
            ? cost.number
            : 0),
    );
    this.stack.push(value);
  }

  private spend(bytes: number): void {
    this.rules.budget.spend(bytes, this.place);
  }

  private pop(): unknown {
    if (this.stack.length === 0) throw this.bad('the pickle takes a value from an empty stack');
    return this.stack.pop();
  }

  private top(): unknown {
    if (this.stack.length === 0) throw this.bad('the pickle takes a value from an empty stack');
    return this.stack[this.stack.length - 1];
  }

  private popMark(): unknown[] {
    const below = this.marks.pop();
    if (below === undefined) throw this.bad('the pickle refers to a mark that is missing');
    const items = this.stack;
    this.stack = below;
    return items;
  }

  private append(items: readonly unknown[]): void {
    const target = this.top();
    if (target instanceof PyForeign) target.items ??= [];
    const list = target instanceof PyForeign ? target.items : target;
    if (!Array.isArray(list)) throw this.bad('an item is appended to a value that is not a list');
    this.spend(cost.slot * items.length);
    for (const item of items) list.push(item);
  }

  private tuple(size: number): void {
    const items: unknown[] = [];
    for (let i = 0; i < size; i++) items.unshift(this.pop());
    this.spend(cost.tuple);
    this.push(new PyTuple(items));
  }

  private fill(items: readonly unknown[]): void {
    const target = this.top();
    if (target instanceof PyForeign) target.entries ??= new Map();
    const entries = target instanceof PyDict || target instanceof PyForeign ? target.entries : null;
    if (entries === null) throw this.bad('an entry is put into a value that is not a dict');
    if (items.length % 2 !== 0) throw this.bad('a dict entry has a key but no value');
    this.spend((cost.entry * items.length) / 2);
    for (let i = 0; i < items.length; i += 2) entries.set(items[i], items[i + 1]);
  }

  private add(items: readonly unknown[]): void {
    const set = this.top();
    if (set instanceof PyForeign) {
      this.append(items);
      return;
    }
    if (!(set instanceof PySet)) throw this.bad('an item is added to a value that is not a set');
    this.spend(cost.entry * items.length);
    for (const item of items) set.items.add(item);
  }

  private create(type: unknown, args: unknown, named: PyDict | null): void {
    if (!isCallee(type)) throw this.bad('an object is created from a value that is not a class');
    if (!(args instanceof PyTuple)) throw this.bad('the arguments of an object are not a tuple');
    this.spend(cost.object);
    this.push(this.rules.create(type, args.items, named, this.place));
  }

  private put(index: number): void {
    this.spend(cost.memo);
    this.memo.set(index, this.top());
  }

  private get(index: number): void {
    if (!this.memo.has(index))
      throw this.bad(`the pickle refers to memo entry ${index}, which is missing`);
    this.push(this.memo.get(index));
  }

  private index(line: string): number {
    if (!/^\d{1,10}$/.test(line)) throw this.bad('an index into the memo is not a number');
    return Number(line);
  }

  private byte(): number {
    return this.bytes[this.take(1)];
  }

  /** Skips the next `n` bytes and returns their position. */
  private take(n: number): number {
    const from = this.at;
    if (n > this.bytes.length - from) {
      throw bad(this.base + from, `the pickle ends here, but ${n} more bytes should follow`);
    }
    this.at = from + n;
    return from;
  }

  private length4(): number {
    const n = this.view.getInt32(this.take(4), true);
    if (n < 0) throw this.bad(`the length ${n} is negative`);
    return n;
  }

  private length8(): number {
    const n = this.view.getBigUint64(this.take(8), true);
    if (n > BigInt(this.bytes.length))
      throw this.bad(`the length ${n} is beyond the end of the pickle`);
    return Number(n);
  }

  private part(n: number): Uint8Array {
    const from = this.take(n);
    return this.bytes.subarray(from, from + n);
  }

  private blob(n: number): Uint8Array {
    const part = this.part(n);
    this.spend(cost.object + n);
    return part.slice();
  }

  private text(n: number): string {
    const part = this.part(n);
    try {
      return utf8(part, this.base + this.at - n);
    } catch (error) {
      // Python writes a lone surrogate, which stands for a byte in a file name, as three bytes that are not valid
      // UTF-8.
      const text = decodeWithSurrogates(part);
      if (text === null) throw error;
      return text;
    }
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw bad(this.base + this.at, 'the pickle ends in the middle of a line');
    const text = latin1(this.part(end - this.at));
    this.at = end + 1;
    return text;
  }

  private decimal(line: string): number | bigint {
    if (!/^[+-]?\d+$/.test(line) || line.length > MOST_DIGITS) {
      throw this.bad(`'${line.slice(0, 40)}' is not an integer`);
    }
    return small(BigInt(line.replace(/^\+/, '')));
  }

  private long(n: number): number | bigint {
    if (n > MOST_LONG_BYTES) throw this.bad(`an integer of ${n} bytes is too long`);
    const from = this.take(n);
    let value = 0n;
    for (let i = n - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i]);
    return small(n === 0 ? 0n : BigInt.asIntN(8 * n, value));
  }

  private float(line: string): number {
    const named: Record<string, number> = {
      inf: Number.POSITIVE_INFINITY,
      '-inf': Number.NEGATIVE_INFINITY,
      nan: Number.NaN,
    };
    if (Object.hasOwn(named, line)) return named[line];
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(line)) {
      throw this.bad(`'${line.slice(0, 40)}' is not a number`);
    }
    return Number(line);
  }

  /** A text of protocol 0: a quoted Python literal. */
  private quoted(line: string): string {
    const quote = line[0];
    if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote)) {
      throw this.bad('a string is not in quotes');
    }
    return line.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
      const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
      return code.length === 3
        ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
        : (plain[code] ?? code);
    });
  }

  /** A text of protocol 0: raw-unicode-escape. */
  private escaped(line: string): string {
    return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, four, eight) => {
      const code = Number.parseInt(four ?? eight, 16);
      if (code > 0x10ffff) throw this.bad(`${whole} is not a character`);
      return String.fromCodePoint(code);
    });
  }
}

const isCallee = (x: unknown): x is PyGlobal | PyForeign =>
  x instanceof PyGlobal || x instanceof PyForeign;

/** As a number if that is exact. */
const small = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return text;
}
