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
      `${c.threads} threads each (the JavaScript peers have one in Node), medians of ${c.rounds} rounds in turn, ` +
      `float32, with \`@dl/backend-cpu\`; load of the machine at the end ${c.load}. Times are microseconds, memory ` +
      'is in megabytes; in brackets is the ratio, above 1 where ours is faster or smaller. Results were compared ' +
      'before anything was timed.',
    '',
    `Measured in the same run: ${c.limits}. The last column is the share of the limit that bounds the row, which ` +
      'may pass 100 % where the data stay in a cache.',
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
      const first = found[0] as Measurement;
      const cells = names.map((name) =>
        cell(found.find((m) => m.peerName !== null && name.startsWith(m.peerName))),
      );
      const share = first.share === null ? '–' : `${Math.round(first.share * 100)} %`;
      lines.push(`| ${row} | ${short(first.ours)} | ${cells.join(' | ')} | ${share} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
