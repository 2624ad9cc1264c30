// Trains a line on @dl/core alone.
import { manualSeed, noGrad, rand, type Tensor, tensor } from '@dl/core';

declare const console: { log(text: string): void };

export function train(): number {
  manualSeed(0);
  const x: Tensor = rand([64, 1]);
  const y: Tensor = x.mul(3).add(0.5);
  const w: Tensor = tensor([[0]], { dtype: 'float32', requiresGrad: true });
  const b: Tensor = tensor([0], { dtype: 'float32', requiresGrad: true });
  let last = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 400; step++) {
    const loss = x.matmul(w).add(b).sub(y).square().mean();
    loss.backward();
    noGrad(() => {
      for (const p of [w, b]) {
        if (p.grad === null) throw new Error('no gradient');
        p.sub_(p.grad.mul(0.3));
        p.grad = null;
      }
    });
    last = loss.item() as number;
  }
  return last;
}

const loss = train();
if (!(loss < 1e-4)) throw new Error(`the line was not found: ${loss}`);
console.log('trained');
