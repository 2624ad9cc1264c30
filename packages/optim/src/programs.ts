// What the programs of the optimizers share: variants, the effective gradient, step counts.
import {
  defineUpdate,
  FormatError,
  fill_,
  keep,
  kinds,
  scalar,
  Tensor,
  tensor,
  type Update,
  zerosLike,
} from '@dl/core/functional';
import type { ParamState } from './optimizer.js';

/** An element of a tensor, or a run-time number, in a program. */
export type Expr = scalar.Expr;

/** The flags that determine a step's program; each combination is a separate program. */
export type Variant = Readonly<Record<string, boolean>>;

/**
 * The programs of an optimizer, created on demand.
 *
 * @param body returns the new values of the first tensors, given all tensors and the numbers.
 */
export function variants<V extends Variant>(
  name: string,
  body: (variant: V, tensors: readonly Expr[], numbers: readonly Expr[]) => readonly Expr[],
): (variant: V) => Update {
  const made = new Map<string, Update>();
  return (variant) => {
    // Every call lists the flags in the same order.
    let key = '';
    for (const on of Object.values(variant)) key += on ? '1' : '0';
    let update = made.get(key);
    if (update === undefined) {
      update = defineUpdate(name, (tensors, numbers) => body(variant, tensors, numbers));
      made.set(key, update);
    }
    return update;
  };
}

/** The gradient that a step uses: negated to maximize, plus weight decay. */
export function followed(
  v: { readonly maximize: boolean; readonly weightDecay: boolean },
  p: Expr,
  g: Expr,
  decay: Expr,
): Expr {
  const signed = v.maximize ? scalar.neg(g) : g;
  return v.weightDecay ? scalar.add(signed, scalar.mul(decay, p)) : signed;
}

/** Whether {@link lerp} computes from the end, which makes a weight of 1 exact. */
export const isHeavy = (weight: number): boolean => Math.abs(weight) >= 0.5;

/** `start + weight·(end - start)`, as PyTorch computes it. */
export function lerp(start: Expr, end: Expr, weight: Expr, heavy: boolean): Expr {
  const way = scalar.sub(end, start);
  return heavy
    ? scalar.sub(end, scalar.mul(way, scalar.sub(1, weight)))
    : scalar.add(start, scalar.mul(weight, way));
}

/** The state of a parameter under a name, or null. */
export function tensorIn(state: ParamState, key: string): Tensor | null {
  const known = state[key] ?? null;
  if (known === null || known instanceof Tensor) return known;
  throw new FormatError(
    `optimizer.step: the state '${key}' must be a tensor, not ${kinds.described(known)}; load a dict from stateDict()`,
  );
}

/** Increments and returns the step count of a parameter, kept in a scalar tensor as in PyTorch. */
export function nextStep(state: ParamState): number {
  const known = tensorIn(state, 'step');
  if (known === null) {
    state.step = tensor(1);
    return 1;
  }
  const count = known.item() + 1;
  fill_(known, count);
  return count;
}

/** The state of a parameter under a name, created as zeros. */
export function remembered(state: ParamState, key: string, x: Tensor): Tensor {
  const known = tensorIn(state, key);
  if (known !== null) return known;
  const made = keep(zerosLike(x));
  state[key] = made;
  return made;
}
