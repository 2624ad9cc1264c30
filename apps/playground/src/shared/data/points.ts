// The notes' points: forty around one place for each class, here as many as asked for.
import { cat, ones, randn, type Tensor, zeros } from '@dl/core';

/** Two clouds: class 1 around (1.5, 1.5), class 0 around (-1, -1). */
export function points(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const spread = 0.5 + 2 * noise;
  const x = cat([randn([half, 2]).mul(spread).sub(1), randn([half, 2]).mul(spread).add(1.5)]);
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
