// Parting a data set into what is learned from and what is held back.
import { randperm, type Tensor } from '@dl/core';

/** Four fifths of the points, in a random order, to learn from, and the rest to test on. */
export function split({ x, y }: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor }[] {
  const count = x.shape[0];
  const learned = Math.ceil(count * 0.8);
  const order = randperm(count);
  const parts = [order.narrow(0, 0, learned), order.narrow(0, learned, count - learned)];
  return parts.map((part) => ({ x: x.indexSelect(0, part), y: y.indexSelect(0, part) }));
}
