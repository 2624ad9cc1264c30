// A judge in a process of its own, so that a crash or a hang of one program is that program's, and no more.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Outcome, Verdict } from './outcome.js';
import type { Program } from './program.js';

/** How a judge is started and asked. */
export interface JudgeOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is sent for a program, beside its number. */
  readonly request: (program: Program) => object;
  /** After so long without an answer a program is ended. */
  readonly timeoutMs: number;
  /** How long the start may take. */
  readonly startMs?: number;
}

/** A judge is not to be had here; one sentence says what is missing. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}

interface Answer {
  readonly id?: number;
  readonly ready?: string;
  readonly absent?: string;
  readonly program?: Program;
  readonly outcome?: Outcome;
}

interface Waiting {
  readonly program: Program;
  /** Run as the first and only one of its process. */
  alone?: boolean;
  done(answer: Answer | { readonly ended: 'crash' | 'hang'; readonly how: string }): void;
}

/** A device that has refused an operation says so late, and goes on saying so: it may have been another program's. */
const spoiled = (answer: Answer): boolean =>
  answer.outcome !== undefined &&
  [answer.outcome.failure, ...Object.values(answer.outcome.errors)].some(
    (e) => e !== undefined && /refused by the device|unusable|is not usable/.test(e.message),
  );

/** An answer, or null if the line is not whole; a judge that goes on without an answer is a hanging one. */
function parsed(line: string): Answer | null {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return null;
  }
}

/** Programs sent before the first is answered: the pipe is kept full, and a crash costs no more than these. */
const ahead = 24;

export class Judge {
  private child: ChildProcess | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private readonly queue: Waiting[] = [];
  private timer: NodeJS.Timeout | null = null;
  private count = 0;
  private stderr = '';
  about = '';

  private constructor(private readonly options: JudgeOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** The device that tensors have to be on. */
  get device(): string {
    const [kind = ''] = this.name.split(':');
    return kind === 'webgpu' || kind === 'cuda' ? kind : 'cpu';
  }

  /**
   * Starts a judge.
   *
   * @throws AbsentError where it is not to be had.
   */
  static async open(options: JudgeOptions): Promise<Judge> {
    const judge = new Judge(options);
    await judge.start();
    return judge;
  }

  /** What the judge says of a program; in order, several at a time. */
  async judge(program: Program): Promise<Verdict> {
    const answer = await this.ask(program);
    if ('ended' in answer) return answer;
    if (answer.outcome === undefined) throw new Error(`${this.name} gave no outcome`);
    return { outcome: answer.outcome };
  }

  /** The whole answer, for a judge that is asked for more than an outcome. */
  ask(program: Program): Promise<Answer | { ended: 'crash' | 'hang'; how: string }> {
    return new Promise((done) => {
      this.queue.push({ program, done });
      this.send();
    });
  }

  close(): void {
    const { child } = this;
    this.child = null;
    if (this.timer !== null) clearTimeout(this.timer);
    child?.removeAllListeners();
    child?.kill('SIGKILL');
  }

  private start(): Promise<void> {
    const { command, args, env = {}, startMs = 60_000 } = this.options;
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child = child;
    this.stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      this.stderr = (this.stderr + String(text)).slice(-2000);
    });
    // What is written to a process that has ended is written again to the next one.
    child.stdin.on('error', () => {});
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new AbsentError(`${this.name}: did not start in ${startMs / 1000} s`));
      }, startMs);
      const absent = (why: string): void => {
        clearTimeout(late);
        reject(new AbsentError(`${this.name}: ${why}`));
      };
      child.on('error', (e) => absent(e.message));
      let ready = false;
      createInterface({ input: child.stdout }).on('line', (line) => {
        // Libraries of devices write to stdout too.
        if (!line.startsWith('{"')) {
          this.stderr = `${this.stderr}${line}\n`.slice(-2000);
          return;
        }
        // Of a process that was ended, or that ends while it speaks, the last line may be half a line.
        const answer = this.child === child ? parsed(line) : null;
        if (answer === null) return;
        if (answer.absent !== undefined) return absent(answer.absent);
        if (answer.ready !== undefined) {
          clearTimeout(late);
          ready = true;
          this.about = answer.ready;
          resolve();
          this.send();
          return;
        }
        this.answered(answer);
      });
      child.on('exit', (code, signal) => {
        if (this.child !== child) return;
        if (!ready)
          return absent(this.stderr.trim().split('\n').at(-1) || `ended with ${signal ?? code}`);
        void this.lost(
          'crash',
          `the process ended with ${signal ?? `code ${code}`}: ${this.stderr.trim().slice(-300)}`,
        );
      });
    });
  }

  private send(): void {
    while (this.child !== null && this.waiting.size < ahead) {
      const [next] = this.queue;
      if (next === undefined || (this.waiting.size > 0 && next.alone)) break;
      if ([...this.waiting.values()].some((w) => w.alone)) break;
      this.queue.shift();
      const id = this.count++;
      this.waiting.set(id, next);
      this.write(id, next.program);
    }
    if (this.timer === null && this.waiting.size > 0) this.watch();
  }

  private write(id: number, program: Program): void {
    this.child?.stdin?.write(`${JSON.stringify({ id, ...this.options.request(program) })}\n`);
  }

  /** The first one without an answer is what runs now. */
  private watch(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.size === 0) return;
    this.timer = setTimeout(() => {
      void this.lost('hang', `no answer in ${this.options.timeoutMs / 1000} s`);
    }, this.options.timeoutMs);
  }

  private answered(answer: Answer): void {
    const { id = -1 } = answer;
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    if (spoiled(answer)) {
      // Whoever else was sent to this process is asked again, in a new one.
      const others = [...this.waiting.values()];
      this.waiting.clear();
      this.queue.unshift(...others);
      if (waiting.alone) waiting.done(answer);
      else {
        waiting.alone = true;
        this.queue.unshift(waiting);
      }
      this.close();
      this.timer = null;
      void this.restart();
      return;
    }
    this.watch();
    this.send();
    waiting.done(answer);
  }

  /** The program that ran is to blame; the others are sent again to a new process. */
  private async lost(ended: 'crash' | 'hang', how: string): Promise<void> {
    const [first, ...others] = [...this.waiting.entries()];
    this.close();
    this.timer = null;
    this.waiting.clear();
    this.queue.unshift(...others.map(([, waiting]) => waiting));
    first?.[1].done({ ended, how });
    await this.restart();
  }

  private async restart(): Promise<void> {
    try {
      await this.start();
    } catch (e) {
      const how = e instanceof Error ? e.message : String(e);
      for (const waiting of this.queue.splice(0)) waiting.done({ ended: 'crash', how });
    }
  }
}
