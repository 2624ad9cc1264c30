// Reads damaged and forged files: pnpm fuzz-files [--count N] [--seed S] [--from I] [--workers W].
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Report } from './child.js';
import { formatsOf } from './formats.js';
import { filesOf, formatOf } from './judge.js';

const usage = `pnpm fuzz-files [options]

  --count N     how many files (default 100000)
  --seed S      which ones (default 1): a file depends on the seed and its number alone
  --from I      the number of the first one (default 0)
  --workers W   processes that read at the same time (default 1)
  --refusals    prints the kinds of refusals
  --help        this text

Findings are kept in out/fuzz-files.`;

const root = fileURLToPath(new URL('../../../', import.meta.url));
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

async function main(): Promise<number> {
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
  const [count, seed, first, workers] = [
    values.count,
    values.seed,
    values.from,
    values.workers,
  ].map(Number) as [number, number, number, number];
  if (
    ![count, seed, first, workers].every((n) => Number.isSafeInteger(n) && n >= 0) ||
    workers < 1
  ) {
    console.error(usage);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'dl-hostile-'));
  const formats = await formatsOf(fixtures, join(folder, 'own'));
  const counts = new Map(formats.map(({ name }) => [name, { read: 0, refused: 0, other: 0 }]));
  const countsOf = (name: string) =>
    counts.get(name) as { read: number; refused: number; other: number };
  const refusals = new Set<string>();
  let found = 0;
  const keep = async ({ index, format, kind, text }: Finding): Promise<void> => {
    found++;
    countsOf(format).other++;
    const place = join(out, `${seed}-${index}`);
    mkdirSync(place, { recursive: true });
    for (const [name, bytes] of await filesOf(formats, seed, index))
      writeFileSync(join(place, name), bytes);
    console.log(`${kind}: ${format}, seed ${seed}, file ${index}, kept in ${place}`);
    console.log(`  ${text.trim().split('\n').slice(0, 6).join('\n  ')}`);
    console.log(`  again: pnpm fuzz-files --seed ${seed} --from ${index} --count 1`);
  };
  let next = first;
  let done = 0;
  const start = Date.now();
  const seconds = (): string => ((Date.now() - start) / 1000).toFixed(0);
  const work = async (worker: number): Promise<void> => {
    while (next < first + count) {
      let from = next;
      const [begin, to] = [from, Math.min(from + BLOCK, first + count)];
      next = to;
      while (from < to) {
        const { report, at, why } = await readBlock(seed, from, to, join(folder, `${worker}`));
        if (report === null) {
          const index = Math.max(at, from);
          await keep({ index, format: formatOf(formats, index).name, kind: 'crash', text: why });
          // What came before it is read again, to be counted.
          if (index > from) {
            const again = await readBlock(seed, from, index, join(folder, `${worker}`));
            if (again.report !== null) await add(again.report);
          }
          from = index + 1;
        } else {
          await add(report);
          from = to;
        }
      }
      done += to - begin;
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count}`);
      else if (Math.floor(done / 100_000) > Math.floor((done - (to - begin)) / 100_000)) {
        console.log(`${done} of ${count} files, ${found} findings, ${seconds()} s`);
      }
    }
  };
  const add = async (report: Report): Promise<void> => {
    for (const [name, { read, refused }] of Object.entries(report.counts)) {
      countsOf(name).read += read;
      countsOf(name).refused += refused;
    }
    for (const text of report.refusals) refusals.add(text);
    for (const finding of report.findings) await keep(finding);
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, i) => work(i)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const total = { read: 0, refused: 0, other: 0 };
  console.log('format            files     read  refused  anything else');
  const line = (name: string, { read, refused, other }: typeof total): void =>
    console.log(
      `${name.padEnd(14)}${[read + refused + other, read, refused, other].map((n) => String(n).padStart(9)).join('')}`,
    );
  for (const [name, own] of counts) {
    line(name, own);
    for (const key of ['read', 'refused', 'other'] as const) total[key] += own[key];
  }
  line('all', total);
  console.log(`seed ${seed}, ${refusals.size} kinds of refusals, ${seconds()} s`);
  if (values.refusals) console.log([...refusals].sort().join('\n'));
  return found === 0 ? 0 : 1;
}

process.exitCode = await main();
