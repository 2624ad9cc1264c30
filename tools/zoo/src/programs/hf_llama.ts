// Llama as Hugging Face saves it: bfloat16 in several files, grouped queries, rotary positions, a cache.
import {
  arange,
  cat,
  noGrad,
  outer,
  scaledDotProductAttention,
  type Tensor,
  tensor,
} from '@dl/core';
import { load } from '@dl/io';
import { Embedding, Linear, Module, ModuleList, RMSNorm } from '@dl/nn';
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
import { loadShards, small } from '../parts/files.js';

export const steps = 1;

const size = 32;
const headSize = 8;
const queryHeads = 4;
const keyHeads = 2;
const unbiased = { bias: false };

interface Rotation {
  cos: Tensor;
  sin: Tensor;
}

function rotate(x: Tensor, { cos, sin }: Rotation): Tensor {
  const [front, back] = x.chunk(2, -1) as [Tensor, Tensor];
  return x.mul(cos).add(cat([back.neg(), front], -1).mul(sin));
}

function rotationOf(start: number, length: number): Rotation {
  const rates = tensor(10000)
    .pow(arange(0, headSize, 2).div(headSize))
    .reciprocal();
  const angles = outer(arange(start, start + length, { dtype: 'float32' }), rates);
  const both = cat([angles, angles], -1);
  return { cos: both.cos(), sin: both.sin() };
}

class Attention extends Module<[Tensor, Rotation, Cache | null, number], Tensor> {
  qProj = new Linear(size, queryHeads * headSize, unbiased);
  kProj = new Linear(size, keyHeads * headSize, unbiased);
  vProj = new Linear(size, keyHeads * headSize, unbiased);
  oProj = new Linear(queryHeads * headSize, size, unbiased);

  forward(x: Tensor, rotation: Rotation, cache: Cache | null, layer: number): Tensor {
    const query = rotate(splitHeads(this.qProj.forward(x), headSize), rotation);
    const newKey = rotate(splitHeads(this.kProj.forward(x), headSize), rotation);
    const [key, value] = extend(cache, layer, newKey, splitHeads(this.vProj.forward(x), headSize));
    // Each key serves a group of queries.
    const group = queryHeads / keyHeads;
    const mixed = scaledDotProductAttention(
      query,
      key.repeatInterleave(group, 1),
      value.repeatInterleave(group, 1),
      {
        isCausal: x.size(1) > 1,
      },
    );
    return this.oProj.forward(joinHeads(mixed));
  }
}

class MLP extends Module<[Tensor], Tensor> {
  gateProj = new Linear(size, 2 * size, unbiased);
  upProj = new Linear(size, 2 * size, unbiased);
  downProj = new Linear(2 * size, size, unbiased);

  forward(x: Tensor): Tensor {
    return this.downProj.forward(this.gateProj.forward(x).silu().mul(this.upProj.forward(x)));
  }
}

class Layer extends Module<[Tensor, Rotation, Cache | null, number], Tensor> {
  selfAttn = new Attention();
  mlp = new MLP();
  inputLayernorm = new RMSNorm(size, 1e-6);
  postAttentionLayernorm = new RMSNorm(size, 1e-6);

  forward(x: Tensor, rotation: Rotation, cache: Cache | null, layer: number): Tensor {
    const attended = x.add(
      this.selfAttn.forward(this.inputLayernorm.forward(x), rotation, cache, layer),
    );
    return attended.add(this.mlp.forward(this.postAttentionLayernorm.forward(attended)));
  }
}

class Body extends Module<[Tensor, Cache | null], Tensor> {
  embedTokens = new Embedding(100, size);
  layers = new ModuleList([new Layer(), new Layer()]);
  norm = new RMSNorm(size, 1e-6);

  forward(ids: Tensor, cache: Cache | null): Tensor {
    const rotation = rotationOf(lengthOf(cache), ids.size(1));
    let x = this.embedTokens.forward(ids);
    for (const [i, layer] of [...this.layers].entries()) x = layer.forward(x, rotation, cache, i);
    return this.norm.forward(x);
  }
}

class Llama extends Module<[Tensor, Cache | null], Tensor> {
  model = new Body();
  lmHead = new Linear(size, 100, unbiased);

  forward(ids: Tensor, cache: Cache | null): Tensor {
    return this.lmHead.forward(this.model.forward(ids, cache));
  }
}

export default async function hfLlama(): Promise<() => number[]> {
  const llama = new Llama();
  llama.loadStateDict(await loadShards(new URL('llama/', small))); // bfloat16 into float32 parameters
  llama.eval();
  const { ids } = await load<{ ids: Tensor }>(new URL('ids.pth', small));

  return () => {
    const logits = noGrad(() => llama.forward(ids, null));
    const made = generate((tokens, cache) => llama.forward(tokens, cache), ids.at(':1'), 20);
    return [...numbers(logProbs(logits, ids)), ...numbers(made)];
  };
}
