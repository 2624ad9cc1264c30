// What losses have in common in their arguments.
import { kinds, need, type Tensor, takes } from '@dl/core/functional';

/** A tensor that may be left out. */
export const optionalTensor: kinds.Kind<Tensor | null> = /*#__PURE__*/ kinds.orNull(kinds.tensor);

/** The option `reduction`. */
export const reductionKind: kinds.Kind<'none' | 'mean' | 'sum'> = /*#__PURE__*/ kinds.oneOf(
  'none',
  'mean',
  'sum',
);

/** What a loss compares. */
export const pair = [
  /*#__PURE__*/ need('input', kinds.tensor),
  /*#__PURE__*/ need('target', kinds.tensor),
] as const;

/** What `forward` of a loss takes that compares two tensors. */
export type GivenPair = [input: Tensor, target: Tensor];

/** What `forward` of a class takes that compares two tensors. */
export const takesPair = (name: string) =>
  takes<[input: Tensor, target: Tensor]>()(`${name}.forward`, pair, {});
