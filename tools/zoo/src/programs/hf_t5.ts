// T5 as Hugging Face saves it: encoder, decoder, relative positions by buckets.
import { arange, full, noGrad, scaledDotProductAttention, type Tensor, where } from '@dl/core';
import { load, loadSafetensors } from '@dl/io';
import { type AnyModule, Embedding, Linear, Module, ModuleList, RMSNorm } from '@dl/nn';
import { joinHeads, logProbs, numbers, splitHeads } from '../parts/attention.js';
import { small } from '../parts/files.js';

export const steps = 1;

const size = 32;
const headSize = 8;
const heads = 4;
const unbiased = { bias: false };

/** The bucket of each distance: exact when near, logarithmic when far. */
function bucketOf(distance: Tensor, bothWays: boolean): Tensor {
  const buckets = bothWays ? 16 : 32;
  const exact = buckets / 2;
  const side = bothWays ? distance.gt(0).to('int32').mul(buckets) : distance.mul(0);
  const length = bothWays ? distance.abs() : distance.minimum(0).neg();
  const far = length
    .float()
    .div(exact)
    .log()
    .div(Math.log(128 / exact))
    .mul(buckets - exact)
    .to('int32')
    .add(exact)
    .clamp(null, buckets - 1);
  return side.add(where(length.lt(exact), length, far));
}

class Attention extends Module<[Tensor, Tensor, Tensor | null], Tensor> {
  q = new Linear(size, size, unbiased);
  k = new Linear(size, size, unbiased);
  v = new Linear(size, size, unbiased);
  o = new Linear(size, size, unbiased);
  relativeAttentionBias: Embedding | null;

  constructor(
    hasPositions: boolean,
    readonly bothWays: boolean,
  ) {
    super();
    this.relativeAttentionBias = hasPositions ? new Embedding(32, heads) : null;
  }

  positionBias(length: number): Tensor {
    const places = arange(length);
    const buckets = bucketOf(places.unsqueeze(0).sub(places.unsqueeze(1)), this.bothWays);
    const bias = this.relativeAttentionBias!.forward(buckets).permute([2, 0, 1]).unsqueeze(0);
    return this.bothWays ? bias : bias.add(full([length, length], -Infinity).triu(1));
  }

  forward(x: Tensor, source: Tensor, bias: Tensor | null): Tensor {
    const split = (layer: Linear, y: Tensor) => splitHeads(layer.forward(y), headSize);
    const options = { attnMask: bias, scale: 1 };
    return this.o.forward(
      joinHeads(
        scaledDotProductAttention(
          split(this.q, x),
          split(this.k, source),
          split(this.v, source),
          options,
        ),
      ),
    );
  }
}

class FeedForward extends Module<[Tensor], Tensor> {
  wi = new Linear(size, 2 * size, unbiased);
  wo = new Linear(2 * size, size, unbiased);

  forward(x: Tensor): Tensor {
    return this.wo.forward(this.wi.forward(x).relu());
  }
}

// The names of these fields are the file's.
class SelfPart extends Module<[Tensor, Tensor], Tensor> {
  SelfAttention: Attention;
  layerNorm = new RMSNorm(size, 1e-6);

  constructor(hasPositions: boolean, bothWays: boolean) {
    super();
    this.SelfAttention = new Attention(hasPositions, bothWays);
  }

  forward(x: Tensor, bias: Tensor): Tensor {
    const normed = this.layerNorm.forward(x);
    return x.add(this.SelfAttention.forward(normed, normed, bias));
  }
}

class CrossPart extends Module<[Tensor, Tensor], Tensor> {
  EncDecAttention = new Attention(false, true);
  layerNorm = new RMSNorm(size, 1e-6);

  forward(x: Tensor, encoded: Tensor): Tensor {
    return x.add(this.EncDecAttention.forward(this.layerNorm.forward(x), encoded, null));
  }
}

class FeedPart extends Module<[Tensor], Tensor> {
  DenseReluDense = new FeedForward();
  layerNorm = new RMSNorm(size, 1e-6);

  forward(x: Tensor): Tensor {
    return x.add(this.DenseReluDense.forward(this.layerNorm.forward(x)));
  }
}

class Block extends Module<[Tensor, Tensor, Tensor | null], Tensor> {
  layer: ModuleList<AnyModule>;

  constructor(hasPositions: boolean, decodes: boolean) {
    super();
    const parts: AnyModule[] = [new SelfPart(hasPositions, !decodes)];
    if (decodes) parts.push(new CrossPart());
    parts.push(new FeedPart());
    this.layer = new ModuleList(parts);
  }

  forward(x: Tensor, bias: Tensor, encoded: Tensor | null): Tensor {
    let hidden = x;
    for (const part of this.layer) {
      if (part instanceof SelfPart) hidden = part.forward(hidden, bias);
      else if (part instanceof CrossPart) hidden = part.forward(hidden, encoded!);
      else if (part instanceof FeedPart) hidden = part.forward(hidden);
    }
    return hidden;
  }
}

class Stack extends Module<[Tensor, Tensor | null], Tensor> {
  block: Block[];
  finalLayerNorm = new RMSNorm(size, 1e-6);

  constructor(decodes: boolean) {
    super();
    this.block = [new Block(true, decodes), new Block(false, decodes)];
  }

  forward(x: Tensor, encoded: Tensor | null): Tensor {
    const first = [...this.block[0].layer][0] as SelfPart;
    const bias = first.SelfAttention.positionBias(x.size(1));
    let hidden = x;
    for (const block of this.block) hidden = block.forward(hidden, bias, encoded);
    return this.finalLayerNorm.forward(hidden);
  }
}

class T5 extends Module<[Tensor, Tensor], Tensor> {
  shared = new Embedding(100, size);
  encoder = new Stack(false);
  decoder = new Stack(true);

  forward(read: Tensor, written: Tensor): Tensor {
    const encoded = this.encoder.forward(this.shared.forward(read), null);
    const decoded = this.decoder.forward(this.shared.forward(written), encoded);
    return decoded.mul(size ** -0.5).matmul(this.shared.weight.T);
  }
}

export default async function hfT5(): Promise<() => number[]> {
  const model = new T5();
  model.loadStateDict(await loadSafetensors(new URL('t5/model.safetensors', small)));
  model.eval();
  const { ids } = await load<{ ids: Tensor }>(new URL('ids.pth', small));
  const written = ids.at(':', ':7');

  return () =>
    numbers(
      logProbs(
        noGrad(() => model.forward(ids, written)),
        written,
      ),
    );
}
