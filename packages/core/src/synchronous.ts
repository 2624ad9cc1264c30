// Switches that are set while a function runs: grad mode, the random stream, memory scopes.
import { AutogradError } from './errors.js';
import { isPromise, tagOf } from './realms.js';

/** A synchronous function. */
export type Synchronous<T> = (() => T) &
  (IsKnown<T> extends true
    ? [T] extends [PromiseLike<unknown> | Generator | AsyncGenerator]
      ? { readonly 'must not be async': never }
      : unknown
    : unknown);

/** Whether a type is neither `any` nor `never`, which would match a promise. */
type IsKnown<T> = [T] extends [never] ? false : 0 extends 1 & T ? false : true;

const hasNext = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && typeof (x as Iterator<unknown>).next === 'function';

/**
 * Throws if a function's result shows that it is not synchronous: the switch would be reset too early, or stay set for
 * unrelated code in between.
 *
 * @throws AutogradError for a promise or a generator, with the form that works.
 */
export function refuseLater(name: string, result: unknown): void {
  if (isPromise(result)) {
    // The promise's own failure is not the error to report.
    Promise.resolve(result).catch(() => {});
    throw new AutogradError(
      `${name}: the function must not be async, but it returned a promise; await outside instead: const x = await next(); const y = ${name}(() => f(x));`,
    );
  }
  if (hasNext(result) && tagOf(result).endsWith('Generator')) {
    throw new AutogradError(
      `${name}: the function must not be a generator, whose body runs later; call ${name} inside it, around each step`,
    );
  }
}
