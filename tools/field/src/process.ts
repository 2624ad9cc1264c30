// Runs cases in a child process, and says how each ended: also one that took the process with it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Case, idOf } from './cases.js';

/** How a case ended. */
export interface Result {
  readonly passed: boolean;
  /** The value or the error that came, or how the process ended. */
  readonly got: string;
}

const script = fileURLToPath(new URL('../child/run.mjs', import.meta.url));
const ownCases = fileURLToPath(new URL('../cases', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

// They have process groups of their own, so that nothing else ends them with this process.
const alive = new Set<number>();
process.on('exit', () => {
  for (const pid of alive) kill(pid);
});

/** Ends a child and what it has started. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/**
 * Runs cases in one process. The results are of the first ones: the process may end before the others have begun.
 * `folders` is where each case gets an empty folder, `from` holds the files of the kinds.
 */
export function runTogether(
  cases: readonly Case[],
  folders: string,
  from = ownCases,
): Promise<Map<string, Result>> {
  const { flags = [], shell = null } = cases[0] ?? {};
  const args = [...flags, script, folders, from, ...cases.map(idOf)];
  const options = { cwd: root, detached: process.platform !== 'win32' } as const;
  const child =
    shell === null
      ? spawn(process.execPath, args, options)
      : spawn('bash', ['-c', `${shell} "$@"`, 'bash', process.execPath, ...args], options);
  if (child.pid !== undefined) alive.add(child.pid);
  const results = new Map<string, Result>();
  const current = (): Case | undefined => cases[results.size];
  let late = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        late = true;
        kill(child.pid);
      },
      1000 * (current()?.limit ?? 30),
    );
  };
  let line = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) {
      if (!each.startsWith('@@')) continue;
      const { id, ...result } = JSON.parse(each.slice(2)) as Result & { id: string | null };
      if (id === null) {
        // Not left to end by itself: a case may have blocked a thread for good.
        ended = true;
        kill(child.pid);
        continue;
      }
      results.set(id, result);
      watch();
    }
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < 20_000) complaint += text;
  });
  watch();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (child.pid !== undefined) alive.delete(child.pid);
      const one = current();
      if (one !== undefined && !ended) {
        const said = complaint.trim().split('\n').filter(Boolean).slice(0, 3).join(' ');
        const got = late
          ? `no end after ${one.limit ?? 30} s`
          : `the process ended with ${signal ?? `code ${code}`}: ${said.slice(0, 200)}`;
        results.set(idOf(one), { passed: false, got });
      }
      resolve(results);
    });
  });
}
