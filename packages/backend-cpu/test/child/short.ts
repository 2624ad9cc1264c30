// A process with little memory: failed allocations of the addon become errors, also in the threads of its pool.
import { DLError, ones, zeros } from '@dl/core';
import { init } from '../../src/index.js';

const report = init({ threads: 2, smallest: 0 });
if (!report.active) throw new Error(report.reason);

const calls: Readonly<Record<string, () => unknown>> = {
  sort: () => zeros([2, 1]).expand([2, 4e7]).sort(1),
  'sort of a single line': () => zeros([1]).expand([8e7]).sort(0),
  zeros: () => zeros([5e8]),
  'uninitialized memory': () => ones([3e8]).add(1),
};
for (const [name, call] of Object.entries(calls)) {
  try {
    call();
    console.log(`${name}: done`);
  } catch (e) {
    if (!(e instanceof DLError)) throw e;
    console.log(`${name}: refused`);
  }
  // The refused call has left the pool in a valid state.
  if (
    ones([300, 300])
      .matmul(ones([300, 300]))
      .sum()
      .item() !==
    300 ** 3
  )
    throw new Error(name);
}
console.log('went on');
