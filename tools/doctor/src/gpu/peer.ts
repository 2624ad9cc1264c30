// PyTorch on the same device, in a process of its own: one JSON command a line, one JSON answer a line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** PyTorch, or why it is not there. */
export interface Peer {
  readonly name: string;
  readonly absent: string | null;
  /** Microseconds a step, the most bytes, and numbers of the result; null if it lacks the row. */
  run(
    row: string,
    quick: boolean,
  ): Promise<{ micros: number; peak: number | null; result: number[] } | null>;
  close(): void;
}

interface Reply {
  readonly label?: string;
  readonly absent?: string;
  readonly micros?: number;
  readonly peak?: number;
  readonly result?: number[];
}

/** A row that takes the peer longer than this many milliseconds ends it. */
const LONGEST = 90_000;

/** Starts the peer's script with the interpreter named by PYTHON. */
export async function torchPeer(script: string): Promise<Peer> {
  const python = process.env.PYTHON ?? 'python3';
  const child = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting: ((reply: Reply | null) => void)[] = [];
  let gone = false;
  const end = (): void => {
    gone = true;
    for (const w of waiting.splice(0)) w(null);
  };
  child.on('error', end);
  child.on('close', end);
  child.stdin.on('error', end);
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.(JSON.parse(line) as Reply);
  });
  const next = (): Promise<Reply | null> =>
    gone ? Promise.resolve(null) : new Promise((resolve) => waiting.push(resolve));
  const first = await next();
  const absent =
    first?.label !== undefined ? null : (first?.absent ?? `${python} has no PyTorch with CUDA`);
  return {
    name: first?.label ?? 'PyTorch',
    absent,
    run: async (row, quick) => {
      if (absent !== null || gone) return null;
      child.stdin.write(`${JSON.stringify({ row, quick })}\n`);
      const timer = setTimeout(() => child.kill(), LONGEST);
      const reply = await next();
      clearTimeout(timer);
      if (reply?.micros === undefined) return null;
      return { micros: reply.micros, peak: reply.peak ?? null, result: reply.result ?? [] };
    },
    close: () => {
      child.stdin.end();
    },
  };
}
