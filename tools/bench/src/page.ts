// A run as a Markdown page: docs/PERFORMANCE.md.
import type { Measurement } from './measure.js';
import type { Peer } from './row.js';

/** When, where and how it was measured. */
export interface Circumstances {
  readonly date: string;
  readonly processor: string;
  readonly node: string;
  /** The machine's load at the end, over a minute. */
  readonly load: string;
  readonly rounds: number;
  readonly threads: number;
  /** The machine's own limits, in words. */
  readonly limits: string;
  readonly peers: readonly Peer[];
}

const short = (t: number): string => (t < 100 ? t.toFixed(1) : Math.round(t).toString());
const cell = (m: Measurement | undefined): string =>
  m === undefined || m.peer === null || m.ratio === null
    ? '–'
    : `${short(m.peer)} (${m.ratio.toFixed(2)})`;

/** The page of a run: a row a line, a column a peer, each with its ratio in brackets. */
export function pageOf(all: readonly Measurement[], c: Circumstances): string {
  const present = c.peers.filter((p) => p.absent === null);
  const absent = c.peers.filter((p) => p.absent !== null);
  const names = present.map((p) => p.name);
  const lines = [
    '# Performance',
    '',
    `Written by \`pnpm bench --write docs/PERFORMANCE.md\` on ${c.date}: ${c.processor}, Node ${c.node}; ` +
      `${c.threads} threads each (the JavaScript peers have one in Node), medians of ${c.rounds} alternating rounds, ` +
      `float32, with \`@dl/backend-cpu\`; load of the machine at the end ${c.load}. Times are in microseconds, memory ` +
      'in megabytes. The ratio is in brackets, above 1 where ours is faster or smaller. Results were compared ' +
      'before the timing. In rows marked "unsteady" other programs were running.',
    '',
    `Measured in the same run: ${c.limits}. The last column is the percentage of the limit that bounds the row, which ` +
      'may exceed 100 % if the data stay in a cache.',
    ...(absent.length === 0
      ? []
      : ['', ...absent.map((p) => `${p.name} was absent: ${p.absent}.`)]),
  ];
  for (const suite of new Set(all.map((m) => m.suite))) {
    const own = all.filter((m) => m.suite === suite);
    lines.push(
      '',
      `## ${suite}`,
      '',
      `| row | ours | ${names.join(' | ')} | limit |`,
      `| --- | ---: | ${names.map(() => '---:').join(' | ')} | ---: |`,
    );
    for (const row of new Set(own.map((m) => m.row))) {
      const found = own.filter((m) => m.row === row);
      const first = found[0];
      const cells = names.map((name) =>
        cell(found.find((m) => m.peerName !== null && name.startsWith(m.peerName))),
      );
      const share = first.share === null ? '–' : `${Math.round(first.share * 100)} %`;
      const note = found.some((m) => m.unsteady) ? ' (unsteady)' : '';
      lines.push(`| ${row}${note} | ${short(first.ours)} | ${cells.join(' | ')} | ${share} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const MARKS = ['<!-- webgpu: begin -->', '<!-- webgpu: end -->'] as const;

/** A page with its part on WebGPU replaced, or added at the end. */
export function withWebSection(page: string, section: string): string {
  const [begin, end] = MARKS.map((mark) => page.indexOf(mark)) as [number, number];
  const part = `${MARKS[0]}\n\n${section.trim()}\n\n${MARKS[1]}\n`;
  if (begin < 0 || end < begin) return `${page.trimEnd()}\n\n${part}`;
  return page.slice(0, begin) + part + page.slice(end + MARKS[1].length).replace(/^\n/, '');
}

/** The part on WebGPU that a page has, or nothing. */
export function webSectionOf(page: string): string | null {
  const [begin, end] = MARKS.map((mark) => page.indexOf(mark)) as [number, number];
  return begin < 0 || end < begin ? null : page.slice(begin + MARKS[0].length, end).trim();
}

/** When, where and how the suite `webgpu` ran. */
export interface WebCircumstances {
  readonly date: string;
  readonly processor: string;
  readonly node: string;
  readonly where: string;
  readonly rounds: number;
  readonly peers: readonly Peer[];
}

const titles: { readonly [suite: string]: string } = {
  webgpu: 'In one page, on one adapter (µs)',
  'webgpu-counts': 'Work submitted in one step',
  'webgpu-node': 'In Node: device webgpu beside device cpu (µs)',
};

/** A run of the suite `webgpu` as a part of the page. */
export function webSection(all: readonly Measurement[], c: WebCircumstances): string {
  const lines = [
    '## Device webgpu',
    '',
    `Written by \`pnpm bench webgpu --write docs/PERFORMANCE.md\` on ${c.date}: ${c.processor}, ${c.where}, ` +
      `Node ${c.node}; medians of ${c.rounds} alternating rounds, float32. Each library waits for its queue ` +
      'after every step, or after 32 steps if a step is one function of a thousand elements. The ratio is in ' +
      'brackets, above 1 where ours is faster or needs less. Results were compared before the timing. ' +
      'A software adapter computes on the CPU: its times say little about a GPU, but the ' +
      'counts do not depend on it.',
    ...c.peers
      .filter((p) => p.absent !== null)
      .flatMap((p) => ['', `${p.name} was absent: ${p.absent}.`]),
  ];
  for (const [suite, title] of Object.entries(titles)) {
    const own = all.filter((m) => m.suite === suite);
    if (own.length === 0) continue;
    const names = [...new Set(own.flatMap((m) => (m.peerName === null ? [] : [m.peerName])))];
    lines.push('', `### ${title}`, '', `| row | ours | ${names.join(' | ')} |`);
    lines.push(`| --- | ---: | ${names.map(() => '---:').join(' | ')} |`);
    for (const row of new Set(own.map((m) => m.row))) {
      const found = own.filter((m) => m.row === row);
      const cells = names.map((name) => cell(found.find((m) => m.peerName === name)));
      lines.push(`| ${row} | ${short(found[0].ours)} | ${cells.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
