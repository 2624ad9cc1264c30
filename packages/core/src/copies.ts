// Copies of this package in one process: each states its version and refuses objects of another.
import { DLError } from './errors.js';
import { warnOnce } from './warn.js';

// Set by the build; the sources have none.
declare const DL_CORE_VERSION: string | undefined;
// The same as `engines` in package.json. Earlier versions cannot `require` an ES module.
const oldest: readonly (readonly [major: number, minor: number])[] = [
  [20, 19],
  [22, 12],
];

/** The version of this package (PyTorch: `torch.__version__`). */
export const version: string =
  typeof DL_CORE_VERSION === 'string' ? DL_CORE_VERSION : '0.0.0-source';

/** One loaded copy of this package. */
interface Copy {
  readonly version: string;
  /** Created where the copy was loaded; its stack says where that is. */
  readonly loaded: Error;
}

const here: Copy = { version, loaded: new Error('@dl/core was loaded here') };
const COPIES: unique symbol = Symbol.for('@dl/core.copies') as never;
const OWNER: unique symbol = Symbol.for('@dl/core.owner') as never;

/**
 * The file that a line of a stack names, in any engine's format: `at f (file:1:2)`, `at file:1:2`, `f@file:1:2`. The
 * file name may contain `@` and parentheses.
 */
export function fileOfLine(line: string): string | undefined {
  return /^(?:\s*at (?:[^(]*\()?|[^@/]*@)?(.+?):\d+:\d+\)?$/.exec(line)?.[1];
}

/** The file that a copy was loaded from, if its stack tells; otherwise an empty string. */
function fileOf({ loaded }: Copy): string {
  const lines = loaded.stack?.split('\n') ?? [];
  return lines.map(fileOfLine).find((file) => file !== undefined) ?? '';
}

function described(copy: Copy): string {
  const file = fileOf(copy);
  return file === '' ? copy.version : `${copy.version} (${file})`;
}

const fix =
  'npm ls @dl/core shows which package depends on each: give all packages one version range, then npm dedupe; ' +
  'in a bundle, resolve.dedupe: ["@dl/core"] or an alias';

/** One line if this Node is too old for the package, otherwise an empty string. */
export function nodeProblem(node: string | undefined): string | undefined {
  const [major, minor] = (node ?? '').split('.').map(Number);
  if (node === undefined || oldest.some(([a, b]) => major === a && minor >= b)) return undefined;
  const last = (oldest.at(-1) as readonly [number, number])[0];
  if (major > last) return undefined;
  const wanted = oldest.map(([a, b]) => `${a}.${b}`).join(' or ');
  return `@dl/core ${version} needs Node ${wanted} or later, this is Node ${node}; install a newer one (https://nodejs.org)`;
}

/**
 * Registers this copy, and warns if another one is loaded: their tensors do not mix, and each has its own random
 * stream.
 */
export function registerCopy(prototype: object): void {
  const { process } = globalThis as { process?: { versions?: Record<string, string> } };
  const { node, bun, deno } = process?.versions ?? {};
  // Bun and Deno report a Node version that says nothing about them.
  const problem = nodeProblem((bun ?? deno) ? undefined : node);
  if (problem !== undefined) throw new DLError(problem);
  Object.defineProperty(prototype, OWNER, { value: here });
  const holder = globalThis as { [COPIES]?: Copy[] };
  holder[COPIES] ??= [];
  const copies = holder[COPIES];
  for (const other of copies) {
    warnOnce(
      `copies ${copies.indexOf(other)}`,
      `@dl/core is loaded twice: ${described(other)} and ${described(here)}. Each copy refuses tensors of the other, ` +
        `and manualSeed seeds only one of them; ${fix}`,
    );
  }
  copies.push(here);
}

/** Refuses a tensor that another copy of this package created; anything else passes. */
export function refuseForeign(x: unknown): void {
  if (typeof x !== 'object' || x === null) return;
  const owner = (x as { readonly [OWNER]?: Copy })[OWNER];
  if (owner === undefined || owner === here) return;
  throw new DLError(
    `got a tensor created by another copy of @dl/core: it was created by ${described(owner)}, this is ${described(here)}; ${fix}`,
  );
}
