// Two spirals, wound into each other.
import {
  add,
  cat,
  cos,
  mul,
  ones,
  rand,
  randn,
  sin,
  sqrt,
  stack,
  type Tensor,
  zeros,
} from '@dl/core/functional';

/** Two spirals that wind one and a half times around the middle. */
export function spirals(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const arms = [0, 1].map((kind) => {
    const t = sqrt(rand([half]));
    const angle = add(mul(t, 3 * Math.PI), kind * Math.PI);
    return stack([mul(cos(angle), t), mul(sin(angle), t)], 1);
  });
  const x = add(cat(arms), mul(randn([count, 2]), noise * 0.5));
  return { x, y: cat([zeros([half]), ones([half])]).to('int32') };
}
