// Memory at the peak of a digits epoch: each side in a fresh process, as the system counts it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './measure.js';
import { python } from './peers/torch.js';
import { digitsEpoch } from './suites/digits.js';

const own = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const status = '/proc/self/status';
const theirs = fileURLToPath(new URL('../peers/torch_rows.py', import.meta.url));

/** Runs the epoch once in this process and gives the megabytes it had at most. */
export async function ownPeak(): Promise<number> {
  const work = digitsEpoch.make('cpu');
  await work.step();
  // Linux's maxRSS begins with that of the process which started this one; VmHWM is this program's own.
  const own = existsSync(status) && /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'));
  return (own ? Number(own[1]) : process.resourceUsage().maxRSS) / 1024;
}

function megabytes(command: string, args: readonly string[]): number | null {
  const ran = spawnSync(command, args, { encoding: 'utf8' });
  const last = ran.stdout?.trim().split('\n').pop() ?? '';
  return ran.status === 0 && Number.isFinite(Number(last)) && last !== '' ? Number(last) : null;
}

/** The row, measured three times on each side; the median counts. */
export function peakRow(threads: number, plain: boolean): Measurement[] {
  const middle = (run: () => number | null): number | null => {
    const values = [run(), run(), run()];
    return values.includes(null) ? null : (values as number[]).sort((a, b) => a - b)[1];
  };
  const flags = ['--peak', '--threads', String(threads), ...(plain ? ['--plain'] : [])];
  const ours = middle(() => megabytes(process.execPath, [own, ...flags]));
  if (ours === null) throw new Error('bench: the process that measures memory failed');
  const peer = middle(() =>
    megabytes(python(), [theirs, String(threads), '--peak', digitsEpoch.name]),
  );
  return [
    {
      suite: 'memory',
      row: 'peak of a digits epoch',
      ours,
      peer,
      peerName: peer === null ? null : 'PyTorch',
      unit: 'MB',
      ratio: peer === null ? null : peer / ours,
      share: null,
    },
  ];
}
