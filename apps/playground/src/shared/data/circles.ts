// Two rings, one inside the other.
import { cat, full, ones, rand, randn, stack, type Tensor, zeros } from '@dl/core';

/** Two rings: class 0 at radius 0.5, class 1 at radius 1. */
export function circles(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const angle = rand([count]).mul(2 * Math.PI);
  const radius = cat([full([half], 0.5), full([half], 1)]);
  const ring = stack([angle.cos().mul(radius), angle.sin().mul(radius)], 1);
  const x = ring.add(randn([count, 2]).mul(noise));
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
