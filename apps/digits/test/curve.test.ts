// The first hundred losses of a default run, against PyTorch's for the same seed.
import { expect, it } from 'vitest';
import { defaults } from '../src/cli.js';
import { apartOf, golden, lossesOn } from './losses.js';

it('goes down as in PyTorch, step by step', async () => {
  const { seed, hidden, batchSize, lr, momentum } = golden;
  expect(defaults).toMatchObject({ seed, hidden, batchSize, lr, momentum });
  expect(golden.losses).toHaveLength(100);
  const losses = await lossesOn('cpu', 100);
  expect(losses).toHaveLength(100);
  // Wide of what rounding does (see roundingError), and narrow enough to see a wrong draw or update.
  expect(golden.roundingError).toBeLessThan(1e-5);
  apartOf(losses).forEach((d, i) => {
    expect(d, `step ${i}: ${losses[i]}, PyTorch ${golden.losses[i]}`).toBeLessThan(1e-5);
  });
});
