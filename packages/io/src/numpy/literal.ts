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
export function parseLiteral(text: string, longs: boolean): Literal {
  let at = 0;

  function next(): string {
    while (' \t\n\r\f'.includes(text[at] ?? '.')) at++;
    return text[at] ?? '';
  }

  function fail(expected: string): never {
    const got = next() === '' ? 'ends' : `has ${JSON.stringify(next())}`;
    throw new LiteralError(at, `the header ${got} where ${expected} should be`);
  }

  function string(): string {
    const quote = text[at];
    const end = text.indexOf(quote, at + 1);
    if (end < 0) throw new LiteralError(at, 'the header contains an unterminated string');
    const value = text.slice(at + 1, end);
    if (/[\\\n\r]/.test(value)) {
      throw new LiteralError(at, 'the header contains a string with a backslash or a line break');
    }
    at = end + 1;
    return value;
  }

  function integer(): number {
    const found = /^-?[0-9]+/.exec(text.slice(at, at + 40));
    if (found === null) fail('a digit');
    const value = Number(found[0]);
    if (!Number.isSafeInteger(value)) {
      throw new LiteralError(at, `the header contains the number ${found[0]}, which is too large`);
    }
    if (/^-?0[0-9]/.test(found[0])) {
      throw new LiteralError(at, `the header contains the number ${found[0]} with leading zeros`);
    }
    at += found[0].length;
    if (longs && text[at] === 'L') at++;
    return value;
  }

  function sequence(close: string, depth: number): Literal {
    const items: Literal[] = [];
    let comma = false;
    at++;
    while (next() !== close) {
      if (items.length > 0 && !comma) fail(`',' or '${close}'`);
      items.push(value(depth + 1));
      comma = next() === ',';
      if (comma) at++;
    }
    at++;
    // Python's (3) is 3.
    if (close === ')' && items.length === 1 && !comma) return items[0];
    return { kind: close === ')' ? 'tuple' : 'list', items };
  }

  function dict(depth: number): Literal {
    const found = new Map<string, Literal>();
    let comma = true;
    at++;
    while (next() !== '}') {
      if (!comma) fail("',' or '}'");
      const start = at;
      if (text[at] !== "'" && text[at] !== '"') fail('a key in quotes');
      const key = string();
      if (found.has(key)) {
        throw new LiteralError(start, `the header contains the key ${JSON.stringify(key)} twice`);
      }
      if (next() !== ':') fail("':'");
      at++;
      found.set(key, value(depth + 1));
      comma = next() === ',';
      if (comma) at++;
    }
    at++;
    return found;
  }

  function value(depth: number): Literal {
    const c = next();
    if (depth > MAX_DEPTH) {
      throw new LiteralError(at, `the header is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (c === '{') return dict(depth);
    if (c === '(') return sequence(')', depth);
    if (c === '[') return sequence(']', depth);
    if (c === "'" || c === '"') return string();
    if (/^[-0-9]/.test(c)) return integer();
    for (const [word, meaning] of words) {
      if (text.startsWith(word, at) && !/\w/.test(text[at + word.length] ?? '')) {
        at += word.length;
        return meaning;
      }
    }
    return fail('a value');
  }

  const root = value(0);
  if (next() !== '') fail('nothing more');
  return root;
}
