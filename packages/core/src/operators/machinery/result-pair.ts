// Results of two tensors, accessible by name and by position.
import type { Tensor } from '../../tensor.js';

/**
 * Values and their indices: `const { values, indices } = x.max(1)` and `const [values, indices] = x.max(1)` both work,
 * as PyTorch's named tuples do. The name `values` hides the array method of that name.
 */
export interface Pair {
  /** The values. */
  readonly values: Tensor;
  /** Their indices, int32. */
  readonly indices: Tensor;
  readonly 0: Tensor;
  readonly 1: Tensor;
  readonly length: 2;
  [Symbol.iterator](): IterableIterator<Tensor>;
}

/** A pair as an object: it prints with its two names. */
class NamedPair implements Pair {
  /** Printing shows the public name. */
  static readonly name = 'Pair';
  readonly values: Tensor;
  readonly indices: Tensor;

  constructor(values: Tensor, indices: Tensor) {
    this.values = values;
    this.indices = indices;
  }

  get 0(): Tensor {
    return this.values;
  }

  get 1(): Tensor {
    return this.indices;
  }

  get length(): 2 {
    return 2;
  }

  *[Symbol.iterator](): IterableIterator<Tensor> {
    yield this.values;
    yield this.indices;
  }
}

/** Makes a pair. */
export const pair = (values: Tensor, indices: Tensor): Pair => new NamedPair(values, indices);
