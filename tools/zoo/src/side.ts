// One side of a comparison: a child that answers a line of JSON with a line of JSON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { twinServer } from './program.js';

/** What a side is asked; `program` is the twin's file, for the side that runs them all. */
export type Request =
  | { readonly do: 'values'; readonly program?: string; readonly steps?: number }
  | {
      readonly do: 'time';
      readonly program?: string;
      readonly ms: number;
      readonly threads: number;
      /** Steps after which the twin starts anew. */
      readonly again?: number | null;
    };

export type Answer =
  | { readonly error: string }
  | { readonly values: number[]; readonly torch?: string }
  /** Milliseconds that so many steps took. */
  | { readonly steps: number; readonly cpu: number; readonly wall: number };

/** A side that can be asked. */
export interface Side {
  /** A process that has ended, or takes longer than two minutes, answers with an error. */
  ask(request: Request): Promise<Answer>;
  end(): void;
}

const LIMIT = 120_000;

function start(command: string, args: readonly string[]): Side {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: ((answer: Answer) => void)[] = [];
  let complaint = '';
  let over: string | null = null;
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('@@')) waiting.shift()?.(JSON.parse(line.slice(2)) as Answer);
  });
  const ended = (how: string): void => {
    over ??= how;
    for (const answer of waiting.splice(0)) answer({ error: over });
  };
  child.on('error', (e) => ended(`${command} does not start: ${e.message}`));
  child.on('close', (code, signal) => {
    const last = complaint.trim().split('\n').at(-1) ?? '';
    ended(`the process ended with ${signal ?? `code ${code}`}: ${last}`);
  });
  // It may have ended in the meantime, which `close` tells.
  child.stdin.on('error', () => {});
  return {
    ask(request) {
      if (over !== null) return Promise.resolve({ error: over });
      return new Promise((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
        waiting.push((answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
    },
    end() {
      child.stdin.end();
      child.kill();
    },
  };
}

/** Our side of a program; `plain` is without the addon. */
export function ourSide(name: string, plain: boolean): Side {
  const script = fileURLToPath(new URL('./serve.js', import.meta.url));
  return start(process.execPath, [script, name, ...(plain ? ['--plain'] : [])]);
}

/** The twins of all programs, run by a Python that has PyTorch. */
export const torchSide = (python: string): Side => start(python, ['-u', twinServer()]);
