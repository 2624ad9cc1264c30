// Signatures: which arguments a function takes, by position or by name in a trailing options object. Nothing is
// ignored.
import { dtypeOfPyTorch } from '../dtype.js';
import { ValueError } from '../errors.js';
import { isPlain } from '../realms.js';
import { instead } from './instead.js';
import {
  described,
  dtype as dtypeKind,
  isTensor,
  type Kind,
  operand as operandKind,
  string as stringKind,
  tensor as tensorKind,
  type WrittenOut,
} from './kinds.js';
import { nearest } from './nearest.js';

/** A parameter that may be given by position. */
export interface Place<N extends string = string, T = unknown, O extends boolean = boolean> {
  readonly name: N;
  readonly kind: Kind<T>;
  readonly optional: O;
}

/** A list that may be written out as separate arguments, as in `permute(x, 0, 2, 1)`. */
export interface ListPlace<N extends string = string, T = unknown, O extends boolean = boolean>
  extends Place<N, T, O> {
  readonly kind: WrittenOut<T>;
}

/** A required parameter. */
export function need<const N extends string, T>(
  name: N,
  kind: WrittenOut<T>,
): ListPlace<N, T, false>;
export function need<const N extends string, T>(name: N, kind: Kind<T>): Place<N, T, false>;
/*@__NO_SIDE_EFFECTS__*/
export function need<N extends string, T>(name: N, kind: Kind<T>): Place<N, T, false> {
  return { name, kind, optional: false };
}

/** An optional parameter. */
export function may<const N extends string, T>(name: N, kind: WrittenOut<T>): ListPlace<N, T, true>;
export function may<const N extends string, T>(name: N, kind: Kind<T>): Place<N, T, true>;
/*@__NO_SIDE_EFFECTS__*/
export function may<N extends string, T>(name: N, kind: Kind<T>): Place<N, T, true> {
  return { name, kind, optional: true };
}

// biome-ignore lint/suspicious/noExplicitAny: one table holds kinds of all types
type AnyKind = Kind<any>;
// biome-ignore lint/suspicious/noExplicitAny: one list holds parameters of all types
type AnyPlace = Place<string, any>;
type Options = Record<string, unknown>;

/** Whether a value is an options object: a plain object, of this realm or another. */
export const isOptionsObject = (x: unknown): x is Options =>
  // Tensors and lists are the most frequent arguments, so they are recognized first.
  typeof x === 'object' && x !== null && !isTensor(x) && !Array.isArray(x) && isPlain(x);

/** Whether a value may be a positional argument without further checks: anything but a plain object. */
function stands({ kind, optional }: AnyPlace, value: unknown): boolean {
  if (value === undefined) return optional;
  if (kind === tensorKind) return isTensor(value);
  if (kind === operandKind) return typeof value === 'number' || isTensor(value);
  return (
    (typeof value !== 'object' || value === null || isTensor(value) || Array.isArray(value)) &&
    kind.is(value)
  );
}

/** A value as it could be written in code. */
const brief = (value: unknown): string =>
  typeof value === 'object' || typeof value === 'function' ? '…' : described(value);

/** The signature of a function, a method, a constructor or a loader. */
export class Signature {
  private readonly names: readonly string[];
  private readonly optionNames: readonly string[];

  /**
   * @param name the function as users call it, for messages.
   * @param places the parameters that may be given by position.
   * @param options the parameters that can be given by name only, in PyTorch's order.
   * @param first the first parameter that may be given by name: for a function the one after its tensor, for a class or
   *   a method any.
   */
  constructor(
    readonly name: string,
    readonly places: readonly AnyPlace[],
    readonly options: { readonly [name: string]: AnyKind },
    /** The kind of any further arguments, for functions that take any number of them. */
    readonly further: AnyPlace | null = null,
    readonly first: 0 | 1 = 1,
  ) {
    this.names = places.map((p) => p.name);
    this.optionNames = Object.keys(options);
  }

