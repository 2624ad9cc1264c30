// A run as a Markdown page: docs/PERFORMANCE.md.
import type { Measurement } from './measure.js';

/** When, where and how it was measured. */
export interface Circumstances {
  readonly date: string;
  readonly processor: string;
  readonly node: string;
  /** The machine's load at the end, over a minute. */
  readonly load: string;
  readonly rounds: number;
  readonly threads: number;
}

const micro = (t: number): string => (t < 100 ? t.toFixed(1) : Math.round(t).toString());

/** The page of a run. */
export function pageOf(all: readonly Measurement[], c: Circumstances): string {
  const peers = [...new Set(all.flatMap(({ peerName }) => peerName ?? []))];
  const lines = [
    '# Performance',
    '',
    `Written by \`pnpm bench --write docs/PERFORMANCE.md\` on ${c.date}: ${c.processor}, Node ${c.node}, ` +
      `${peers.join(', ') || 'no peer'}; ${c.threads} threads each, medians of ${c.rounds} rounds in turn, float32, ` +
      `with \`@dl/backend-cpu\`; load of the machine at the end ${c.load}. A ratio above 1 means that ours is faster. ` +
      'Results were compared before anything was timed.',
  ];
  for (const suite of new Set(all.map((m) => m.suite))) {
    lines.push(
      '',
      `## ${suite}`,
      '',
      '| row | ours (µs) | peer (µs) | ratio |',
      '| --- | ---: | ---: | ---: |',
    );
    for (const m of all.filter((row) => row.suite === suite)) {
      const peer = m.peer === null ? '–' : micro(m.peer);
      lines.push(`| ${m.row} | ${micro(m.ours)} | ${peer} | ${m.ratio?.toFixed(2) ?? '–'} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}
