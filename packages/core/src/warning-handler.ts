// Where warnings go.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import { handWarnings } from './warn.js';

/**
 * Has warnings go somewhere else than to `console.warn`; null puts them back there. Whatever was said
 * before may be said again.
 *
 * @example setWarningHandler(() => {}); // silence
 */
export const setWarningHandler = /*#__PURE__*/ callable(
  'setWarningHandler',
  handWarnings,
  [/*#__PURE__*/ need('to', /*#__PURE__*/ kinds.orNull(kinds.callback))],
  {},
);
