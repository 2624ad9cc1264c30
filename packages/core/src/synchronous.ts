// Switches that hold while a function runs: the recording of gradients, the random stream, scopes of memory.
import { AutogradError } from './errors.js';
import { isPromise, tagOf } from './realms.js';

/** A function that does its work before it returns. */
export type Synchronous<T> = (() => T) &
  (IsKnown<T> extends true
    ? [T] extends [PromiseLike<unknown> | Generator | AsyncGenerator]
      ? { readonly 'must not be async': never }
      : unknown
    : unknown);

/** Whether a type is neither `any` nor `never`, which would pass for a promise. */
type IsKnown<T> = [T] extends [never] ? false : 0 extends 1 & T ? false : true;

const hasNext = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && typeof (x as Iterator<unknown>).next === 'function';

/**
 * Refuses what a function returns that has not done its work: the switch would be turned back too early, or would hold
 * for unrelated code in between.
 *
 * @throws AutogradError for a promise or a generator, with the form that works.
 */
export function refuseLater(name: string, result: unknown): void {
  if (isPromise(result)) {
    // Its failure is not the one to tell.
    Promise.resolve(result).catch(() => {});
    throw new AutogradError(
      `${name}: the function must not be async, it returned a promise; do the waiting outside: const x = await next(); const y = ${name}(() => f(x));`,
    );
  }
  if (hasNext(result) && tagOf(result).endsWith('Generator')) {
    throw new AutogradError(
      `${name}: the function must not be a generator, whose body runs later; call ${name} inside it, around each step`,
    );
  }
}
