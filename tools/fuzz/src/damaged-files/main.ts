// Reads damaged and forged files: pnpm fuzz-files [--count N] [--seed S] [--from I] [--workers W].
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Report } from './child.js';
import { type Format, formatsOf } from './formats.js';
import { filesOf, formatOf } from './judge.js';

const usage = `pnpm fuzz-files [options]

  --count N     how many files (default 100000)
  --seed S      which ones (default 1): a file depends on the seed and its number alone
  --from I      the number of the first one (default 0)
  --workers W   processes that read at the same time (default 1)
  --refusals    prints the kinds of refusals
  --help        this text

Findings are kept in out/fuzz-files.`;

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const fixtures = join(root, 'packages/io/test/fixtures');
const out = join(root, 'out/fuzz-files');
const child = fileURLToPath(new URL('child.js', import.meta.url));
/** Files that one process reads, so that no state of one can hide for long. */
const BLOCK = 10_000;
/** A process that is at one file for so long hangs. */
const HANGS_MS = 15_000;
/** Megabytes of JavaScript's heap. */
const HEAP = 512;

interface Finding {
  readonly index: number;
  readonly format: string;
  readonly kind: string;
  readonly text: string;
}

/** Reads the files from one number to another in a process of its own. If that ends early, it says at which file. */
function readBlock(
  seed: number,
  from: number,
  to: number,
  progress: string,
): Promise<{ report: Report | null; at: number; why: string }> {
  writeFileSync(progress, Buffer.alloc(8));
  return new Promise((resolve) => {
    const started = spawn(
      process.execPath,
      [
        `--max-old-space-size=${HEAP}`,
        child,
        fixtures,
        String(seed),
        String(from),
        String(to),
        progress,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [text, errors, last, since, hung] = ['', '', -1, Date.now(), false];
    const place = (): number => readFileSync(progress).readDoubleLE();
    const watch = setInterval(() => {
      const at = place();
      if (at !== last) [last, since] = [at, Date.now()];
      else if (Date.now() - since > HANGS_MS) {
        hung = true;
        started.kill('SIGKILL');
      }
    }, 1000);
    started.stdout.on('data', (part) => {
      text += part;
    });
    started.stderr.on('data', (part) => {
      errors = `${errors}${part}`.slice(-2000);
    });
    started.on('close', (code, signal) => {
      clearInterval(watch);
      const ended = code === 0 && text !== '';
      resolve({
        report: ended ? (JSON.parse(text) as Report) : null,
        at: place(),
        why: hung
          ? `no end after ${HANGS_MS / 1000} s`
          : `the process ended: ${signal ?? code} ${errors}`,
      });
    });
  });
}

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly from: number;
  readonly workers: number;
  readonly refusals: boolean;
}

/** What was asked for; a number where the command ends with that at once. */
function asked(): Options | number {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      workers: { type: 'string', default: '1' },
      refusals: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { refusals } = values;
  const [count, seed, from, workers] = [values.count, values.seed, values.from, values.workers].map(
    Number,
  ) as [number, number, number, number];
  if (
    ![count, seed, from, workers].every((n) => Number.isSafeInteger(n) && n >= 0) ||
    workers < 1
  ) {
    console.error(usage);
    return 2;
  }
  return { count, seed, from, workers, refusals };
}

interface Counts {
  read: number;
  refused: number;
  other: number;
}

/** A run: its files, block by block, and what came of them. */
class Run {
  findings = 0;
  private readonly counts: Map<string, Counts>;
  private readonly refusals = new Set<string>();
  private readonly start = Date.now();
  private next: number;
  private done = 0;

  constructor(
    private readonly options: Options,
    private readonly formats: readonly Format[],
    private readonly folder: string,
  ) {
    this.next = options.from;
    this.counts = new Map(formats.map(({ name }) => [name, { read: 0, refused: 0, other: 0 }]));
  }

  /** Reads blocks until there are no more; several workers take turns. */
  async work(worker: number): Promise<void> {
    const { from, count } = this.options;
    while (this.next < from + count) {
      const begin = this.next;
      const to = Math.min(begin + BLOCK, from + count);
      this.next = to;
      await this.readFiles(begin, to, join(this.folder, `${worker}`));
      const before = this.done;
      this.done += to - begin;
      if (process.stderr.isTTY) process.stderr.write(`\r${this.done} of ${count}`);
      else if (Math.floor(this.done / 100_000) > Math.floor(before / 100_000)) {
        console.log(
          `${this.done} of ${count} files, ${this.findings} findings, ${this.seconds()} s`,
        );
      }
    }
  }

  /** Prints what came of the files, by format. */
  summary(): void {
    const total: Counts = { read: 0, refused: 0, other: 0 };
    console.log('format            files     read  refused  anything else');
    const line = (name: string, { read, refused, other }: Counts): void =>
      console.log(
        `${name.padEnd(14)}${[read + refused + other, read, refused, other].map((n) => String(n).padStart(9)).join('')}`,
      );
    for (const [name, own] of this.counts) {
      line(name, own);
      for (const key of ['read', 'refused', 'other'] as const) total[key] += own[key];
    }
    line('all', total);
    const { seed, refusals } = this.options;
    console.log(`seed ${seed}, ${this.refusals.size} kinds of refusals, ${this.seconds()} s`);
    if (refusals) console.log([...this.refusals].sort().join('\n'));
  }

  private seconds(): string {
    return ((Date.now() - this.start) / 1000).toFixed(0);
  }

  /** Reads files; where the process ends early, the file that it was at is a finding, and another one goes on. */
  private async readFiles(begin: number, to: number, progress: string): Promise<void> {
    const { seed } = this.options;
    for (let from = begin; from < to; ) {
      const { report, at, why } = await readBlock(seed, from, to, progress);
      if (report !== null) {
        await this.add(report);
        return;
      }
      const index = Math.max(at, from);
      const format = formatOf(this.formats, index).name;
      await this.keep({ index, format, kind: 'crash', text: why });
      // What came before it is read again, to be counted.
      if (index > from) {
        const again = await readBlock(seed, from, index, progress);
        if (again.report !== null) await this.add(again.report);
      }
      from = index + 1;
    }
  }

  private countsOf(name: string): Counts {
    return this.counts.get(name) as Counts;
  }

  private async add(report: Report): Promise<void> {
    for (const [name, { read, refused }] of Object.entries(report.counts)) {
      this.countsOf(name).read += read;
      this.countsOf(name).refused += refused;
    }
    for (const text of report.refusals) this.refusals.add(text);
    for (const finding of report.findings) await this.keep(finding);
  }

  /** Prints a finding, and keeps its files. */
  private async keep({ index, format, kind, text }: Finding): Promise<void> {
    const { seed } = this.options;
    this.findings++;
    this.countsOf(format).other++;
    const place = join(out, `${seed}-${index}`);
    mkdirSync(place, { recursive: true });
    for (const [name, bytes] of await filesOf(this.formats, seed, index))
      writeFileSync(join(place, name), bytes);
    console.log(`${kind}: ${format}, seed ${seed}, file ${index}, kept in ${place}`);
    console.log(`  ${text.trim().split('\n').slice(0, 6).join('\n  ')}`);
    console.log(`  again: pnpm fuzz-files --seed ${seed} --from ${index} --count 1`);
  }
}

async function main(): Promise<number> {
  const options = asked();
  if (typeof options === 'number') return options;
  const folder = mkdtempSync(join(tmpdir(), 'dl-fuzz-files-'));
  const run = new Run(options, await formatsOf(fixtures, join(folder, 'own')), folder);
  try {
    await Promise.all(Array.from({ length: options.workers }, (_, i) => run.work(i)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  run.summary();
  return run.findings === 0 ? 0 : 1;
}

process.exitCode = await main();
