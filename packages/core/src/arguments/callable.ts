// Functions that take their arguments in place or by name.
import type { Tensor } from '../tensor.js';
import type { Kind } from './kinds.js';
import { type Place, Signature } from './signature.js';

// biome-ignore lint/suspicious/noExplicitAny: what is inferred from is any function
type AnyFunction = (...args: any) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: places of all types stand in one list
type Places = readonly Place<string, any>[];

/** As many of the first arguments as there are places, each given. */
type InPlace<A extends readonly unknown[], P extends Places> = P extends readonly [
  unknown,
  ...infer R extends Places,
]
  ? A extends readonly [(infer X)?, ...infer B]
    ? [X, ...InPlace<B, R>]
    : []
  : [];

/** The options behind the places; never where there are none. */
type OptionsOf<A extends readonly unknown[], P extends Places> = P extends readonly [
  unknown,
  ...infer R extends Places,
]
  ? A extends readonly [unknown?, ...infer B]
    ? OptionsOf<B, R>
    : never
  : A extends readonly [(infer O)?, ...unknown[]]
    ? unknown extends O
      ? never
      : Exclude<O, undefined>
    : never;

type Plain<T> = { [K in keyof T]: T[K] };

/** A name for the last place. */
type Named<L, P> = P extends { readonly name: infer N extends string; readonly optional: true }
  ? { readonly [K in N]?: L }
  : P extends { readonly name: infer N extends string }
    ? { readonly [K in N]: L }
    : never;

/** The tensors at the front have to stand in place, unless `All` places may be given by name. */
type TensorPlaces = readonly Place<string, Tensor, false>[];

/** The arguments with the last places given by name, one after the other; the first one too if `All` says so. */
type ByName<A extends readonly unknown[], P extends Places, O, All extends boolean> = [
  All,
  P,
] extends [false, TensorPlaces]
  ? never
  : P extends readonly [...infer HP extends Places, infer LP]
    ? A extends readonly [...infer H, (infer L)?]
      ? HP extends readonly []
        ? All extends true
          ? Form<H, O & Named<L, LP>>
          : never
        : Form<H, O & Named<L, LP>> | ByName<H, HP, O & Named<L, LP>, All>
      : never
    : never;

/** Arguments in place and then options, which may be left out where none has to be given. */
type Form<H extends readonly unknown[], O> =
  Partial<O> extends O ? [...H, options?: Plain<O>] : [...H, options: Plain<O>];

/** Names for all places. */
type AllNamed<A extends readonly unknown[], P extends Places> = P extends readonly [
  infer F,
  ...infer R extends Places,
]
  ? A extends readonly [(infer X)?, ...infer B]
    ? Named<X, F> & AllNamed<B, R>
    : unknown
  : unknown;

type Element<L> = Extract<L, readonly unknown[]>[number];

/** Arguments of which the last ones are as many as one likes, and then options, if there are any. */
type Behind<L extends readonly unknown[], O> =
  | (Partial<O> extends O ? L : never)
  | ([keyof O] extends [never] ? never : [...L, Plain<O>]);

/** The arguments with a list written out; `H` are those in front of it. */
type Spread<
  A extends readonly unknown[],
  P extends Places,
  O,
  H extends readonly unknown[] = [],
> = P extends readonly [infer F, ...infer R extends Places]
  ? A extends readonly [(infer X)?, ...infer B]
    ? F extends { readonly kind: { readonly each: unknown } }
      ? Behind<[...H, Element<X>, ...Element<X>[]], O & AllNamed<B, R>>
      : Spread<B, R, O, [...H, X]>
    : never
  : never;

type Options<A extends readonly unknown[], P extends Places> = [OptionsOf<A, P>] extends [never]
  ? object
  : OptionsOf<A, P>;

/** What may be given to a function with these arguments and places; `All`: the first one by name too. */
export type Given<A extends readonly unknown[], P extends Places, All extends boolean = false> =
  | A
  | ByName<InPlace<A, P>, P, Options<A, P>, All>
  | Spread<A, P, Options<A, P>>;

