// Warnings about likely mistakes, each shown once.

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

/** Sends warnings to `to`, or to `console.warn` for null. */
export function handWarnings(to: WarningHandler | null): void {
  handler = to;
  said.clear();
}
