// Operands larger than the suite's, beside the CPU: every tile of the product, two-stage reductions, 64-bit positions.
import { fileURLToPath } from 'node:url';
import { drawn, sampleOf } from 'dl-testing/sampling';
import { expect, it } from 'vitest';
import { run } from './helper.js';

const program = fileURLToPath(new URL('shapes.mjs', import.meta.url));

const own = { DL_CUDA_CUBLAS: '/nowhere/libcublas.so.13' };

const ways: readonly (readonly [string, NodeJS.ProcessEnv])[] = [
  ['with cuBLAS', {}],
  ['kernels of our own', own],
  ['positions in 64 bits, another order of threads', { ...own, DL_CUDA_WIDE: '1' }],
];

// One of them at each commit, in turn.
it.each(drawn(sampleOf(ways.length), ways))(
  'agree with the CPU: %s',
  { timeout: 180_000 },
  (_, extra) => {
    const said = run([program], { DL_CUDA_NO_CACHE: '1', DL_CUDA_EMULATOR_SEED: '5', ...extra });
    expect(said.err).toBe('');
    expect(said.out).toMatch(/^\d{3} cases, 0 differ, 0 bytes left\n$/);
    expect(said.status).toBe(0);
  },
);
