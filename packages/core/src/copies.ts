// The copies of this package in a process: each says its version, and objects of one are refused by another.
import { DLError } from './errors.js';
import { warnOnce } from './warn.js';

// Set by the build; the sources themselves have none.
declare const DL_CORE_VERSION: string | undefined;
// What `engines` in package.json says. Earlier ones cannot `require` an ES module.
const oldest: readonly (readonly [major: number, minor: number])[] = [
  [20, 19],
  [22, 12],
];

/** The version of this package (PyTorch: `torch.__version__`). */
export const version: string =
  typeof DL_CORE_VERSION === 'string' ? DL_CORE_VERSION : '0.0.0-source';

/** One copy of this package that is loaded. */
interface Copy {
  readonly version: string;
  /** Made where the copy was loaded; its stack says where that is. */
  readonly loaded: Error;
}

const here: Copy = { version, loaded: new Error('@dl/core was loaded here') };
const COPIES: unique symbol = Symbol.for('@dl/core.copies') as never;
const OWNER: unique symbol = Symbol.for('@dl/core.owner') as never;

/**
 * The file that a line of a stack names, in any engine's form: `at f (file:1:2)`, `at file:1:2`, `f@file:1:2`.
 * The file itself may hold `@` and parentheses.
 */
export function fileOfLine(line: string): string | undefined {
  return /^(?:\s*at (?:[^(]*\()?|[^@/]*@)?(.+?):\d+:\d+\)?$/.exec(line)?.[1];
}

/** The file in which a copy stands, as far as its stack tells; else nothing. */
function fileOf({ loaded }: Copy): string {
  const lines = loaded.stack?.split('\n') ?? [];
  return lines.map(fileOfLine).find((file) => file !== undefined) ?? '';
}

function described(copy: Copy): string {
  const file = fileOf(copy);
  return file === '' ? copy.version : `${copy.version} (${file})`;
}

const fix =
  'npm ls @dl/core names who brings each: give all packages one version range, then npm dedupe; ' +
  'in a bundle, resolve.dedupe: ["@dl/core"] or an alias';

/** One line if this is a Node that is too old for the package, else nothing. */
export function nodeProblem(node: string | undefined): string | undefined {
  const [major, minor] = (node ?? '').split('.').map(Number);
  if (node === undefined || oldest.some(([a, b]) => major === a && minor >= b)) return undefined;
  const last = (oldest.at(-1) as readonly [number, number])[0];
  if (major > last) return undefined;
  const wanted = oldest.map(([a, b]) => `${a}.${b}`).join(' or ');
  return `@dl/core ${version} needs Node ${wanted} or later, this is Node ${node}; install a newer one (https://nodejs.org)`;
}

/**
 * Notes that this copy is loaded, and says so where there is another one: their tensors do not mix,
 * and each has a random stream of its own.
 */
export function registerCopy(prototype: object): void {
  const { process } = globalThis as { process?: { versions?: Record<string, string> } };
  const { node, bun, deno } = process?.versions ?? {};
  // Bun and Deno claim a version of Node that says nothing about them.
  const problem = nodeProblem((bun ?? deno) ? undefined : node);
  if (problem !== undefined) throw new DLError(problem);
  Object.defineProperty(prototype, OWNER, { value: here });
  const holder = globalThis as { [COPIES]?: Copy[] };
  holder[COPIES] ??= [];
  const copies = holder[COPIES];
  for (const other of copies) {
    warnOnce(
      `copies ${copies.indexOf(other)}`,
      `@dl/core is loaded twice: ${described(other)} and ${described(here)}. Tensors of one are refused by the other, ` +
        `and manualSeed seeds one of them; ${fix}`,
    );
  }
  copies.push(here);
}

/** Refuses a tensor that another copy of this package made; anything else passes. */
export function refuseForeign(x: unknown): void {
  if (typeof x !== 'object' || x === null) return;
  const owner = (x as { readonly [OWNER]?: Copy })[OWNER];
  if (owner === undefined || owner === here) return;
  throw new DLError(
    `a tensor of another copy of @dl/core has come in: it was made by ${described(owner)}, this is ${described(here)}; ${fix}`,
  );
}
