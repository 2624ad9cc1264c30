// Runs what was typed: TypeScript with imports, each statement in its turn, with errors that say what to do.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { advise } from './advice.js';
import type { World } from './reference.js';
import { IMPORT, statementsOf } from './statements.js';

/** Runs typed lines. */
export interface Evaluator {
  /**
   * Runs statements and hands each value that is to be shown to `show`.
   *
   * @throws what the statements throw, with the advice in its message; Incomplete if more lines have to follow.
   */
  run(typed: string, show: (value: unknown) => void): Promise<void>;
}

/** An evaluator whose `import` knows the packages of a world; others are found from the current folder. */
export function evaluator(world: World): Evaluator {
  const importer = async (specifier: string): Promise<unknown> => {
    const known = world.packages[specifier.replace(/^@dl\//, '')];
    if (specifier.startsWith('@dl/') && known !== undefined) return known;
    if (/^(node:|file:|data:)/.test(specifier)) return import(specifier);
    const here = join(process.cwd(), 'prompt.js');
    if (/^\.{0,2}\//.test(specifier)) return import(new URL(specifier, pathToFileURL(here)).href);
    try {
      return await import(specifier);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return import(pathToFileURL(createRequire(here).resolve(specifier)).href);
    }
  };
  Object.defineProperty(globalThis, IMPORT, { value: importer, configurable: true });
  return {
    async run(typed, show) {
      const statements = statementsOf(typed);
      try {
        for (const { code, isExpression, shows } of statements) {
          const body = isExpression ? `return ${code}` : code;
          const value: unknown = await runInThisContext(`(async () => {\n${body}\n})()`, 'prompt');
          if (shows && value !== undefined) show(value);
        }
      } catch (error) {
        throw advise(world, error, typed, (name) => runInThisContext(name));
      }
    },
  };
}

/** An error in one message, or with its stack. */
export function messageOf(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  return withStack ? (error.stack ?? error.message) : `${error.name}: ${error.message}`;
}
