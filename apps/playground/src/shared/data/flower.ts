// A flower whose petals are of two kinds in turn: no line parts them.
import {
  add,
  cat,
  cos,
  linspace,
  mul,
  ones,
  randn,
  sin,
  stack,
  type Tensor,
  zeros,
} from '@dl/core/functional';

/** Points along the petals of a flower, of two kinds in turn. */
export function flower(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const petals = [0, 1].map((kind) => {
    const t = add(linspace(kind * 3.12, (kind + 1) * 3.12, half), mul(randn([half]), noise));
    const r = add(mul(sin(mul(t, 4)), 4), mul(randn([half]), noise));
    return stack([mul(r, sin(t)), mul(r, cos(t))], 1);
  });
  return { x: cat(petals), y: cat([zeros([half]), ones([half])]).to('int32') };
}
