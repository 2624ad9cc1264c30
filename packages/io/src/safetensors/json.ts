// A strict incremental JSON parser: it creates nothing that its caller did not request, throws for duplicate keys and
// inexact numbers, which JSON.parse accepts, and reports the byte where it stopped.
import { encodeUtf8 } from '../bytes/text.js';
import { quote } from '../ranges.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text can be written as UTF-8. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

export class JsonCursor {
  /** The next character. */
  at = 0;
  private readonly text: string;
  private readonly start: number;
  private readonly error: (byte: number, problem: string) => Error;
  // A character whose byte is known. Positions are mostly requested in order, so few characters are counted twice.
  private known = { at: 0, byte: 0 };

  /**
   * @param start the byte of the first character
   * @param error creates the error for a byte and a problem
   */
  constructor(text: string, start: number, error: (byte: number, problem: string) => Error) {
    this.text = text;
    this.start = start;
    this.error = error;
  }

  /** The byte position of a character. */
  byte(at: number): number {
    if (at < this.known.at) this.known = { at: 0, byte: 0 };
    const between = encodeUtf8(this.text.slice(this.known.at, at)).length;
    this.known = { at, byte: this.known.byte + between };
    return this.start + this.known.byte;
  }

  refuse(at: number, problem: string): Error {
    return this.error(this.byte(at), problem);
  }

  /** The position of the next character that is not a space. */
  place(): number {
    while (' \t\n\r'.includes(this.text[this.at] ?? '.')) this.at++;
    return this.at;
  }

  /** Whether the next character is this one; skips it if so. */
  skip(character: string): boolean {
    if (this.text[this.place()] !== character) return false;
    this.at++;
    return true;
  }

  /** Throws unless the next character is this one. */
  expect(character: string, what = `'${character}'`): void {
    if (!this.skip(character)) throw this.unexpected(what);
  }

  unexpected(expected: string): Error {
    this.place();
    return this.unexpectedHere(expected);
  }

  /** Throws if anything follows. */
  end(): void {
    if (this.place() !== this.text.length) throw this.unexpected('nothing more');
  }

  string(what: string): string {
    this.expect('"', what);
    const first = this.at;
    let escapes = false;
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      // NaN, the end of the text, is not a character either.
      if (!(code >= 0x20)) throw this.unexpectedHere('the end of a string');
      if (code === 0x5c) {
        escapes = true;
        this.at++;
      }
    }
    const inside = this.text.slice(first, this.at++);
    if (!escapes) return inside;
    let value: string;
    try {
      value = JSON.parse(`"${inside}"`) as string;
    } catch {
      throw this.refuse(
        first - 1,
        `the JSON contains the string ${quote(inside)} with an invalid escape`,
      );
    }
    if (!isWellFormed(value)) {
      throw this.refuse(first - 1, 'the JSON contains a string with a lone surrogate');
    }
    return value;
  }

  /** An integer from 0 to 2^53 - 1, written in digits. */
  size(what: string): number {
    const first = this.place();
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    const digits = this.text.slice(first, this.at);
    if (digits === '' || /[.eE]/.test(this.text[this.at] ?? '')) {
      throw this.refuse(first, `${what} must be non-negative integers`);
    }
    if (digits.length > 1 && digits[0] === '0') {
      throw this.refuse(first, `${what} must be integers without leading zeros`);
    }
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) {
      throw this.refuse(first, `${what} must be below 2^53, got ${digits.slice(0, 40)}`);
    }
    return value;
  }

  /** A list of sizes, with at most as many as requested. */
  sizes(what: string, most: number): number[] {
    const first = this.place();
    const found: number[] = [];
    this.expect('[', `the list of ${what}`);
    if (this.skip(']')) return found;
    do {
      if (found.length === most) {
        throw this.refuse(first, `${what} must be at most ${most} numbers`);
      }
      found.push(this.size(what));
    } while (this.skip(','));
    this.expect(']', "',' or ']'");
    return found;
  }

  /** Parses an object; `member` parses each value. */
  object(what: string, member: (key: string, at: number) => void): void {
    const seen = new Set<string>();
    this.expect('{', what);
    if (this.skip('}')) return;
    do {
      const at = this.place();
      const key = this.string('a key');
      if (seen.has(key)) throw this.refuse(at, `the JSON contains the key ${quote(key)} twice`);
      seen.add(key);
      this.expect(':');
      member(key, at);
    } while (this.skip(','));
    this.expect('}', "',' or '}'");
  }

  private unexpectedHere(expected: string): Error {
    const got = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'its end';
    return this.refuse(this.at, `the JSON has ${got} where ${expected} should be`);
  }
}
