// Run on another platform's Node: worker threads that compute and end, then another number of threads.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { init, setNumThreads } from '@dl/backend-cpu';
import { manualSeed, randn } from '@dl/core';

init({ threads: 4 });

function compute() {
  manualSeed(1);
  const x = randn([300, 300]);
  return x.matmul(x).sum().item();
}

/** What a worker computed, once it has ended. */
const worker = () =>
  new Promise((done, failed) => {
    const started = new Worker(new URL(import.meta.url));
    let value;
    started.on('message', (sent) => {
      value = sent;
    });
    started.on('error', failed);
    started.on('exit', () => done(value));
  });

if (isMainThread) {
  const mine = compute();
  let same = 0;
  for (let round = 0; round < 5; round++) {
    const values = await Promise.all(Array.from({ length: 4 }, worker));
    same += values.filter((value) => value === mine).length;
  }
  setNumThreads(1);
  if (compute() !== mine) throw new Error('another number of threads, another result');
  console.log(`${same} of 20 workers agree`);
} else parentPort.postMessage(compute());
