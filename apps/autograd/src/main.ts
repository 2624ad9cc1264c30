// What backward() computes: gradients by the chain rule.
import { grad, hessian, noGrad, type Tensor, tensor } from '@dl/core';

console.log('# One variable: z = (x + 2)² + 3');
const x = tensor([2], { requiresGrad: true });
const y = x.add(2);
const z = y.square().add(3);
z.backward();
console.log('z =', z);
console.log('dz/dx = 2·(x + 2) =', x.grad);

console.log('\n# Gradients accumulate in a leaf');
x.square().backward();
console.log('after backward() of x² too:', x.grad);
x.grad = null;
x.square().backward();
console.log('with the gradient cleared first:', x.grad);

console.log('\n# Several variables');
const a = tensor([1, 2], { requiresGrad: true });
const b = tensor([3, 4], { requiresGrad: true });
const c = a.mul(b).sum();
c.backward();
console.log('c = a·b =', c.item());
console.log('dc/da = b:', a.grad);
console.log('dc/db = a:', b.grad);

console.log('\n# Not a scalar: backward(v) computes vᵀ·J');
const m = tensor([2, 3], { requiresGrad: true });
const n = m.pow(2);
n.backward(tensor([1, 0.1]));
console.log('v = [1, 0.1]:', m.grad);

console.log('\n# Derivatives of derivatives: y = x³');
const p = tensor(2, { requiresGrad: true });
const [first] = grad(p.pow(3), [p], { createGraph: true }) as [Tensor];
const [second] = grad(first, [p]) as [Tensor];
console.log('3x² =', first.item(), ' 6x =', second.item());
console.log(
  'hessian of Σx³:',
  hessian((v: Tensor) => v.pow(3).sum(), tensor([1, 2])),
);

console.log('\n# What is not recorded');
const w = tensor([1], { requiresGrad: true });
console.log('in noGrad:', noGrad(() => w.mul(2)).requiresGrad);
console.log('detached:', w.mul(2).detach().requiresGrad);
try {
  tensor([1]).mul(2).backward();
} catch (error) {
  console.log((error as Error).message);
}
