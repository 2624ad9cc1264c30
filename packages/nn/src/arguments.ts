// What constructors and `forward` methods share: kinds of arguments, checks of values, factory options.
//
// Signatures are created in `/*#__PURE__*/ (() => takes…)()`. If their arguments were outside the marked call, bundlers
// would keep the signatures of unused layers.
import {
  DeviceError,
  type DType,
  empty,
  type Given,
  isDType,
  isFloat,
  kinds,
  need,
  type OptionKinds,
  type Place,
  Signature,
  Tensor,
  ValueError,
} from '@dl/core/functional';
import { classNameOf, isModule } from './members.js';
import type { AnyModule } from './module.js';

/** The device and the dtype of a layer's parameters. */
export interface FactoryOptions {
  /** The device. Default: `'cpu'`. */
  device?: string;
  /** The dtype. Default: `'float32'`. */
  dtype?: DType;
}

/** The dtype of learnable parameters. */
export const floating: kinds.Kind<DType> = /*#__PURE__*/ kinds.kind(
  'a floating-point dtype',
  (x) => typeof x === 'string' && isDType(x) && isFloat(x),
);

/** The kinds of {@link FactoryOptions}. */
export const factoryKinds: {
  readonly device: kinds.Kind<string>;
  readonly dtype: kinds.Kind<DType>;
} = /*#__PURE__*/ (() => ({ device: kinds.string, dtype: floating }))();

/** A module of any copy of this package. */
export const moduleKind: kinds.Kind<AnyModule> = /*#__PURE__*/ kinds.kind('a module', isModule);

/** Picks the factory options. The error for an unavailable device names the layer. */
export function factory(type: string, { device, dtype }: FactoryOptions): FactoryOptions {
  if (device !== undefined && device !== 'cpu') {
    try {
      empty([0], { device });
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      throw new DeviceError(error.message.replace(/^empty: /, `${type}: `));
    }
  }
  return {
    ...(device !== undefined && { device }),
    ...(dtype !== undefined && { dtype }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds arguments of all types
type Places = readonly Place<string, any>[];

/**
 * Checks the arguments of a layer's `forward`. Messages name the layer's class, which may be a subclass.
 *
 * @example
 * const attend = inputs<[query: Tensor, key: Tensor]>()([need('query', kinds.tensor), need('key', kinds.tensor)], {});
 * class Attention extends Module { forward(...given: …) { const [query, key] = attend(this, given); } }
 */
/*@__NO_SIDE_EFFECTS__*/
export const inputs =
  <A extends readonly unknown[]>() =>
  /*@__NO_SIDE_EFFECTS__*/
  <const P extends Places>(places: P, options: OptionKinds<A, P>) => {
    const known = new Map<string, Signature>();
    return (layer: AnyModule, given: Given<A, P>): A => {
      const name = `${classNameOf(layer)}.forward`;
      let signature = known.get(name);
      if (signature === undefined) {
        signature = new Signature(
          name,
          places,
          options as { readonly [name: string]: kinds.Kind<unknown> },
        );
        known.set(name, signature);
      }
      return signature.take(given) as unknown as A;
    };
  };

/** The arguments that a `forward` accepts. */
export type GivenInputs<T> = T extends (layer: AnyModule, given: infer G) => unknown ? G : never;

const oneTensor = /*#__PURE__*/ (() =>
  inputs<[x: Tensor]>()([/*#__PURE__*/ need('x', kinds.tensor)], {}))();

/** The input of a layer that takes one tensor. */
export const input = (layer: AnyModule, given: readonly [x: Tensor]): Tensor =>
  given.length === 1 && given[0] instanceof Tensor ? given[0] : oneTensor(layer, [...given])[0];

const oneValue = /*#__PURE__*/ (() =>
  inputs<[x: unknown]>()([/*#__PURE__*/ need('x', kinds.anything)], {}))();

/** The input of a layer that returns it unchanged: usually one tensor. */
export const oneInput = (layer: AnyModule, given: readonly [x: Tensor]): Tensor =>
  oneValue(layer, [...given])[0] as Tensor;

/** Throws unless a size is an integer of at least `least`. */
export function checkSize(type: string, name: string, value: number, least = 0): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ValueError(
      `${type}: ${name} must be ${kinds.integerFrom(least)}, got ${String(value)}`,
    );
  }
  return value;
}

/** Throws unless a value is a probability. */
export function checkProbability(type: string, name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) {
    throw new ValueError(`${type}: ${name} must be between 0 and 1, got ${String(value)}`);
  }
  return value;
}

/** One size for each of `rank` dimensions, from a single number or a list. */
export function sizesOf(
  type: string,
  name: string,
  value: number | readonly number[],
  rank: number,
  least: number,
): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (
    !Array.isArray(list) ||
    list.length !== rank ||
    list.some((n) => !Number.isInteger(n) || n < least)
  ) {
    throw new ValueError(
      `${type}: ${name} must be ${kinds.integerFrom(least)}${rank > 1 ? `, or a list of ${rank} of them` : ''}, got ${JSON.stringify(value)}`,
    );
  }
  return Object.freeze([...list]);
}
