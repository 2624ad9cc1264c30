// BERT as Hugging Face saves it, with a padding mask.
import { arange, noGrad, ones, scaledDotProductAttention, type Tensor, zeros } from '@dl/core';
import { load, loadSafetensors } from '@dl/io';
import { Embedding, LayerNorm, Linear, Module, ModuleList } from '@dl/nn';
import { joinHeads, numbers, splitHeads } from '../parts/attention.js';
import { small } from '../parts/files.js';

export const steps = 1;

const size = 32;
const headSize = 8;
const eps = 1e-12;

class SelfAttention extends Module<[Tensor, Tensor], Tensor> {
  query = new Linear(size, size);
  key = new Linear(size, size);
  value = new Linear(size, size);

  forward(x: Tensor, mask: Tensor): Tensor {
    const heads = (layer: Linear) => splitHeads(layer.forward(x), headSize);
    return joinHeads(
      scaledDotProductAttention(heads(this.query), heads(this.key), heads(this.value), {
        attnMask: mask,
      }),
    );
  }
}

class Output extends Module<[Tensor, Tensor], Tensor> {
  dense: Linear;
  LayerNorm = new LayerNorm(size, eps);

  constructor(inSize: number) {
    super();
    this.dense = new Linear(inSize, size);
  }

  forward(x: Tensor, residual: Tensor): Tensor {
    return this.LayerNorm.forward(this.dense.forward(x).add(residual));
  }
}

class Attention extends Module<[Tensor, Tensor], Tensor> {
  self = new SelfAttention();
  output = new Output(size);

  forward(x: Tensor, mask: Tensor): Tensor {
    return this.output.forward(this.self.forward(x, mask), x);
  }
}

class Dense extends Module<[Tensor], Tensor> {
  dense: Linear;

  constructor(outSize: number) {
    super();
    this.dense = new Linear(size, outSize);
  }

  forward(x: Tensor): Tensor {
    return this.dense.forward(x);
  }
}

class Layer extends Module<[Tensor, Tensor], Tensor> {
  attention = new Attention();
  intermediate = new Dense(2 * size);
  output = new Output(2 * size);

  forward(x: Tensor, mask: Tensor): Tensor {
    const attended = this.attention.forward(x, mask);
    return this.output.forward(this.intermediate.forward(attended).gelu(), attended);
  }
}

class Embeddings extends Module<[Tensor], Tensor> {
  wordEmbeddings = new Embedding(100, size);
  positionEmbeddings = new Embedding(64, size);
  tokenTypeEmbeddings = new Embedding(2, size);
  LayerNorm = new LayerNorm(size, eps);

  forward(ids: Tensor): Tensor {
    const types = zeros(ids.shape, { dtype: 'int64' });
    const sum = this.wordEmbeddings.forward(ids).add(this.tokenTypeEmbeddings.forward(types));
    return this.LayerNorm.forward(sum.add(this.positionEmbeddings.forward(arange(ids.size(1)))));
  }
}

class Encoder extends Module<[Tensor, Tensor], Tensor> {
  layer = new ModuleList([new Layer(), new Layer()]);

  forward(x: Tensor, mask: Tensor): Tensor {
    let hidden = x;
    for (const layer of this.layer) hidden = layer.forward(hidden, mask);
    return hidden;
  }
}

class Bert extends Module<[Tensor, Tensor], [last: Tensor, pooled: Tensor]> {
  embeddings = new Embeddings();
  encoder = new Encoder();
  pooler = new Dense(size);

  forward(ids: Tensor, mask: Tensor): [Tensor, Tensor] {
    const last = this.encoder.forward(
      this.embeddings.forward(ids),
      mask.at(':', null, null).to('bool'),
    );
    return [last, this.pooler.forward(last.at(':', 0)).tanh()];
  }
}

export default async function hfBert(): Promise<() => number[]> {
  const model = new Bert();
  model.loadStateDict(await loadSafetensors(new URL('bert/model.safetensors', small)));
  model.eval();
  const { ids } = await load<{ ids: Tensor }>(new URL('ids.pth', small));
  const mask = ones(ids.shape, { dtype: 'int64' });
  mask.set([1, '8:'], 0);

  return () => {
    const [last, pooled] = noGrad(() => model.forward(ids, mask));
    return [...numbers(last.at(':', ':8').abs().mean(-1)), ...numbers(pooled.abs().mean(-1))];
  };
}
