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

/** What may be given to a taker whose first argument is any object, and so has to stand in its place. */
export type GivenBehind<T> = T extends Taker<infer A, infer P> ? Given<A, P> : never;

const ofType = <T>(words: string, is: (x: unknown) => boolean): kinds.Kind<T> => ({
  .../*#__PURE__*/ kinds.kind<T>(words, is),
  error: DTypeError,
});

export const source = /*#__PURE__*/ ofType<LoadSource>(SOURCES, isSource);

/** @param bytes The function that gives the bytes, for those who have no such target. */
/*@__NO_SIDE_EFFECTS__*/
export const target = (bytes?: string): kinds.Kind<SaveTarget> =>
  ofType(bytes === undefined ? TARGETS : `${TARGETS} (${bytes} gives the bytes)`, isTarget);

/** Plain objects alone: a Map or a model would pass for one without tensors. */
export const tensorsByName = /*#__PURE__*/ ofType<Readonly<Record<string, Tensor>>>(
  'an object of tensors by name, such as model.stateDict()',
  isOptionsObject,
);
export const textByName = /*#__PURE__*/ ofType<Readonly<Record<string, string>>>(
  'an object of strings by name',
  isOptionsObject,
);
