// Two rings, one inside the other.
import {
  add,
  cat,
  cos,
  full,
  mul,
  ones,
  rand,
  randn,
  sin,
  stack,
  type Tensor,
  zeros,
} from '@dl/core/functional';

/** Two rings: class 0 at radius 0.5, class 1 at radius 1. */
export function circles(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const angle = mul(rand([count]), 2 * Math.PI);
  const radius = cat([full([half], 0.5), full([half], 1)]);
  const ring = stack([mul(cos(angle), radius), mul(sin(angle), radius)], 1);
  const x = add(ring, mul(randn([count, 2]), noise));
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
