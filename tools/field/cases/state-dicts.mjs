// State dicts as others write them.
import { ones } from '@dl/core';
import { BatchNorm1d, Embedding, Linear, Module } from '@dl/nn';
import { equal } from '../lib/want.mjs';

class Tied extends Module {
  embed = new Embedding(4, 2);
  head = new Linear(2, 4, { bias: false });
  constructor() {
    super();
    this.head.weight = this.embed.weight;
  }
  forward(ids) {
    return this.head.forward(this.embed.forward(ids));
  }
}

export default {
  'tied-weight-stored-once': {
    from: 'transformers#30202, safetensors#265',
    run: () => {
      const model = new Tied();
      model.loadStateDict({ 'embed.weight': ones([4, 2]) });
      return model.head.weight;
    },
    want: equal([
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ]),
  },
  'batchnorm-without-a-count': {
    from: 'pytorch#8430, PR 6445',
    run: () => {
      const { num_batches_tracked: _, ...old } = new BatchNorm1d(2).stateDict();
      const layer = new BatchNorm1d(2);
      layer.loadStateDict({ ...old, weight: ones([2]).mul(3) });
      return layer.weight;
    },
    want: equal([3, 3]),
  },
};