  /**
   * The arguments in positional order, with the options (if there are any) after the last one.
   *
   * @throws ValueError for an unknown name, a surplus argument, one that is missing or given twice, or one of another
   *   kind; DTypeError where a tensor was expected.
   */
  take(given: readonly unknown[]): readonly unknown[] {
    const { places } = this;
    if (this.further !== null) return this.takeMany(given, this.further);
    let count = given.length;
    // An argument that is undefined counts as left out.
    while (count > 0 && given[count - 1] === undefined) count--;
    if (count > places.length || (count > 0 && isOptionsObject(given[count - 1]))) {
      return this.takeAll(given, count);
    }
    for (let i = 0; i < places.length; i++) {
      const value = given[i];
      const place = places[i];
      if (value === undefined) {
        if (!place.optional) this.missing(place);
      } else if (!place.kind.is(value)) return this.takeAll(given, count);
    }
    return given.length > count ? given.slice(0, count) : given;
  }

  /**
   * Whether up to four arguments are all positional and of the right kinds, so that nothing else is needed. Possible
   * options are left to `take`.
   */
  fits(a: unknown, b: unknown, c: unknown, d: unknown): boolean {
    const { places } = this;
    const n = places.length;
    return (
      (n > 0 ? stands(places[0], a) : a === undefined) &&
      (n > 1 ? stands(places[1], b) : b === undefined) &&
      (n > 2 ? stands(places[2], c) : c === undefined) &&
      (n > 3 ? stands(places[3], d) : d === undefined) &&
      n < 5
    );
  }

  /** The same for a function of any number of arguments; it never matches options. */
  private takeMany(given: readonly unknown[], further: AnyPlace): readonly unknown[] {
    for (let i = 0; i < Math.max(given.length, this.places.length); i++) {
      const place = this.places[i] ?? further;
      if (i >= given.length) this.missing(place);
      const value = given[i];
      if (place.kind.is(value)) continue;
      // No options are accepted here; for options of PyTorch the message says what to write instead.
      const option = Object.keys(isOptionsObject(value) ? value : {}).find(
        (n) => instead(n) !== null,
      );
      if (option !== undefined) this.unknown(option);
      this.refuse(place.name, place.kind, value);
    }
    return given;
  }

  /** The same if the arguments contain options, a list written out as separate arguments, or a mistake. */
  private takeAll(given: readonly unknown[], count: number): readonly unknown[] {
    const { places } = this;
    const last = given[count - 1];
    // A plain object for a parameter that accepts one is that argument.
    const own = places[count - 1];
    const options = count > 0 && isOptionsObject(last) && own?.kind.is(last) !== true ? last : null;
    let plain = options === null ? count : count - 1;
    let values: unknown[] = given.slice(0, plain);
    const spread = places.findIndex(({ kind }) => kind.each !== undefined);
    const each = places[spread]?.kind.each;
    if (each?.is(values[spread])) {
      // All following arguments that fit belong to the list.
      let end = spread;
      while (end < plain && each.is(values[end])) end++;
      values = [...values.slice(0, spread), values.slice(spread, end), ...values.slice(end)];
      plain = values.length;
    }
    const [first] = places;
    if (first !== undefined && plain > 0 && values[0] !== undefined && !first.kind.is(values[0])) {
      this.refuse(first.name, first.kind, values[0], 0);
    }
    if (plain > places.length) this.surplus(values);
    const out: unknown[] = places.map((_, i) => values[i]);
    if (options !== null) {
      out.push(this.byName(options, out));
    }
    for (const [i, place] of places.entries()) {
      const value = out[i];
      if (value === undefined) {
        if (!place.optional) this.missing(place);
      } else if (!place.kind.is(value)) this.refuse(place.name, place.kind, value, i);
    }
    return out;
  }

