// Warnings: likely mistakes that are no errors, each said once.

/** Takes a warning's text. */
export type WarningHandler = (message: string) => void;

const said = new Set<string>();
let handler: WarningHandler | null = null;

/**
 * Says something once in the life of the program.
 *
 * @param key tells warnings apart.
 * @param message the operator, what looks like a mistake, and the fix.
 * @example warnOnce('mine', 'train: the learning rate is 0; nothing will be learned')
 */
export function warnOnce(key: string, message: string): void {
  if (said.has(key)) return;
  said.add(key);
  (handler ?? console.warn)(message);
}

/** Has warnings go to `to`, null: to `console.warn`. */
export function handWarnings(to: WarningHandler | null): void {
  handler = to;
  said.clear();
}
