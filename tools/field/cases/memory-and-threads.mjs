// Memory that one operator takes, and settings that are not understood.

import { init } from '@dl/backend-cpu';
import { ones, tensor, zeros } from '@dl/core';
import { equal, holds, refuses } from '../lib/want.mjs';

// Settings of the process, and its memory.
export const alone = true;

export default {
  'dot-of-long-vectors': {
    needs: ['addon'],
    flags: ['--expose-gc'],
    run: () => {
      init();
      const a = ones([2e7]);
      const b = ones([2e7]);
      globalThis.gc();
      const before = process.memoryUsage().rss;
      const product = a.dot(b).item();
      if (product !== 2e7) return `wrong product ${product}`;
      return Math.round((process.memoryUsage().rss - before) / 2 ** 20);
    },
    want: holds(
      'less than 40 MiB more for two vectors of 80 MB',
      (mib) => typeof mib === 'number' && mib < 40,
    ),
  },
  'threads-setting-no-number': {
    needs: ['addon'],
    run: () => {
      process.env.DL_CPU_THREADS = 'abc';
      return init().threads;
    },
    want: refuses(/DL_CPU_THREADS/, /abc/),
  },
  'index-beyond-2-to-the-31': {
    heavy: true,
    run: () => {
      const x = zeros([2 ** 31 + 16], { dtype: 'uint8' });
      x.at(`${2 ** 31 + 3}:${2 ** 31 + 4}`).fill_(7);
      return x.indexSelect(0, tensor([2147483651n], { dtype: 'int64' }));
    },
    want: equal([7]),
  },
};