  /** Moves named arguments to their positions; returns the remaining options. */
  private byName(options: Options, out: unknown[]): Options {
    const rest: Options = {};
    for (const name of Object.keys(options)) {
      const value = options[name];
      const i = this.names.indexOf(name);
      if (i >= this.first) {
        if (value === undefined) continue;
        if (out[i] !== undefined) this.fail(`${name} is given twice, by position and by name`);
        out[i] = value;
        continue;
      }
      const kind = Object.hasOwn(this.options, name) ? this.options[name] : undefined;
      if (kind === undefined) this.unknown(name);
      else if (value !== undefined) {
        if (!kind.is(value)) this.refuse(name, kind, value);
        rest[name] = value;
      }
    }
    return rest;
  }

  private fail(text: string): never {
    throw new ValueError(`${this.name}: ${text}`);
  }

  private missing(place: AnyPlace): never {
    const { words, error = ValueError } = place.kind;
    throw new error(`${this.name}: ${place.name} is missing; it must be ${words}`);
  }

  private unknown(name: string): never {
    const all = [...this.names.slice(this.first), ...this.optionNames];
    const elsewhere = instead(name);
    if (elsewhere !== null) return this.fail(`unknown option '${name}'; ${elsewhere}`);
    if (all.length === 0) return this.fail(`unknown option '${name}'; there are no options`);
    const right = nearest(name, all);
    return this.fail(
      `unknown option '${name}'; ${right === null ? '' : `did you mean ${right}? `}the options are ${all.join(', ')}`,
    );
  }

  private refuse(name: string, kind: AnyKind, value: unknown, place = -1): never {
    const { words, error = ValueError } = kind;
    // Given by position instead of in options: `x.sum(0, true)`, `new Linear(3, 4, false)` where dim or bias may be
    // left out.
    const meant = place > 0 ? this.meant(value, place) : null;
    const fix =
      kind === tensorKind && typeof value === 'object'
        ? 'tensor(...) makes one from numbers and arrays'
        : kind === dtypeKind && typeof value === 'string'
          ? (dtypeOfPyTorch(value)?.hint ?? meant)
          : meant;
    throw new error(
      `${this.name}: ${name} must be ${words}, not ${described(value)}${fix === null ? '' : `; ${fix}`}`,
    );
  }

  /** Where an argument belongs that was given in the position of another. */
  private meant(value: unknown, place: number): string | null {
    // A string fits any parameter that accepts strings, so it tells nothing.
    const name = this.optionNames.find((n) => {
      const kind = this.options[n];
      return kind?.is(value) === true && kind !== stringKind;
    });
    if (name === undefined || place < this.places.length - 1) return null;
    return `to set ${name}, write { ${name}: ${brief(value)} }`;
  }

  private surplus(values: readonly unknown[]): never {
    const most = this.places.length;
    // In PyTorch the options follow in this order; otherwise it may be any option that accepts the value.
    const shown = values.slice(most).flatMap((value, k) => {
      const fits = (n: string | undefined): boolean =>
        n !== undefined && this.options[n]?.is(value) === true;
      const there = this.optionNames[k];
      const name = fits(there) ? there : this.optionNames.find(fits);
      return name === undefined ? [] : [{ name, text: `${name}: ${brief(value)}` }];
    });
    const count =
      most === 0
        ? this.optionNames.length === 0
          ? 'no arguments'
          : 'nothing but options'
        : most === 1
          ? 'one argument'
          : `at most ${most} arguments`;
    const takes = `takes ${count}, not ${values.length}`;
    if (shown.length === 0) {
      const others =
        this.optionNames.length === 0 ? '' : `; the options are ${this.optionNames.join(', ')}`;
      return this.fail(`${takes}${others}`);
    }
    const subject = shown.map(({ name }) => name).join(' and ');
    const texts = shown.map(({ text }) => text).join(', ');
    return this.fail(`${takes}; pass ${subject} in the options: { ${texts} }`);
  }
}
