// A page of the documentation: its code blocks, and what they are to print.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A block of code. */
export interface Block {
  readonly code: string;
  /** Line of the page on which it begins. */
  readonly line: number;
  readonly runs: boolean;
  /** What it prints; null where the page does not say. */
  readonly output: string | null;
}

/** The TypeScript blocks of a page. */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: { code: string; line: number; runs: boolean; output: string | null }[] = [];
  let lastEnd = -1;
  for (let i = 0; i < lines.length; i++) {
    const [, info] = /^```(\w.*)?$/.exec(lines[i]) ?? [];
    if (info === undefined) continue;
    const start = i + 1;
    let end = start;
    while (end < lines.length && lines[end] !== '```') end++;
    const text = lines.slice(start, end).join('\n');
    i = end;
    if (/^ts\b/.test(info)) {
      blocks.push({ code: text, line: start + 1, runs: !/\bno-run\b/.test(info), output: null });
      lastEnd = end;
    } else if (info === 'text' && lines.slice(lastEnd + 1, start - 1).every((l) => l === '')) {
      const last = blocks.at(-1);
      if (last !== undefined && lastEnd >= 0) last.output = text;
    }
  }
  return blocks;
}

/** Lines of code in the tables of a page whose last column is headed `TypeScript`. */
export function tableLines(markdown: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (cells.length < 4) inside = false;
    else if (cells.at(-2) === 'TypeScript') inside = true;
    else if (inside && !/^-+$/.test(cells.at(-2) as string)) {
      for (const [, code] of (cells.at(-2) as string).matchAll(/`([^`]+)`/g)) {
        found.push(code.replaceAll('\\|', '|'));
      }
    }
  }
  return found;
}

const MARK = '⟦block⟧ ';

/** The program of a page: its blocks one after another, with marks between what they print. */
export function programOf(blocks: readonly Block[]): string {
  return blocks
    .filter(({ runs }) => runs)
    .map(({ code }, i) => `console.log(${JSON.stringify(MARK + i)});\n${code}`)
    .concat('export {};')
    .join('\n');
}

/** What each block that runs has printed. */
export function outputsOf(printed: string): string[] {
  return printed
    .split(/^⟦block⟧ \d+\n/m)
    .slice(1)
    .map((text) => text.trimEnd());
}

/** The pages of a folder. */
export const pagesIn = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name))
    : [];

/** All pages with code for users: the READMEs and the guide, in both languages. */
export const pagesOf = (root: string): string[] =>
  [
    'README.md',
    ...readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md')),
    ...pagesIn(root, 'docs/guide'),
    ...pagesIn(root, 'docs/zh'),
  ].filter((page) => existsSync(join(root, page)));

/** The blocks of a page that only compile, each in a scope of its own; what they import comes first, each name once. */
export function compiledOf(blocks: readonly Block[]): string {
  const imports = new Map<string, Set<string>>();
  const rest = blocks
    .filter(({ runs }) => !runs)
    .map(({ code }) => {
      const body = code.replace(/^import ([^;]*) from ('[^']*');$/gm, (_, what: string, from) => {
        const [, type, list] = /^(type )?\{([^}]*)\}$/.exec(what) ?? [];
        const names = list === undefined ? [what] : list.split(',').map((name) => name.trim());
        for (const name of names.filter((each) => each !== '')) {
          const known = imports.get(from) ?? new Set<string>();
          imports.set(from, known.add(list === undefined ? name : `{ ${type ?? ''}${name} }`));
        }
        return '';
      });
      return `{\n${body}\n}`;
    });
  const lines = [...imports].flatMap(([from, names]) =>
    [...names].map((name) => `import ${name} from ${from};`),
  );
  return [...lines, ...rest, 'export {};'].join('\n');
}
