// The page of the guide that lists PyTorch's names, in both languages.
import type { Reason } from './left-out.js';
import type { Named, State } from './survey.js';

/** The words of the page in a language. */
interface Words {
  readonly language: keyof Reason;
  readonly title: string;
  readonly opening: string;
  readonly head: readonly [string, string, string, string, string];
  readonly columns: readonly [string, string, string];
  readonly leftOut: string;
  readonly missing: string;
  readonly all: string;
}

export const languages = {
  guide: {
    language: 'en',
    title: "PyTorch's names",
    opening:
      'Every public name of PyTorch VERSION, and how it is written here: `?` marks what may be left out, braces the options. This page is written by `pnpm names --write` from the packages themselves.',
    head: ['namespace', 'here', 'in another form', 'left out', 'not there yet'],
    columns: ['PyTorch', 'here', 'package'],
    leftOut: 'Left out',
    missing: 'Not there yet',
    all: 'all',
  },
  zh: {
    language: 'zh',
    title: 'PyTorch 名称对照',
    opening:
      'PyTorch VERSION 的全部公开名称，以及它们在这里的写法：`?` 表示可以省略，花括号内是选项。本页由 `pnpm names --write` 根据各个包生成。',
    head: ['命名空间', '同名', '写法不同', '不提供', '尚未提供'],
    columns: ['PyTorch', '这里', '包'],
    leftOut: '不提供',
    missing: '尚未提供',
    all: '合计',
  },
} as const satisfies Readonly<Record<string, Words>>;

/** The page's text. */
export function namesPage(
  found: ReadonlyMap<string, readonly Named[]>,
  version: string,
  words: Words,
): string {
  const lines = [
    `# ${words.title}`,
    words.opening.replace('VERSION', version),
    summary(found, words),
  ];
  for (const [area, names] of found) {
    lines.push(`## ${area}`);
    const there = names.filter(({ state }) => state === 'here' || state === 'otherwise');
    if (there.length > 0) {
      lines.push(
        table(
          words.columns,
          there.map(({ name, form, package: from }) => [code(name), code(form), from]),
        ),
      );
    }
    const reasons = new Map<string, string[]>();
    for (const { name, why } of names) {
      if (why === null) continue;
      const text = why[words.language];
      reasons.set(text, [...(reasons.get(text) ?? []), code(name)]);
    }
    for (const [why, list] of reasons) lines.push(`${words.leftOut} (${why}): ${list.join(', ')}`);
    const missing = names.filter(({ state }) => state === 'missing').map(({ name }) => code(name));
    if (missing.length > 0) lines.push(`${words.missing}: ${missing.join(', ')}`);
  }
  return `${lines.join('\n\n')}\n`;
}

const states: readonly State[] = ['here', 'otherwise', 'out', 'missing'];

/** How many names of each namespace are in each state, and in all. */
export function counts(
  found: ReadonlyMap<string, readonly Named[]>,
): readonly (readonly [string, readonly number[]])[] {
  const rows = [...found].map(
    ([area, names]) =>
      [area, states.map((state) => names.filter((name) => name.state === state).length)] as const,
  );
  const total = states.map((_, i) => rows.reduce((sum, [, numbers]) => sum + (numbers[i] ?? 0), 0));
  return [...rows, ['', total]];
}

const summary = (found: ReadonlyMap<string, readonly Named[]>, words: Words): string =>
  table(
    words.head,
    counts(found).map(([area, numbers]) => [area || words.all, ...numbers.map(String)]),
  );

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
