// A parser of the Python literals that occur in headers of .npy files; nothing is evaluated.

/** A dict, list or tuple of strings, integers, True, False and None. */
export type Literal =
  | null
  | boolean
  | number
  | string
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Literal[] }
  | ReadonlyMap<string, Literal>;

/** The problem in a text, and the character where it is. */
export class LiteralError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

// A header without structured dtypes has two levels.
const MAX_DEPTH = 16;
const words = new Map<string, boolean | null>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * Parses a text that contains one literal.
 *
 * @param longs whether integers may end in L, as written by Python 2
 * @throws LiteralError
 */
export const parseLiteral = (text: string, longs: boolean): Literal =>
  new Parser(text, longs).whole();

class Parser {
  private readonly text: string;
  private readonly longs: boolean;
  private at = 0;

  constructor(text: string, longs: boolean) {
    this.text = text;
    this.longs = longs;
  }

  whole(): Literal {
    const root = this.value(0);
    if (this.next() !== '') this.fail('nothing more');
    return root;
  }

  /** The next character that is not white space, '' at the end. */
  private next(): string {
    while (' \t\n\r\f'.includes(this.text[this.at] ?? '.')) this.at++;
    return this.text[this.at] ?? '';
  }

  private fail(expected: string): never {
    const got = this.next() === '' ? 'ends' : `has ${JSON.stringify(this.next())}`;
    throw new LiteralError(this.at, `the header ${got} where ${expected} should be`);
  }

  private value(depth: number): Literal {
    const c = this.next();
    if (depth > MAX_DEPTH) {
      throw new LiteralError(this.at, `the header is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (c === '{') return this.dict(depth);
    if (c === '(') return this.sequence(')', depth);
    if (c === '[') return this.sequence(']', depth);
    if (c === "'" || c === '"') return this.string();
    if (/^[-0-9]/.test(c)) return this.integer();
    for (const [word, meaning] of words) {
      const end = this.at + word.length;
      if (this.text.startsWith(word, this.at) && !/\w/.test(this.text[end] ?? '')) {
        this.at = end;
        return meaning;
      }
    }
    return this.fail('a value');
  }

  private string(): string {
    const quote = this.text[this.at];
    const end = this.text.indexOf(quote, this.at + 1);
    if (end < 0) throw new LiteralError(this.at, 'the header contains an unterminated string');
    const value = this.text.slice(this.at + 1, end);
    if (/[\\\n\r]/.test(value)) {
      throw new LiteralError(
        this.at,
        'the header contains a string with a backslash or a line break',
      );
    }
    this.at = end + 1;
    return value;
  }

  private integer(): number {
    const digits = /^-?[0-9]+/.exec(this.text.slice(this.at, this.at + 40))?.[0];
    if (digits === undefined) this.fail('a digit');
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) {
      throw new LiteralError(
        this.at,
        `the header contains the number ${digits}, which is too large`,
      );
    }
    if (/^-?0[0-9]/.test(digits)) {
      throw new LiteralError(
        this.at,
        `the header contains the number ${digits} with leading zeros`,
      );
    }
    this.at += digits.length;
    if (this.longs && this.text[this.at] === 'L') this.at++;
    return value;
  }

  private sequence(close: string, depth: number): Literal {
    const items: Literal[] = [];
    let comma = false;
    this.at++;
    while (this.next() !== close) {
      if (items.length > 0 && !comma) this.fail(`',' or '${close}'`);
      items.push(this.value(depth + 1));
      comma = this.comma();
    }
    this.at++;
    // Python's (3) is 3.
    if (close === ')' && items.length === 1 && !comma) return items[0];
    return { kind: close === ')' ? 'tuple' : 'list', items };
  }

  private dict(depth: number): Literal {
    const found = new Map<string, Literal>();
    let comma = true;
    this.at++;
    for (let c = this.next(); c !== '}'; c = this.next()) {
      if (!comma) this.fail("',' or '}'");
      const start = this.at;
      if (c !== "'" && c !== '"') this.fail('a key in quotes');
      const key = this.string();
      if (found.has(key)) {
        throw new LiteralError(start, `the header contains the key ${JSON.stringify(key)} twice`);
      }
      if (this.next() !== ':') this.fail("':'");
      this.at++;
      found.set(key, this.value(depth + 1));
      comma = this.comma();
    }
    this.at++;
    return found;
  }

  /** Whether a comma comes next, which is passed over. */
  private comma(): boolean {
    const found = this.next() === ',';
    if (found) this.at++;
    return found;
  }
}
