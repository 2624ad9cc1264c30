// A separate process: every operator with indices while a worker changes its index. Memory faults end the process.
import { Worker } from 'node:worker_threads';
import * as dl from '@dl/core';
import { DLError, fromTypedArray, ones, type Tensor, zeros } from '@dl/core';
import { init } from '../../src/index.js';

const N = 4096;
const MILLISECONDS = 120;

const report = init({ threads: 2, smallest: 0 });
if (!report.active) throw new Error(report.reason);

/** Calls by the operator's name, on an index of N positions. */
export const calls: Readonly<Record<string, (index: Tensor, target: Tensor) => unknown>> = {
  gather: (i) => dl.gather(ones([N]), 0, i),
  indexSelect: (i) => dl.indexSelect(ones([N, 2]), 0, i),
  take: (i) => dl.take(ones([N]), i),
  searchsorted: (i) => dl.searchsorted(ones([N]), ones([4]), { sorter: i }),
  takeAlongDim: (i) => dl.takeAlongDim(ones([N]), i, 0),
  embedding: (i) => dl.embedding(i, ones([N, 3])),
  oneHot: (i) => dl.oneHot(i, 4),
  at: (i) => ones([N]).at(i),
  'at (two)': (i) => ones([N, N]).at(i, i),
  'at (rows)': (i) => ones([N, 300]).at(i.view([8, 512]).at(0)),
  scatter_: (i, x) => x.scatter_(0, i, ones([N])),
  'scatter_ (rows)': (i) =>
    zeros([N, 300]).scatter_(0, i.view([N, 1]).expand([N, 300]), ones([N, 300])),
  'scatter_ (add)': (i, x) => x.scatter_(0, i, ones([N]), { reduce: 'add' }),
  scatterAdd_: (i, x) => x.scatterAdd_(0, i, ones([N])),
  scatterReduce: (i, x) => dl.scatterReduce(x, 0, i, ones([N]), 'amax'),
  indexAdd_: (i, x) => x.indexAdd_(0, i, ones([N])),
  set: (i, x) => x.set([i], ones([N])),
  'set (number)': (i, x) => x.set([i], 3),
  'argmax (of what changes)': (i) => [i.argmax(), i.argmin(), i.view([8, 512]).argmax(1)],
  'sort (of what changes)': (i) => i.sort(),
};

async function main(): Promise<void> {
  const shared = new SharedArrayBuffer(4 * N);
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads');
     const index = new Int32Array(workerData);
     for (;;) { index.fill(1e9); index.fill(0); index.fill(-1e9); index.fill(5); }`,
    { eval: true, workerData: shared },
  );
  await new Promise((done) => worker.once('online', done));
  const index = fromTypedArray(new Int32Array(shared));
  const target = zeros([N]);
  for (const [name, call] of Object.entries(calls)) {
    const until = Date.now() + MILLISECONDS;
    while (Date.now() < until) {
      try {
        call(index, target);
      } catch (e) {
        // An index out of range that was detected in time: correct.
        if (!(e instanceof DLError)) throw e;
      }
    }
    console.log(name);
  }
  await worker.terminate();
  console.log('went on');
}

await main();
