// A build step: tensors and modules get the methods that the program names, so that the bundle holds no others.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin, parseAst, type Rolldown, type UserConfig } from 'vite';

/** The source that makes core's operators methods. */
const isTable = (id: string): boolean => /[\\/]core[\\/]src[\\/]methods\.ts$/.test(id);

/** The names of core's elementwise operators, which the table takes from one namespace. */
function elementwiseNames(table: string): string[] {
  const folder = join(dirname(table), 'operators', 'elementwise');
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return sources.flatMap((source) =>
    [...source.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name as string),
  );
}

/** The part of the source that a pattern finds, changed. */
function change(source: string, pattern: RegExp, to: (found: string) => string): string {
  if (!pattern.test(source)) {
    throw new Error(`methods-in-use: core's methods.ts has no ${pattern}; bring the two together`);
  }
  return source.replace(pattern, to);
}

/** The source of `methods.ts` with those methods alone whose names are in use. */
export function onlyNamed(source: string, id: string, used: ReadonlySet<string>): string {
  const entries = (block: string): string =>
    block.replace(/^ +(\w+)(?:: [\w.]+)?,\n/gm, (line, name) => (used.has(name) ? line : ''));
  const elementwise = elementwiseNames(id)
    .filter((name) => name !== 'where' && (used.has(name) || used.has(`${name}_`)))
    .map((name) => `${name}: elementwise.${name}`);
  let out = change(
    source,
    /^const \{ where: _where, \.\.\.pointwise \} = elementwise;$/m,
    () => `const pointwise = { ${elementwise.join(', ')} };`,
  );
  out = change(out, /^const table = \{\n[^}]*\n\};$/m, entries);
  return change(out, /^ {2}const functions: [^=]* = \{\n[^}]*\n {2}\};$/m, entries);
}

/** Objects of the language, whose methods are not a tensor's; nor are those of a text. */
const ofTheLanguage = new Set(['Math', 'Number', 'Object', 'Array', 'BigInt', 'JSON', 'Promise']);
const isForeign = ({ type, name = '' }: Callee['object']): boolean =>
  type === 'Literal' || ofTheLanguage.has(name);

/** The names of the methods that the code calls. */
export function calledIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const part of node) visit(part);
    else if (typeof node === 'object' && node !== null) {
      const { type, callee } = node as { type?: string; callee?: Callee };
      if (type === 'CallExpression' && callee?.type === 'MemberExpression' && !callee.computed) {
        if (!isForeign(callee.object)) names.add(callee.property.name as string);
      }
      for (const part of Object.values(node)) visit(part);
    }
  };
  visit(parseAst(code).body);
  return names;
}

/** A node of the syntax, of which a few fields are read. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly computed?: boolean;
  readonly static?: boolean;
  readonly kind?: string;
  readonly key?: { readonly type: string; readonly name?: string };
  readonly property?: { readonly name?: string };
  readonly value?: unknown;
}

/** Calls `enter` with every node. */
function walk(node: unknown, enter: (node: Node) => void): void {
  if (Array.isArray(node)) for (const part of node) walk(part, enter);
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node) enter(node as Node);
    for (const part of Object.values(node)) walk(part, enter);
  }
}

/** Every name that the code reads of an object, or has as a text, by which it might read it. */
export function namedIn(code: string): Set<string> {
  const names = new Set<string>();
  walk(parseAst(code).body, ({ type, computed, property, key, value }) => {
    if (type === 'MemberExpression' && computed !== true) names.add(property?.name ?? '');
    if (type === 'Property' && computed !== true) names.add(key?.name ?? '');
    if (type === 'Literal' && typeof value === 'string') names.add(value);
  });
  return names;
}

/** The classes' sources, in which a method is there for whoever holds an object. */
const hasClasses = (id: string): boolean =>
  /[\\/]packages[\\/](?:core|nn|optim)[\\/]src[\\/].*\.ts$/.test(id);

// The language calls these by itself.
const byLanguage = new Set(['toString', 'toJSON', 'valueOf', 'next', 'return', 'throw', 'then']);

/** The TypeScript source without the methods of its classes that nobody names. */
export function withoutUnnamed(source: string, named: ReadonlySet<string>): string {
  const cuts: Node[] = [];
  walk(parseAst(source, { lang: 'ts' }).body, (node) => {
    const { type, kind, computed, key } = node;
    if (type !== 'MethodDefinition' || kind !== 'method' || node.static === true) return;
    if (computed === true || key?.type !== 'Identifier') return;
    const name = key.name as string;
    if (!named.has(name) && !byLanguage.has(name)) cuts.push(node);
  });
  let out = source;
  for (const { start, end } of cuts.sort((a, b) => b.start - a.start)) {
    out = out.slice(0, start) + out.slice(end);
  }
  return out;
}

/** What of a call's syntax is read: `object.property(…)`. */
interface Callee {
  readonly type: string;
  readonly computed: boolean;
  readonly object: { readonly type: string; readonly name?: string };
  readonly property: { readonly name?: string };
}

/** What a program calls, and all the names that it reads. */
interface Names {
  readonly called: ReadonlySet<string>;
  readonly named: ReadonlySet<string>;
}

/**
 * Any module may call any method of a tensor, so a bundler keeps them all, and with them nearly every
 * operator. A program that is built as a whole can be asked: a method that no `….name(…)` in it calls is
 * not called (unless by a name that is put together at run time, which nothing here does). A method of a class
 * of `@dl/core`, `@dl/nn` and `@dl/optim` goes if its name is nowhere read at all.
 *
 * The program is bundled with all methods and read, then with those that it names, until no more fall
 * away: what a dropped operator named is not named any more.
 *
 * @param config what the program's modules need to be found and read.
 */
export function methodsInUse(config: UserConfig): Plugin {
  let kept: Names | null = null;
  const transform = (code: string, id: string): { code: string; map: null } | null => {
    if (kept === null) return null;
    if (isTable(id)) return { code: onlyNamed(code, id, kept.called), map: null };
    return hasClasses(id) ? { code: withoutUnnamed(code, kept.named), map: null } : null;
  };

  /** The names in the program as it is with the methods kept so far. */
  async function namesOf(input: Rolldown.InputOption): Promise<Names> {
    const names = { called: new Set<string>(), named: new Set<string>() };
    const read: Plugin = {
      name: 'methods-in-use:read',
      enforce: 'pre',
      transform,
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk') continue;
          for (const [id, { code }] of Object.entries(chunk.modules)) {
            for (const name of namedIn(code ?? '')) names.named.add(name);
            if (!isTable(id)) for (const name of calledIn(code ?? '')) names.called.add(name);
          }
        }
      },
    };
    await build({
      ...config,
      configFile: false,
      logLevel: 'error',
      plugins: [config.plugins, read],
      build: { write: false, minify: false, target: 'es2022', rolldownOptions: { input } },
    });
    return names;
  }

  return {
    name: 'methods-in-use',
    apply: 'build',
    enforce: 'pre',
    async buildStart({ input }) {
      kept = null;
      for (let before = Infinity; ; ) {
        const names = await namesOf(input);
        const size = names.called.size + names.named.size;
        if (size === before) break;
        before = size;
        kept = names;
      }
    },
    transform,
  };
}
