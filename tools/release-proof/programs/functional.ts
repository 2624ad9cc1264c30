// Trains a line on @dl/core/functional, where operators are functions alone; @dl/core in the same process shares its class.

import type { Tensor } from '@dl/core/functional';
import {
  add,
  copy_,
  manualSeed,
  matmul,
  mean,
  mul,
  noGrad,
  rand,
  square,
  sub,
  tensor,
} from '@dl/core/functional';

declare const console: { log(text: string): void };

export function train(): number {
  manualSeed(0);
  const x: Tensor = rand([64, 1]);
  const y: Tensor = add(mul(x, 3), 0.5);
  const w: Tensor = tensor([[0]], { dtype: 'float32', requiresGrad: true });
  const b: Tensor = tensor([0], { dtype: 'float32', requiresGrad: true });
  let last = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 400; step++) {
    const loss = mean(square(sub(add(matmul(x, w), b), y)));
    loss.backward();
    noGrad(() => {
      for (const p of [w, b]) {
        if (p.grad === null) throw new Error('no gradient');
        copy_(p, sub(p, mul(p.grad, 0.3)));
        p.grad = null;
      }
    });
    last = loss.item() as number;
  }
  return last;
}

async function main(): Promise<void> {
  const loss = train();
  if (!(loss < 1e-4)) throw new Error(`the line was not found: ${loss}`);
  const x = tensor([1, 2]);
  let said = '';
  try {
    x.add(1);
  } catch (error) {
    said = String(error);
  }
  if (!said.includes("call add(x, …), or import '@dl/core'")) throw new Error(`x.add: ${said}`);
  const root = await import('@dl/core');
  const one: boolean = x instanceof root.Tensor;
  if (!one) throw new Error('two classes');
  if (x.add(1).sum().item() !== 5) throw new Error('no methods');
  console.log('trained');
}

main();
