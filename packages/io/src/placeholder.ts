// Placeholders: loaded values that JavaScript or this library does not support, as data to inspect.
import { DTypeError, Tensor, ValueError } from '@dl/core/functional';

/** By this mark other packages recognize placeholders without importing this one; its value is their description. */
const PLACEHOLDER = Symbol.for('@dl/io.Placeholder');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Printed texts are cut to this length: a small file can contain a value that is endless when written out. */
const LONGEST = 400;

/**
 * The value that `load` returns for a Python object of an unknown class that is not plain data: the name of the class
 * and the file's data about the object. No code of it was run. It prints as `fractions.Fraction('1/3')`.
 *
 * `load(file, { strict: true })` refuses such files instead.
 *
 * @example
 * const { config } = await load<{ config: Placeholder }>('checkpoint.pth');
 * if (config instanceof Placeholder) console.log(config.className, config.state);
 */
export class Placeholder {
  /** The name of the class or function in Python, with its module: `fractions.Fraction`. */
  readonly className: string;
  /** The arguments of its call; null for a class or function itself. */
  readonly args: readonly unknown[] | null;
  /** Its attributes, usually as a plain object; null if there are none. */
  state: unknown = null;
  /** Items, if the class is a subclass of list or set. */
  items: readonly unknown[] = [];
  /** Entries, if the class is a subclass of dict. */
  entries: ReadonlyMap<unknown, unknown> = new Map();
  /** The reason why it was not read, if it is not just an unknown class; otherwise ''. */
  note = '';

  /** @internal */
  constructor(className: string, args: readonly unknown[] | null) {
    if (typeof className !== 'string' || (args !== null && !Array.isArray(args))) {
      throw new ValueError(
        'Placeholder: only load(file) creates placeholders; write x instanceof Placeholder to recognize one',
      );
    }
    this.className = className;
    this.args = args;
  }

  /** A one-line description. */
  get [PLACEHOLDER](): string {
    return this.args === null ? `the name ${this.className}` : `a placeholder of ${this.className}`;
  }

  /** Python notation, truncated if it is long. */
  toString(): string {
    const text = new Printer().text(this);
    return this.note === '' ? text : `${text} (${this.note})`;
  }

