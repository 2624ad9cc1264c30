// The notes' points: forty around one place for each class, here as many as asked for.
import { add, cat, mul, ones, randn, sub, type Tensor, zeros } from '@dl/core/functional';

/** Two clouds: class 1 around (1.5, 1.5), class 0 around (-1, -1). */
export function points(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const spread = 0.5 + 2 * noise;
  const x = cat([sub(mul(randn([half, 2]), spread), 1), add(mul(randn([half, 2]), spread), 1.5)]);
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
