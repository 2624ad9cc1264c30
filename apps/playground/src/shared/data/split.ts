// Parting a data set into what is learned from and what is held back.
import { indexSelect, narrow, randperm, type Tensor } from '@dl/core/functional';

/** Four fifths of the points, in a random order, to learn from, and the rest to test on. */
export function split({ x, y }: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor }[] {
  const count = x.shape[0];
  const learned = Math.ceil(count * 0.8);
  const order = randperm(count);
  const parts = [narrow(order, 0, 0, learned), narrow(order, 0, learned, count - learned)];
  return parts.map((part) => ({ x: indexSelect(x, 0, part), y: indexSelect(y, 0, part) }));
}