  /** The text, so that `JSON.stringify` of a loaded value shows it. */
  toJSON(): string {
    return this.toString();
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/**
 * The value that `load` and `loadSafetensors` return for a tensor of an unsupported dtype, such as `complex64`,
 * `float8_e4m3fn` or `uint64`: its dtype, shape and bytes. Using it as a tensor throws.
 */
export class TensorPlaceholder extends Placeholder {
  /** PyTorch's name of the dtype. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Strides, in elements. */
  readonly strides: readonly number[];
  /** Position of the first element in `bytes`, in elements. */
  readonly offset: number;
  /** The memory of which it is a view, little-endian. */
  readonly bytes: Uint8Array;
  /** Whether its values are the complex conjugates of those in memory. */
  readonly conjugate: boolean;
  /** Whether its values are the negatives of those in memory. */
  readonly negative: boolean;

  /** @internal */
  constructor(
    dtype: string,
    window: { shape: readonly number[]; strides: readonly number[]; offset: number },
    bytes: Uint8Array,
    bits: { conjugate?: boolean; negative?: boolean } = {},
  ) {
    super('torch.Tensor', []);
    if (typeof dtype !== 'string' || !Array.isArray(window?.shape)) {
      throw new ValueError(
        'TensorPlaceholder: only load(file) creates placeholders; write x instanceof TensorPlaceholder to recognize one',
      );
    }
    this.dtype = dtype;
    this.shape = window.shape;
    this.strides = window.strides;
    this.offset = window.offset;
    this.bytes = bytes;
    this.conjugate = bits.conjugate ?? false;
    this.negative = bits.negative ?? false;
  }

  override get [PLACEHOLDER](): string {
    return `a placeholder of a ${this.dtype} tensor, a dtype that is not supported (${advice(this.dtype)})`;
  }

  override toString(): string {
    return `placeholder of a tensor of ${this.dtype}, shape [${this.shape.join(', ')}]`;
  }
}

/** What to do with a tensor of an unsupported dtype. */
export const advice = (dtype: string): string =>
  dtype.startsWith('complex')
    ? 'save torch.view_as_real(x)'
    : dtype.startsWith('q')
      ? 'save x.dequantize()'
      : dtype.startsWith('uint')
        ? 'save x.to(torch.int64), if its values fit'
        : 'save x.float()';

/** A tensor placeholder with the methods of a tensor, each of which throws when it is called. */
export function tensorPlaceholder(
  ...args: ConstructorParameters<typeof TensorPlaceholder>
): TensorPlaceholder {
  const made = new TensorPlaceholder(...args);
  return standIn(
    made,
    `this tensor of shape [${made.shape.join(', ')}] has dtype ${made.dtype}, which is not supported; ${advice(made.dtype)} in Python`,
  );
}

/** The prototype of a tensor placeholder: it has a tensor's methods, each of which throws this message. */
export function standIn<P extends Placeholder>(made: P, sentence: string): P {
  return new Proxy(made, {
    get(target, key) {
      // Code recognizes tensors by `toArray`, and a placeholder must not count as one.
      const method =
        typeof key === 'string' && key !== 'toArray' && key in Tensor.prototype && !(key in target);
      if (!method) return Reflect.get(target, key);
      return () => {
        throw new DTypeError(`${key}: ${sentence}`);
      };
    },
  });
}

/** A placeholder's description at its position in a value, for messages. */
export const placeholderText = (x: Placeholder): string => x[PLACEHOLDER];

/** Only attributes worth printing: a module has a dozen that are mostly empty. */
const attributesOf = (state: object): [string, unknown][] =>
  Object.entries(state).filter(([key, x]) => {
    const empty = typeof x === 'object' && x !== null && !(x instanceof Placeholder) && isEmpty(x);
    return !key.startsWith('_') || !(x === null || empty);
  });

const isEmpty = (x: object): boolean =>
  x instanceof Set || x instanceof Map ? x.size === 0 : Object.keys(x).length === 0;

class Printer {
  private left = LONGEST;
  private readonly open = new Set<object>();

  text(x: unknown): string {
    if (this.left <= 0) return '…';
    const made = this.one(x);
    this.left -= 8;
    return made;
  }

  private one(x: unknown): string {
    if (typeof x === 'string') {
      const text = x.length > 80 ? `${x.slice(0, 77)}...` : x;
      this.left -= text.length;
      return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
    }
    if (x === null || x === undefined) return 'None';
    if (typeof x === 'boolean') return x ? 'True' : 'False';
    if (typeof x !== 'object') return String(x).slice(0, 80);
    if (x instanceof Tensor) return `tensor of shape [${x.shape.join(', ')}]`;
    if (ArrayBuffer.isView(x)) return `${x.byteLength} bytes`;
    if (x instanceof TensorPlaceholder) return x.toString();
    if (this.open.has(x)) return '…';
    this.open.add(x);
    const made = this.composite(x);
    this.open.delete(x);
    return made;
  }

  private composite(x: object): string {
    if (x instanceof Placeholder) return this.placeholder(x);
    if (Array.isArray(x)) return `[${this.list(x)}]`;
    if (x instanceof Set) return `{${this.list(x)}}`;
    const entries = x instanceof Map ? x : Object.entries(x);
    if (Object.getPrototypeOf(x) !== Object.prototype && !(x instanceof Map)) {
      return x.constructor?.name ?? 'object';
    }
    return `{${this.pairs(entries, ': ')}}`;
  }

  private placeholder(x: Placeholder): string {
    this.left -= x.className.length;
    const name = x.className.length > 200 ? `${x.className.slice(0, 200)}…` : x.className;
    if (x.args === null) return name;
    const parts = [this.list(x.args)];
    if (x.items.length > 0) parts.push(`[${this.list(x.items)}]`);
    if (x.entries.size > 0) parts.push(`{${this.pairs(x.entries, ': ')}}`);
    const { state } = x;
    if (state !== null && state !== undefined) {
      const plain = typeof state === 'object' && Object.getPrototypeOf(state) === Object.prototype;
      parts.push(plain ? this.pairs(attributesOf(state), '=') : this.text(state));
    }
    return `${name}(${parts.filter((part) => part !== '').join(', ')})`;
  }

  private list(items: Iterable<unknown>): string {
    const parts: string[] = [];
    for (const item of items) {
      parts.push(this.text(item));
      if (this.left <= 0) {
        parts.push('…');
        break;
      }
    }
    return parts.join(', ');
  }

  private pairs(entries: Iterable<readonly [unknown, unknown]>, sign: string): string {
    const parts: string[] = [];
    for (const [key, item] of entries) {
      const name = sign === '=' ? String(key).slice(0, 80) : this.text(key);
      this.left -= name.length;
      parts.push(`${name}${sign}${this.text(item)}`);
      if (this.left <= 0) {
        parts.push('…');
        break;
      }
    }
    return parts.join(', ');
  }
}
