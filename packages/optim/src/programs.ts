// What the programs of the optimizers share: their variants, the gradient that enters, step counts.
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

/** What a step does, apart from all amounts: each combination is one program. */
export type Variant = Readonly<Record<string, boolean>>;

/**
 * The programs of an optimizer, made as they are asked for.
 *
 * @param body gives the new values of the first tensors, from all of them and the numbers.
 */
export function variants<V extends Variant>(
  name: string,
  body: (variant: V, tensors: readonly Expr[], numbers: readonly Expr[]) => readonly Expr[],
): (variant: V) => Update {
  const made = new Map<string, Update>();
  return (variant) => {
    // Every call spells its variant in the same order.
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

/** The gradient that a step follows: turned round to go up, and with a pull towards zero. */
export function followed(
  v: { readonly maximize: boolean; readonly weightDecay: boolean },
  p: Expr,
  g: Expr,
  decay: Expr,
): Expr {
  const signed = v.maximize ? scalar.neg(g) : g;
  return v.weightDecay ? scalar.add(signed, scalar.mul(decay, p)) : signed;
}

/** Whether {@link lerp} starts from the end, which is what keeps a weight of 1 exact. */
export const isHeavy = (weight: number): boolean => Math.abs(weight) >= 0.5;

/** `start + weight·(end - start)`, as PyTorch computes it. */
export function lerp(start: Expr, end: Expr, weight: Expr, heavy: boolean): Expr {
  const way = scalar.sub(end, start);
  return heavy
    ? scalar.sub(end, scalar.mul(way, scalar.sub(1, weight)))
    : scalar.add(start, scalar.mul(weight, way));
}

/** What is remembered of a parameter under a name; null if nothing is. */
export function tensorIn(state: ParamState, key: string): Tensor | null {
  const known = state[key] ?? null;
  if (known === null || known instanceof Tensor) return known;
  throw new FormatError(
    `optimizer.step: the state has ${kinds.described(known)} as '${key}', which must be a tensor; load a dict that stateDict() gave`,
  );
}

/** Counts a step of a parameter, in a scalar as PyTorch does, and gives the count back. */
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

/** What is remembered of a parameter under a name; zeros at first. */
export function remembered(state: ParamState, key: string, x: Tensor): Tensor {
  const known = tensorIn(state, key);
  if (known !== null) return known;
  const made = keep(zerosLike(x));
  state[key] = made;
  return made;
}
