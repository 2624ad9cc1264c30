// Results of two tensors, accessible by name and by position.
import type { PairOf } from '../../pair.js';
import type { Tensor } from '../../tensor.js';

/** Values and their indices: see {@link PairOf}. */
export type Pair = PairOf<Tensor>;

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
