// A flower whose petals are of two kinds in turn: no line parts them.
import { cat, linspace, ones, randn, stack, type Tensor, zeros } from '@dl/core';

/** Points along the petals of a flower, of two kinds in turn. */
export function flower(count: number, noise: number): { x: Tensor; y: Tensor } {
  const half = count / 2;
  const petals = [0, 1].map((kind) => {
    const t = linspace(kind * 3.12, (kind + 1) * 3.12, half).add(randn([half]).mul(noise));
    const r = t
      .mul(4)
      .sin()
      .mul(4)
      .add(randn([half]).mul(noise));
    return stack([r.mul(t.sin()), r.mul(t.cos())], 1);
  });
  return { x: cat(petals), y: cat([zeros([half]), ones([half])]).to('int32') };
}
