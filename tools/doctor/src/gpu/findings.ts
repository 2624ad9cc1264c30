// The report of gpu-check: Markdown that can be pasted into an issue.
import type { Measured } from './bench.js';

/** Something that holds or not. */
export interface Check {
  readonly name: string;
  readonly well: boolean;
  readonly text: string;
  readonly details?: readonly string[];
}

/** Timings beside a peer. */
export interface Section {
  readonly peer: string;
  readonly measured: readonly Measured[];
}

/** All that a run has found. */
export interface Findings {
  readonly machine: readonly string[];
  /** The devices beside the one that is checked, as the doctor lists them. */
  readonly devices: readonly string[];
  readonly checks: readonly Check[];
  readonly sections: readonly Section[];
  /** Parts that were left out on request. */
  readonly left: readonly string[];
  /** What there was no time for. */
  readonly unreached: readonly string[];
  /** Whether the run has come to its end. */
  readonly finished: boolean;
  readonly memory: string;
}

const time = (micros: number): string =>
  micros < 1000 ? `${micros.toFixed(1)} µs` : `${(micros / 1000).toFixed(2)} ms`;

const bytes = (n: number): string => `${(n / 2 ** 20).toFixed(2)} MiB`;

const rate = ({ ours, flops, bytes: moved }: Measured): string => {
  if (flops !== undefined) return `${(flops / ours / 1e6).toFixed(2)} TFLOP/s`;
  return moved === undefined ? '' : `${(moved / ours / 1e3).toFixed(0)} GB/s`;
};

/** Timings as a table. */
function timingsOf({ peer, measured }: Section): string[] {
  const rows = measured.map((m) => {
    const ratio = m.peer === null ? '' : (m.ours / m.peer).toFixed(2);
    const beside = m.peer === null ? '' : time(m.peer);
    const most = m.peerPeak === null ? '' : bytes(m.peerPeak);
    return `| ${m.name} | ${time(m.ours)} | ${rate(m)} | ${beside} | ${ratio} | ${m.launches} | ${bytes(m.peak)} | ${most} |`;
  });
  return [
    '',
    '## Timings',
    '',
    `Peer: ${peer}. The median of batches that end with a synchronization.`,
    '',
    '| row | ours | rate | peer | ratio | launches a step | peak memory | of the peer |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

/** The findings as Markdown. */
export function renderReport(findings: Findings): string {
  const { machine, devices, checks, sections, left, unreached, finished, memory } = findings;
  const lines = ['# gpu-check', '', ...machine.map((m) => `- ${m}`)];
  lines.push('', '## Devices', '', '```', ...devices, '```', '', '## Checks', '');
  for (const { name, well, text, details = [] } of checks) {
    lines.push(`- ${well ? 'passed' : '**FAILED**'}: ${name}: ${text}`);
    if (details.length > 0) lines.push('', '```', ...details, '```', '');
  }
  if (!finished) lines.push('- **unfinished**: this report was written on the way');
  if (unreached.length > 0) lines.push(`- **out of time** before: ${unreached.join(', ')}`);
  if (left.length > 0) lines.push(`- left out on request: ${left.join(', ')}`);
  lines.push(...sections.flatMap(timingsOf));
  lines.push('', '## Memory at the end', '', '```', memory, '```', '');
  return lines.join('\n');
}