/** A function that takes the arguments behind its first one by name too. */
export type Callable<F extends AnyFunction, P extends Places> = (
  ...args: Given<Parameters<F>, P>
) => ReturnType<F>;

/** The kinds of all options of a function with these arguments, in PyTorch's order; no option can be forgotten. */
export type OptionKinds<A extends readonly unknown[], P extends Places> = [
  OptionsOf<A, P>,
] extends [never]
  ? Record<never, never>
  : // biome-ignore lint/suspicious/noExplicitAny: kinds of all types stand in one table
    { readonly [K in keyof Required<OptionsOf<A, P>>]: Kind<any> };

/**
 * A function under the name of its signature, which tests and tables find there; `bare`: what it calls once its
 * arguments are in their places.
 */
export const signed = <F extends object>(f: F, signature: Signature, bare?: object): F =>
  Object.defineProperties(f, {
    name: { value: signature.name },
    signature: { value: signature },
    bare: { value: bare },
  });

/**
 * The function users call for one whose arguments stand in place with the options last: it takes every argument behind
 * the first one by name too, and refuses what it would have to ignore.
 *
 * @example
 * const scale = callable('scale', (x: Tensor, by: number, options?: { dtype?: DType }) => …,
 *   [need('x', kinds.tensor), need('by', kinds.number)], { dtype: kinds.dtype });
 * scale(x, 2); scale(x, { by: 2, dtype: 'float64' });
 */
/*@__NO_SIDE_EFFECTS__*/
export function callable<F extends AnyFunction, const P extends Places>(
  name: string,
  f: F,
  places: P,
  options: OptionKinds<Parameters<F>, P>,
): Callable<F, P> {
  const signature = new Signature(
    name,
    places,
    options as { readonly [name: string]: Kind<unknown> },
  );
  // Rest arguments cost an array at every call: those that stand in place go through as they are.
  const called = function (a?: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: as above
    const given = arguments;
    return given.length <= 4 && signature.fits(a, b, c, d)
      ? f(a, b, c, d)
      : f(...signature.take([...given]));
  };
  return signed(called, signature, f) as unknown as Callable<F, P>;
}

/** The same for a function of any number of arguments behind its places, all of one kind. */
export function variadic<F extends AnyFunction>(
  name: string,
  f: F,
  places: Places,
  // biome-ignore lint/suspicious/noExplicitAny: of any kind
  further: Place<string, any>,
): F {
  const signature = new Signature(name, places, {}, further);
  const called = (...given: unknown[]): unknown => f(...signature.take(given));
  return signed(called, signature) as F;
}

/** What a constructor takes: see {@link takes}. */
export interface Taker<A extends readonly unknown[], P extends Places> {
  /** The arguments in their places, the options last. */
  take(given: Given<A, P, true>): A;
}

/** What may be given to a taker. */
export type GivenTo<T> = T extends Taker<infer A, infer P> ? Given<A, P, true> : never;

/**
 * The same for a constructor or a method, whose arguments in place are of the types `A`. All of them may be given by
 * name.
 *
 * @example
 * const linear = takes<[inFeatures: number, outFeatures: number, options?: LinearOptions]>()(
 *   'Linear', [need('inFeatures', kinds.integer), need('outFeatures', kinds.integer)], { bias: kinds.boolean });
 * class Linear {
 *   constructor(...given: GivenTo<typeof linear>) { const [inFeatures, outFeatures, options = {}] = linear.take(given); }
 * }
 */
/*@__NO_SIDE_EFFECTS__*/
export const takes =
  <A extends readonly unknown[]>() =>
  /*@__NO_SIDE_EFFECTS__*/
  <const P extends Places>(name: string, places: P, options: OptionKinds<A, P>): Taker<A, P> =>
    new Signature(
      name,
      places,
      options as { readonly [name: string]: Kind<unknown> },
      null,
      0,
    ) as unknown as Taker<A, P>;
