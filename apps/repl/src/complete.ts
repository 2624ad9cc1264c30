// Completion at the prompt: Node's own, but what is written in small letters stays so.

import type { CompleterResult } from 'node:readline';
import type { REPLServer } from 'node:repl';

/**
 * The names that begin as it was typed, or all where none does. Node completes whatever the case, and so
 * finds nothing in common between `crossEntropy` and `CrossEntropyLoss`.
 */
export function sameCase([names, typed]: CompleterResult): CompleterResult {
  const same = names.filter((name) => name.startsWith(typed));
  return [same.length > 0 ? same : names, typed];
}

/** Makes a prompt complete so. */
export function completeSameCase(repl: REPLServer): void {
  const complete = repl.completer as (
    line: string,
    done: (error: Error | null, result?: CompleterResult) => void,
  ) => void;
  Object.assign(repl, {
    completer: (line: string, done: (error: Error | null, result?: CompleterResult) => void) =>
      complete.call(repl, line, (error, result) => done(error, result && sameCase(result))),
  });
}
