// GPT-2 as Hugging Face saves it: logits, and greedy generation with a cache.
import { arange, noGrad, scaledDotProductAttention, type Tensor, zeros } from '@dl/core';
import { load, loadSafetensors } from '@dl/io';
import { Embedding, LayerNorm, Linear, Module, ModuleDict, ModuleList, Parameter } from '@dl/nn';
import {
  type Cache,
  extend,
  generate,
  joinHeads,
  lengthOf,
  logProbs,
  numbers,
  splitHeads,
} from '../parts/attention.js';
import { small } from '../parts/files.js';

export const steps = 1;

const size = 32;
const headSize = 8;

/** GPT-2's linear layer, whose weight is [in, out]. */
class Conv1D extends Module<[Tensor], Tensor> {
  weight: Parameter;
  bias: Parameter;

  constructor(inSize: number, outSize: number) {
    super();
    this.weight = new Parameter(zeros([inSize, outSize]));
    this.bias = new Parameter(zeros([outSize]));
  }

  forward(x: Tensor): Tensor {
    return x.matmul(this.weight).add(this.bias);
  }
}

class Attention extends Module<[Tensor, Cache | null, number], Tensor> {
  cAttn = new Conv1D(size, 3 * size);
  cProj = new Conv1D(size, size);

  forward(x: Tensor, cache: Cache | null, layer: number): Tensor {
    const heads = this.cAttn
      .forward(x)
      .split(size, 2)
      .map((t) => splitHeads(t, headSize));
    const [query, newKey, newValue] = heads as [Tensor, Tensor, Tensor];
    const [key, value] = extend(cache, layer, newKey, newValue);
    const mixed = scaledDotProductAttention(query, key, value, { isCausal: x.size(1) > 1 });
    return this.cProj.forward(joinHeads(mixed));
  }
}

class Block extends Module<[Tensor, Cache | null, number], Tensor> {
  ln_1 = new LayerNorm(size);
  attn = new Attention();
  ln_2 = new LayerNorm(size);
  mlp = new ModuleDict<Conv1D>({
    c_fc: new Conv1D(size, 4 * size),
    c_proj: new Conv1D(4 * size, size),
  });

  forward(x: Tensor, cache: Cache | null, layer: number): Tensor {
    const attended = x.add(this.attn.forward(this.ln_1.forward(x), cache, layer));
    const hidden = this.mlp
      .get('c_fc')
      .forward(this.ln_2.forward(attended))
      .gelu({ approximate: 'tanh' });
    return attended.add(this.mlp.get('c_proj').forward(hidden));
  }
}

class Transformer extends Module<[Tensor, Cache | null], Tensor> {
  wte = new Embedding(100, size);
  wpe = new Embedding(64, size);
  h = new ModuleList([new Block(), new Block()]);
  ln_f = new LayerNorm(size);

  forward(ids: Tensor, cache: Cache | null): Tensor {
    const past = lengthOf(cache);
    let x = this.wte.forward(ids).add(this.wpe.forward(arange(past, past + ids.size(1))));
    for (const [layer, block] of [...this.h].entries()) x = block.forward(x, cache, layer);
    return this.ln_f.forward(x);
  }
}

class GPT2 extends Module<[Tensor, Cache | null], Tensor> {
  transformer = new Transformer();
  lmHead = new Linear(size, 100, { bias: false });

  constructor() {
    super();
    this.lmHead.weight = this.transformer.wte.weight;
  }

  forward(ids: Tensor, cache: Cache | null): Tensor {
    return this.lmHead.forward(this.transformer.forward(ids, cache));
  }
}

export default async function hfGpt2(): Promise<() => number[]> {
  const model = new GPT2();
  const weights = await loadSafetensors(new URL('gpt2/model.safetensors', small));
  // The file holds the tied weight under one of its two names.
  model.loadStateDict({ ...weights, 'lm_head.weight': weights['transformer.wte.weight'] });
  model.eval();
  const { ids } = await load<{ ids: Tensor }>(new URL('ids.pth', small));

  return () => {
    const logits = noGrad(() => model.forward(ids, null));
    const made = generate((tokens, cache) => model.forward(tokens, cache), ids.at(':1'), 20);
    return [...numbers(logProbs(logits, ids)), ...numbers(made)];
  };
}
