// Reductions of the losses of single elements.
import {
  type Arg,
  DTypeError,
  type Elementwise,
  inFloat32,
  isFloat,
  mean,
  mul,
  ShapeError,
  sum,
  type Tensor,
  warnOnce,
} from '@dl/core/functional';

/** `'mean'` and `'sum'` return a scalar, `'none'` a loss for each element or item. */
export type Reduction = 'none' | 'mean' | 'sum';

/** The option that every loss takes. */
export interface LossOptions {
  /** The reduction to apply. Default: `'mean'`. */
  reduction?: Reduction;
}

const show = (x: Tensor): string => `[${x.shape.join(', ')}]`;

/** Throws for an argument, called `what` in the message, that is not floating-point. */
export function checkFloating(loss: string, what: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new DTypeError(
    `${loss}: the ${what} must be floating-point, got ${x.dtype}; use ${what}.to('float32')`,
  );
}

/** Warns, as PyTorch does, that a target of another shape is broadcast, which is rarely intended. */
export function warnOfBroadcast(loss: string, input: Tensor, target: Tensor): void {
  if (show(input) === show(target)) return;
  warnOnce(
    `${loss} broadcasts`,
    `${loss}: an input of shape ${show(input)} and a target of shape ${show(target)} are broadcast to a common shape; ` +
      `if that is not intended, ${fixOf(input, target)}`,
  );
}

const fixOf = (input: Tensor, target: Tensor): string =>
  input.count === target.count
    ? `use target.view([${input.shape.join(', ')}])`
    : 'use squeeze() or unsqueeze() if one of them has an extra dimension';

/**
 * Throws for input and target of different shapes, as PyTorch does.
 */
export function checkSameShape(loss: string, input: Tensor, target: Tensor): void {
  if (show(input) === show(target)) return;
  throw new ShapeError(
    `${loss}: input of shape ${show(input)} and target of shape ${show(target)} must have the same shape; ${fixOf(input, target)}`,
  );
}

/**
 * Computes an elementwise loss with a reduction. Without a weight, a sum or mean takes one pass over
 * memory.
 */
export function reduceElementwise(
  operator: Elementwise,
  args: readonly Arg[],
  reduction: Reduction,
  weight: Tensor | null = null,
): Tensor {
  if (weight === null && reduction !== 'none') {
    return operator.applySum(args, reduction === 'sum' ? null : 'count');
  }
  if (weight === null) return operator.apply(args);
  const tensors = args.filter((x): x is Tensor => typeof x !== 'number');
  return inFloat32([weight, ...tensors], (factors, ...wide) => {
    let next = 0;
    const each = operator.apply(args.map((x) => (typeof x === 'number' ? x : wide[next++])));
    return reduce(mul(each, factors), reduction);
  });
}

/** Reduces losses that are already computed. */
export function reduce(each: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return each;
  return reduction === 'sum' ? sum(each) : mean(each);
}
