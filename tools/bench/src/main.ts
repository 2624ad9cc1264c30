// Measures rows beside their peers and prints a table, or JSON lines: pnpm bench [suite] [--json].
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { info, init } from '@dl/backend-cpu';
import { type Limits, limitsOf } from './limits.js';
import { type Measurement, measure } from './measure.js';
import { ours } from './ours.js';
import { pageOf, webSection, webSectionOf, withWebSection } from './page.js';
import { ownPeak, peakRow } from './peak.js';
import { javascriptPeers } from './peers/javascript.js';
import { python, torchPeer } from './peers/torch.js';
import type { Peer, Row } from './row.js';
import { argumentRows, unchecked } from './suites/arguments.js';
import { digits } from './suites/digits.js';
import { files } from './suites/files.js';
import { kernels } from './suites/kernels.js';
import { small } from './suites/small.js';
import { runWeb, type WebRun } from './web/run.js';
import { zooRows } from './zoo.js';

const rows: readonly Row[] = [...small, ...argumentRows, ...digits, ...kernels, ...files];
const suites = [...new Set(rows.map((r) => r.suite)), 'memory', 'zoo'];

const usage = `pnpm bench [suite] [options]

Suites: ${suites.join(', ')}; all of them if none is named.
By itself stands webgpu: TensorFlow.js and jax-js beside us in a page of Chromium, on one adapter, and device
webgpu in Node beside device cpu. \`--write\` writes it into the page's own part.

  --json          one JSON line a row and peer
  --write FILE    a Markdown page of the run too
  --only REGEXP   rows whose name it matches
  --rounds N      batches that count, of which the median is taken (default 9)
  --threads N     threads that we and the peers may use (default 2)
  --plain         core's own backend, without the addon
  --peers NAMES   torch, js or both, separated by a comma (default torch,js)
  --help          this text

The suite zoo times the public programs of tools/zoo: CPU time with one thread and wall time with two, whatever
--threads says.

PyTorch is a peer if the interpreter named by DL_PYTHON or PYTHON (default python3) has torch; TensorFlow.js and
jax-js come with the development packages.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      write: { type: 'string' },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '9' },
      threads: { type: 'string', default: '2' },
      plain: { type: 'boolean', default: false },
      peers: { type: 'string', default: 'torch,js' },
      peak: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const unknown = positionals.find((name) => ![...suites, 'webgpu'].includes(name));
  const rounds = Number(values.rounds);
  const threads = Number(values.threads);
  const whole = (n: number): boolean => Number.isInteger(n) && n >= 1;
  if (unknown !== undefined || !whole(rounds) || !whole(threads)) {
    const what =
      unknown !== undefined
        ? `no suite '${unknown}'; there are ${suites.join(', ')}, webgpu`
        : '--rounds and --threads must be positive integers';
    console.error(`bench: ${what}`);
    return 2;
  }
  const holds = (row: Pick<Row, 'name'>): boolean => new RegExp(values.only).test(row.name);
  const chosen = rows.filter(
    (r) => holds(r) && (positionals.length === 0 || positionals.includes(r.suite)),
  );
  if (!values.plain) init({ threads });
  if (positionals.includes('webgpu')) {
    if (positionals.length > 1) {
      console.error('bench: the suite webgpu runs by itself');
      return 2;
    }
    const run = await runWeb(
      holds,
      { rounds, batch: 0.05 },
      (m) => print(m, values.json),
      (line) => {
        if (!values.json) console.log(line);
      },
    );
    if (typeof run === 'string') {
      console.error(`bench: webgpu: ${run}`);
      return 1;
    }
    if (values.write !== undefined) writeWebSection(values.write, run, rounds);
    return 0;
  }
  if (values.peak) {
    // What `peakRow` starts in a fresh process.
    console.log(await ownPeak());
    return 0;
  }
  const us = ours();
  const named = values.peers.split(',');
  const peers = [
    unchecked(),
    ...(named.includes('torch') ? [await torchPeer(threads)] : []),
    ...(named.includes('js') ? await javascriptPeers(threads) : []),
  ];
  const limits = limitsOf(threads);
  if (!values.json) {
    console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
    const { active, isa, reason } = info();
    console.log(active ? `addon: ${isa}, ${threads} threads` : `addon: not in use, ${reason}`);
    for (const p of peers)
      console.log(p.absent === null ? p.name : `${p.name}: absent, ${p.absent}`);
    console.log(limitsText(limits, threads));
  }
  const all: Measurement[] = [];
  try {
    for (const row of chosen) {
      for (const m of await measure(row, us, peers, {
        rounds,
        batch: 0.05,
        limits: typeof limits === 'string' ? null : limits,
      })) {
        print(m, values.json);
        all.push(m);
      }
    }
    if (positionals.length === 0 || positionals.includes('memory')) {
      for (const m of peakRow(threads, values.plain)) {
        print(m, values.json);
        all.push(m);
      }
    }
    if (positionals.length === 0 || positionals.includes('zoo')) {
      const present = peers.some((p) => p.name.startsWith('PyTorch') && p.absent === null);
      for await (const m of zooRows({
        rounds,
        plain: values.plain,
        python: present ? python() : null,
        holds,
        say: (line) => console.error(line),
      })) {
        print(m, values.json);
        all.push(m);
      }
    }
  } finally {
    for (const p of [us, ...peers]) p.close();
  }
  if (values.write !== undefined) {
    const own = page(all, { rounds, threads, limits: limitsText(limits, threads), peers });
    const kept = webSectionOf(textOf(values.write));
    writeFileSync(values.write, kept === null ? own : withWebSection(own, kept));
  }
  return 0;
}

/** The machine's limits in words. */
const limitsText = (limits: Limits | string, threads: number): string =>
  typeof limits === 'string'
    ? `the machine's limits are not known: ${limits}`
    : `the machine's limits with ${threads} threads: ${limits.gflops} GFLOP/s of multiply-adds, ${limits.gigabytes} GB/s read from memory`;

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const today = (): string => new Date().toISOString().slice(0, 10);
const processor = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} threads`;

/** Puts a run of the suite `webgpu` into its part of a page. */
function writeWebSection(file: string, run: WebRun, rounds: number): void {
  const about = { date: today(), processor: processor(), node: process.version, rounds };
  writeFileSync(file, withWebSection(textOf(file), webSection(run.all, { ...about, ...run })));
}

/** The run as a page of the documentation. */
const page = (
  all: readonly Measurement[],
  effort: { rounds: number; threads: number; limits: string; peers: readonly Peer[] },
): string =>
  pageOf(all, {
    ...effort,
    date: today(),
    processor: processor(),
    node: process.version,
    load: loadavg()[0].toFixed(1),
  });

function print(m: Measurement, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(m));
    return;
  }
  const time = (t: number): string => `${t.toFixed(t < 100 ? 2 : 0)} ${m.unit}`;
  const beside =
    m.peer === null
      ? 'no peer'
      : `${m.peerName} ${time(m.peer)}, ratio ${(m.ratio as number).toFixed(2)}`;
  const share = m.share === null ? '' : `; ${Math.round(m.share * 100)} % of the limit`;
  const note = m.unsteady ? ' (unsteady: something else was running)' : '';
  console.log(`${m.suite}: ${m.row}: ${time(m.ours)}; ${beside}${share}${note}`);
}

process.exitCode = await main().catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : e);
  return 1;
});
