// The suite `webgpu`: times in a page beside other libraries, counts of a step, and Node beside its CPU.
import { webgpu } from '@dl/backend-webgpu';
import { provideAdapter } from 'dl-testing/webgpu';
import { type Effort, type Measurement, measure } from '../measure.js';
import { ours } from '../ours.js';
import type { Peer, Row } from '../row.js';
import { openWeb, type WebPeer } from './browser.js';
import { webRows } from './rows.js';

/** Where the suite ran, and who took part. */
export interface WebRun {
  readonly where: string;
  readonly peers: readonly Peer[];
  readonly all: readonly Measurement[];
}

/** Rows whose dispatches and submits are counted. */
const counted = /step/;

async function countsOf(row: Row, us: WebPeer, peers: readonly Peer[]): Promise<Measurement[]> {
  const mine = await us.counts(row.name);
  if (mine === null) throw new Error(`bench: ${row.name}: nothing to count`);
  const found: Measurement[] = [];
  for (const peer of peers) {
    if (peer.absent !== null) continue;
    const theirs = await (peer as WebPeer).counts(row.name);
    if (theirs === null) continue;
    for (const unit of ['dispatches', 'submits'] as const) {
      found.push({
        suite: 'webgpu-counts',
        row: `${unit} of a ${row.name}`,
        ours: mine[unit],
        peer: theirs[unit],
        peerName: peer.name,
        unit,
        ratio: theirs[unit] / mine[unit],
        share: null,
      });
    }
  }
  for (const p of [us, ...peers]) await p.end(row);
  return found;
}

/** Device `webgpu` in this process: the same rows, each step waited for. */
function inNode(): Peer {
  const there = ours('webgpu', () => webgpu.synchronize());
  return { ...there, name: 'webgpu' };
}

/** Runs the suite; `say` gets each measurement as it comes. */
export async function runWeb(
  chosen: (row: Row) => boolean,
  effort: Effort,
  say: (m: Measurement) => void,
  head: (line: string) => void,
): Promise<WebRun | string> {
  const web = await openWeb();
  if (typeof web === 'string') return web;
  const all: Measurement[] = [];
  const take = (found: readonly Measurement[]): void => {
    for (const m of found) {
      say(m);
      all.push(m);
    }
  };
  const where = `Chromium ${web.browser}, adapter ${web.adapter}`;
  head(where);
  for (const p of web.peers) head(p.absent === null ? p.name : `${p.name}: absent, ${p.absent}`);
  const rows = webRows.filter(chosen);
  try {
    for (const row of rows) {
      if (counted.test(row.name)) take(await countsOf(row, web.ours, web.peers));
      take(await measure(row, web.ours, web.peers, effort));
    }
  } finally {
    await web.close();
  }
  provideAdapter();
  const reason = await webgpu.unavailable();
  if (reason !== null) {
    head(`webgpu in Node: absent, ${reason}`);
    return { where, peers: web.peers, all };
  }
  await webgpu.init();
  const [gpu, cpu] = [inNode(), { ...ours('cpu'), name: 'cpu' }];
  for (const row of rows) {
    take(await measure({ ...row, suite: 'webgpu-node' }, gpu, [cpu], effort));
  }
  return { where, peers: [...web.peers, cpu], all };
}
