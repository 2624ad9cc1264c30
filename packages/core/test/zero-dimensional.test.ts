// Operators along a dimension applied to tensors without dimensions.
import { describe, expect, it } from 'vitest';
import { grad, IndexError, ShapeError, tensor } from '../src/index.js';

describe('scalars', () => {
  const index = tensor([0], { dtype: 'int32' });

  it('have one slice, which has a gradient', () => {
    const x = tensor(7, { requiresGrad: true });
    for (const [i, y] of [
      x.indexSelect(0, index),
      x.indexSelect(-1, index.view([])),
      x.flip(0),
      x.flip([-1]),
      x.flip([]),
    ].entries()) {
      expect([i, y.shape, y.item()]).toEqual([i, [], 7]);
      expect([i, grad(y.mul(3), [x])[0]?.toArray()]).toEqual([i, 3]);
    }
    expect(() => x.indexSelect(0, tensor([0, 0], { dtype: 'int32' }))).toThrow(ShapeError);
    expect(() => x.indexSelect(0, tensor([], { dtype: 'int32' }))).toThrow(
      'a scalar has one slice',
    );
    expect(() => x.indexSelect(1, index)).toThrow(IndexError);
    expect(() => x.flip(1)).toThrow(IndexError);
  });

  it('are rolled as a flat tensor, and not along a dimension', () => {
    expect(tensor(7).roll(1).toArray()).toBe(7);
    expect(() => tensor(7).roll(1, 0)).toThrow('leave dims out');
  });
});
