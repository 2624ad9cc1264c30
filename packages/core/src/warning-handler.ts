// The handler of warnings.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import { handWarnings } from './warn.js';

/**
 * Sends warnings to a handler instead of `console.warn`; null restores `console.warn`. Earlier warnings may be shown
 * again.
 *
 * @example setWarningHandler(() => {}); // silence
 */
export const setWarningHandler = /*#__PURE__*/ callable(
  'setWarningHandler',
  handWarnings,
  [/*#__PURE__*/ need('to', /*#__PURE__*/ kinds.orNull(kinds.callback))],
  {},
);
