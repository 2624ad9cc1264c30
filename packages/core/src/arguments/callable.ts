// Functions that take their arguments by position or by name.
import type { Tensor } from '../tensor.js';
import type { Kind } from './kinds.js';
import { type Place, Signature } from './signature.js';

// biome-ignore lint/suspicious/noExplicitAny: inference needs to accept any function
type AnyFunction = (...args: any) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: one list holds parameters of all types
type Places = readonly Place<string, any>[];

/** As many leading arguments as there are positional parameters, each given. */
type InPlace<A extends readonly unknown[], P extends Places> = P extends readonly [
  unknown,
  ...infer R extends Places,
]
  ? A extends readonly [(infer X)?, ...infer B]
    ? [X, ...InPlace<B, R>]
    : []
  : [];

/** The options after the positional arguments; never if there are none. */
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

/** A name for the last positional parameter. */
type Named<L, P> = P extends { readonly name: infer N extends string; readonly optional: true }
  ? { readonly [K in N]?: L }
  : P extends { readonly name: infer N extends string }
    ? { readonly [K in N]: L }
    : never;

/** The leading tensors must be positional, unless `All` parameters may be given by name. */
type TensorPlaces = readonly Place<string, Tensor, false>[];

/** The arguments with more and more of the last ones given by name; the first one too if `All` says so. */
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

/** Positional arguments followed by options, which may be left out if none is required. */
type Form<H extends readonly unknown[], O> =
  Partial<O> extends O ? [...H, options?: Plain<O>] : [...H, options: Plain<O>];

/** Names for all positional parameters. */
type AllNamed<A extends readonly unknown[], P extends Places> = P extends readonly [
  infer F,
  ...infer R extends Places,
]
  ? A extends readonly [(infer X)?, ...infer B]
    ? Named<X, F> & AllNamed<B, R>
    : unknown
  : unknown;

type Element<L> = Extract<L, readonly unknown[]>[number];

/** Arguments that end with any number of values of one kind, then options, if there are any. */
type Behind<L extends readonly unknown[], O> =
  | (Partial<O> extends O ? L : never)
  | ([keyof O] extends [never] ? never : [...L, Plain<O>]);

/** The arguments with a list written out as separate arguments; `H` are those before it. */
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

/** What may be passed to a function with these arguments and parameters; `All`: the first one by name too. */
export type Given<A extends readonly unknown[], P extends Places, All extends boolean = false> =
  | A
  | ByName<InPlace<A, P>, P, Options<A, P>, All>
  | Spread<A, P, Options<A, P>>;

/** A function whose arguments after the first may also be given by name. */
export type Callable<F extends AnyFunction, P extends Places> = (
  ...args: Given<Parameters<F>, P>
) => ReturnType<F>;

/** The kinds of all options of a function with these arguments, in PyTorch's order; no option can be forgotten. */
export type OptionKinds<A extends readonly unknown[], P extends Places> = [
  OptionsOf<A, P>,
] extends [never]
  ? Record<never, never>
  : // biome-ignore lint/suspicious/noExplicitAny: one table holds kinds of all types
    { readonly [K in keyof Required<OptionsOf<A, P>>]: Kind<any> };

/**
 * A function with its signature attached, which tests and tables read; `bare` is called once the arguments are in
 * order.
 */
export const signed = <F extends object>(f: F, signature: Signature, bare?: object): F =>
  Object.defineProperties(f, {
    name: { value: signature.name },
    signature: { value: signature },
    bare: { value: bare },
  });

/**
 * Wraps a function with positional arguments and trailing options: every argument after the first may also be given by
 * name, and whatever would be ignored is refused.
 *
 * @example
 * const scaleOf = (x: Tensor, by: number, options: { dtype?: DType } = {}): Tensor =>
 *   x.mul(by).to(options.dtype ?? x.dtype);
 * const scale = callable('scale', scaleOf, [need('x', kinds.tensor), need('by', kinds.number)], {
 *   dtype: kinds.dtype,
 * });
 * scale(x, 2); scale(x, { by: 2, dtype: 'float64' });
 *
 * @param quick what is called if `Signature.fits`: all arguments are in their positions, operands are tensors or numbers.
 */
/*@__NO_SIDE_EFFECTS__*/
export function callable<F extends AnyFunction, const P extends Places>(
  name: string,
  f: F,
  places: P,
  options: OptionKinds<Parameters<F>, P>,
  quick: AnyFunction = f,
): Callable<F, P> {
  const signature = new Signature(
    name,
    places,
    options as { readonly [name: string]: Kind<unknown> },
  );
  // Rest arguments allocate an array at every call, so positional arguments are passed on as they are.
  const called = function (a?: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: as above
    const given = arguments;
    return given.length <= 4 && signature.fits(a, b, c, d)
      ? quick(a, b, c, d)
      : f(...signature.take([...given]));
  };
  return signed(called, signature, quick) as unknown as Callable<F, P>;
}

/** The same for a function that takes any number of values of one kind after its positional parameters. */
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

/** The parameters of a constructor: see {@link takes}. */
export interface Taker<A extends readonly unknown[], P extends Places> {
  /** The arguments in positional order, the options last. */
  take(given: Given<A, P, true>): A;
}

/** What may be passed to a taker. */
export type GivenTo<T> = T extends Taker<infer A, infer P> ? Given<A, P, true> : never;

/**
 * The same for a constructor or a method whose positional arguments have the types `A`. All of them may be given by
 * name.
 *
 * @example
 * const scale = takes<[factor: number, options?: { bias?: boolean }]>()(
 *   'Scale', [need('factor', kinds.number)], { bias: kinds.boolean });
 * class Scale {
 *   constructor(...given: GivenTo<typeof scale>) {
 *     const [factor, options = {}] = scale.take(given);
 *     console.log(factor, options.bias);
 *   }
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
