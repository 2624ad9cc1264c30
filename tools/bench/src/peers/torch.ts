// PyTorch as a peer: a Python process that runs the same rows.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Peer, Row } from '../row.js';

const script = fileURLToPath(new URL('../peers/torch_rows.py', import.meta.url));

interface Reply {
  readonly seconds?: number | null;
  readonly result?: number[] | null;
}

/** Starts PyTorch with the interpreter named by the environment variable PYTHON, or `python3`. */
export function torchPeer(threads: number): Peer {
  const python = process.env.PYTHON ?? 'python3';
  const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
    encoding: 'utf8',
  });
  if (probe.status !== 0) {
    return {
      name: 'PyTorch',
      absent: `${python} has no torch; set PYTHON to an interpreter that has it`,
      time: async () => null,
      result: async () => null,
      close: () => {},
    };
  }
  const child: ChildProcess = spawn(python, ['-u', script, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: { resolve: (r: Reply) => void; reject: (e: Error) => void }[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as Reply);
  });
  child.on('exit', () => {
    for (const w of waiting) w.reject(new Error('bench: the PyTorch process ended early'));
  });
  const ask = (command: string, row: Row, steps: number): Promise<Reply> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin?.write(`${JSON.stringify({ command, row: row.name, steps })}\n`);
    });
  return {
    name: `PyTorch ${probe.stdout.trim()}`,
    absent: null,
    time: async (row, steps) => (await ask('time', row, steps)).seconds ?? null,
    result: async (row, steps) => (await ask('result', row, steps)).result ?? null,
    close: () => {
      child.stdin?.end();
    },
  };
}
