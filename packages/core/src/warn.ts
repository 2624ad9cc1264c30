// Warnings about likely mistakes, each shown once.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';

/** Takes a warning's text. */
export type WarningHandler = (message: string) => void;

const said = new Set<string>();
let handler: WarningHandler | null = null;

/**
 * Shows a warning once per process.
 *
 * @param key identifies the warning.
 * @param message the operator, what looks like a mistake, and the fix.
 * @example warnOnce('mine', 'train: the learning rate is 0; nothing will be learned')
 */
export function warnOnce(key: string, message: string): void {
  if (said.has(key)) return;
  said.add(key);
  (handler ?? console.warn)(message);
}

function setWarningHandlerOf(to: WarningHandler | null): void {
  handler = to;
  said.clear();
}

/**
 * Sends warnings to a handler instead of `console.warn`; null restores `console.warn`. Earlier warnings may be shown
 * again.
 *
 * @example setWarningHandler(() => {}); // silence
 */
export const setWarningHandler = /*#__PURE__*/ callable(
  'setWarningHandler',
  setWarningHandlerOf,
  [/*#__PURE__*/ need('to', /*#__PURE__*/ kinds.orNull(kinds.callback))],
  {},
);
