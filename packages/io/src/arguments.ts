// Kinds of arguments of the functions for files.
import {
  DTypeError,
  type Given,
  isOptionsObject,
  kinds,
  type Taker,
  type Tensor,
} from '@dl/core/functional';
import { isTarget, type SaveTarget, TARGETS } from './bytes/sink.js';
import { isSource, type LoadSource, SOURCES } from './bytes/source.js';

/** The arguments of a taker whose first argument may be any object, and therefore must be positional. */
export type GivenBehind<T> = T extends Taker<infer A, infer P> ? Given<A, P> : never;

const ofType = <T>(words: string, is: (x: unknown) => boolean): kinds.Kind<T> => ({
  .../*#__PURE__*/ kinds.kind<T>(words, is),
  error: DTypeError,
});

export const source = /*#__PURE__*/ ofType<LoadSource>(SOURCES, isSource);

/** @param bytes the function that returns the bytes, for users without such a target. */
/*@__NO_SIDE_EFFECTS__*/
export const target = (bytes?: string): kinds.Kind<SaveTarget> =>
  ofType(bytes === undefined ? TARGETS : `${TARGETS} (${bytes} returns the bytes)`, isTarget);

/** Plain objects only: a Map or a model would count as an object without tensors. */
export const tensorsByName = /*#__PURE__*/ ofType<Readonly<Record<string, Tensor>>>(
  'an object of tensors by name, such as model.stateDict()',
  isOptionsObject,
);
export const textByName = /*#__PURE__*/ ofType<Readonly<Record<string, string>>>(
  'an object of strings by name',
  isOptionsObject,
);
