// The process must not end: index memory that is written while it is read, memory that runs out, files that swell.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { init } from '@dl/backend-cpu';
import { fromTypedArray, full, ones, zeros } from '@dl/core';
import { load } from '@dl/io';
import { either, holds, refuses } from '../lib/want.mjs';
import { deflatedZip } from '../lib/zip.mjs';

const int32 = { dtype: 'int32' };
const alive = holds('the process goes on', (v) => v === 'went on');

// What these may leave behind is damaged memory.
export const alone = true;

export default {
  'scatter-into-its-own-index': {
    needs: ['addon'],
    run: () => {
      init();
      const x = full([400], 1, int32);
      x.scatter_(0, x, full([400], 1999999999, int32));
      return 'went on';
    },
    want: either(alive, refuses(/scatter_|index|memory/i)),
  },
  'set-through-itself': {
    needs: ['addon'],
    run: () => {
      init();
      const x = full([400], 1, int32);
      x.set([x], 1999999999);
      return 'went on';
    },
    want: either(alive, refuses(/set|index|memory/i)),
  },
  'shared-index-changed-while-scattering': {
    needs: ['addon'],
    run: async () => {
      init({ threads: 2 });
      const shared = new SharedArrayBuffer(4 * 4096);
      const worker = new Worker(
        `const { workerData } = require('node:worker_threads');
         const index = new Int32Array(workerData);
         for (;;) { index.fill(1e9); index.fill(0); }`,
        { eval: true, workerData: shared },
      );
      await new Promise((done) => worker.once('online', done));
      const index = fromTypedArray(new Int32Array(shared));
      const x = zeros([4096]);
      const until = Date.now() + 4000;
      while (Date.now() < until) {
        try {
          x.scatter_(0, index, ones([4096]));
        } catch {
          // An index out of range, seen in time: right.
        }
      }
      await worker.terminate();
      return 'went on';
    },
    want: alive,
  },
  'sort-when-memory-is-short': {
    needs: ['addon'],
    // Enough for the tensors, too little for what the threads of the sort want: 2.2 to 2.8 GB with Node 20.
    shell: 'ulimit -v 2500000; exec',
    run: () => {
      init({ threads: 2, smallest: 0 });
      try {
        zeros([2, 1]).expand([2, 4e7]).sort(1);
      } catch (error) {
        if (error === null || typeof error !== 'object') throw error;
      }
      return 'went on';
    },
    want: alive,
  },
  'pickle-of-268-million-nones': {
    limit: 60,
    run: async ({ folder }) => {
      const program = Buffer.alloc(2 ** 28 + 3, 'N');
      program.set([0x80, 2]);
      program[program.length - 1] = '.'.charCodeAt(0);
      const file = join(folder, 'swells.pth');
      writeFileSync(
        file,
        deflatedZip({ 'archive/data.pkl': program, 'archive/version': Buffer.from('3\n') }),
      );
      return load(file);
    },
    want: refuses(/pickle|too (large|many|big)|limit|damaged/i),
  },
};
