// How many kernels and products were enqueued on the current device so far.
import { cuda } from '@dl/backend-cuda';

/** Launches so far. */
export const launches = (): number => cuda.kernelStats().launches;
