// A peer in a process of its own, which takes one JSON command a line and answers with one JSON line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Peer, Row } from '../row.js';

interface Reply {
  readonly label?: string;
  readonly seconds?: number | null;
  readonly result?: number[] | null;
}

/** A peer that is not here. */
export const absentPeer = (name: string, why: string): Peer => ({
  name,
  absent: why,
  time: async () => null,
  result: async () => null,
  end: async () => {},
  close: () => {},
});

/** Starts a peer; its first line must say what it is: `{"label": "…"}`. */
export async function processPeer(
  name: string,
  command: string,
  args: readonly string[],
  fix: string,
): Promise<Peer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-4000);
  });
  const waiting: { resolve: (r: Reply) => void; reject: (e: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as Reply);
  });
  const failed = (): void => {
    for (const w of waiting.splice(0))
      w.reject(new Error(`bench: ${name} ended early\n${complaint}`));
  };
  child.on('error', failed);
  child.on('close', failed);
  const next = (): Promise<Reply> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
  const first = await next().catch(() => null);
  if (first?.label === undefined) return absentPeer(name, fix);
  const ask = (order: string, row: Row, steps: number): Promise<Reply> => {
    const answer = next();
    child.stdin.write(`${JSON.stringify({ command: order, row: row.name, steps })}\n`);
    return answer;
  };
  return {
    name: first.label,
    absent: null,
    time: async (row, steps) => (await ask('time', row, steps)).seconds ?? null,
    result: async (row, steps) => (await ask('result', row, steps)).result ?? null,
    end: async (row) => {
      await ask('end', row, 0);
    },
    close: () => {
      child.stdin.end();
    },
  };
}
