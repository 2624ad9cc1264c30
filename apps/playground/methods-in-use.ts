// A build step: tensors get the methods that the program names, so that the bundle holds no others.
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

/** What of a call's syntax is read: `object.property(…)`. */
interface Callee {
  readonly type: string;
  readonly computed: boolean;
  readonly object: { readonly type: string; readonly name?: string };
  readonly property: { readonly name?: string };
}

/**
 * Any module may call any method of a tensor, so a bundler keeps them all, and with them nearly every
 * operator. A program that is built as a whole can be asked: a method that no `….name(…)` in it calls is
 * not called (unless by a name that is put together at run time, which nothing here does).
 *
 * The program is bundled with all methods and read, then with those that it names, until no more fall
 * away: what a dropped operator named is not named any more.
 *
 * @param config what the program's modules need to be found and read.
 */
export function methodsInUse(config: UserConfig): Plugin {
  let kept: ReadonlySet<string> | null = null;
  const transform = (code: string, id: string): { code: string; map: null } | null =>
    isTable(id) && kept !== null ? { code: onlyNamed(code, id, kept), map: null } : null;

  /** The names in the program as it is with the methods kept so far. */
  async function namesOf(input: Rolldown.InputOption): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    const read: Plugin = {
      name: 'methods-in-use:read',
      enforce: 'pre',
      transform,
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk') continue;
          for (const [id, { code }] of Object.entries(chunk.modules)) {
            if (!isTable(id)) for (const name of calledIn(code ?? '')) names.add(name);
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
        if (names.size === before) break;
        before = names.size;
        kept = names;
      }
    },
    transform,
  };
}
