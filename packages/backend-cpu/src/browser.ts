// The entry for browser bundles (the condition `browser`): the same names, reporting that there is no addon.

import type * as node from './index.js';
import { notNode } from './no-addon.js';
import { checkThreads } from './thread-count.js';

export type { CpuInfo, InitOptions, InitReport, Isa } from './index.js';

export const isAvailable: typeof node.isAvailable = () => false;
export const init: typeof node.init = () => ({ active: false, reason: notNode });
export const shutdown: typeof node.shutdown = () => {};
export const setNumThreads: typeof node.setNumThreads = (threads) => checkThreads(threads);
export const getNumThreads: typeof node.getNumThreads = () => 1;
export const info: typeof node.info = () => ({
  active: false,
  reason: notNode,
  isa: null,
  threads: 1,
});
