// The rows that run on device webgpu, which are the CPU's.
import type { Row } from '../row.js';
import { digits } from '../suites/digits.js';
import { kernels } from '../suites/kernels.js';

/** Too large for an adapter in software, too long for its sorting, or not of a device at all. */
const left = /^(matmul (1024|2048|1009)x|digits epoch|cat|gather|sort|transpose)/;

/** The rows of the suite `webgpu`. */
export const webRows: readonly Row[] = [...digits, ...kernels]
  .filter(({ name }) => !left.test(name))
  .map((row) => ({ ...row, suite: 'webgpu' }));
