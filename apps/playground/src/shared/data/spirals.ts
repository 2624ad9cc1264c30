// Two spirals, wound into each other.
import { cat, ones, rand, randn, stack, type Tensor, zeros } from '@dl/core';

/** Two spirals that wind one and a half times around the middle. */
export function spirals(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const arms = [0, 1].map((kind) => {
    const t = rand([half]).sqrt();
    const angle = t.mul(3 * Math.PI).add(kind * Math.PI);
    return stack([angle.cos().mul(t), angle.sin().mul(t)], 1);
  });
  const x = cat(arms).add(randn([count, 2]).mul(noise * 0.5));
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
