// Ranges of positions, for indexing.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { ValueError } from '../../errors.js';

function sliceOf(start: number | null, stop: number | null, step = 1): string {
  if (step < 1) {
    throw new ValueError(
      `slice: step must be a positive integer, got ${step}; use flip() for the other direction`,
    );
  }
  const range = `${start ?? ''}:${stop ?? ''}`;
  return step === 1 ? range : `${range}:${step}`;
}

/**
 * A range of positions for `x.at` and `x.set`, from numbers (Python: `slice(start, stop, step)`): the same as the text
 * `'start:stop:step'`. Negative positions count from the end; null stands for the beginning or the end.
 *
 * @returns the text, which may be given in its place.
 * @throws ValueError for a step that is not positive.
 * @example arange(6).at(slice(1, 4)) // tensor([1, 2, 3], dtype=torch.int32)
 */
export const slice = /*#__PURE__*/ callable(
  'slice',
  sliceOf,
  [
    /*#__PURE__*/ need('start', /*#__PURE__*/ kinds.orNull(kinds.integer)),
    /*#__PURE__*/ need('stop', /*#__PURE__*/ kinds.orNull(kinds.integer)),
    /*#__PURE__*/ may('step', kinds.integer),
  ],
  {},
);
