// Arguments that losses share.
import { kinds, need, type Tensor, takes } from '@dl/core/functional';

/** An optional tensor. */
export const optionalTensor: kinds.Kind<Tensor | null> = /*#__PURE__*/ kinds.orNull(kinds.tensor);

/** The option `reduction`. */
export const reductionKind: kinds.Kind<'none' | 'mean' | 'sum'> = /*#__PURE__*/ kinds.oneOf(
  'none',
  'mean',
  'sum',
);

/** The tensors that a loss compares. */
export const pair = [
  /*#__PURE__*/ need('input', kinds.tensor),
  /*#__PURE__*/ need('target', kinds.tensor),
] as const;

/** The arguments of `forward` of a loss that compares two tensors. */
export type GivenPair = [input: Tensor, target: Tensor];

/** The arguments of `forward` of a class that compares two tensors. */
export const takesPair = (name: string) =>
  takes<[input: Tensor, target: Tensor]>()(`${name}.forward`, pair, {});
