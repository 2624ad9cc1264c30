// torchvision's VisionTransformer, loaded by its own key names.
import { cat, type Tensor, zeros } from '@dl/core';
import {
  Conv2d,
  Dropout,
  GELU,
  LayerNorm,
  Linear,
  Module,
  ModuleDict,
  MultiheadAttention,
  Parameter,
  Sequential,
} from '@dl/nn';
import { small } from '../parts/files.js';
import { classify } from '../parts/images.js';

export const steps = 1;

const size = 32;
const eps = 1e-6;

class EncoderBlock extends Module<[Tensor], Tensor> {
  ln_1 = new LayerNorm(size, { eps });
  selfAttention = new MultiheadAttention(size, 4, { batchFirst: true });
  ln_2 = new LayerNorm(size, { eps });
  mlp = new Sequential(
    new Linear(size, 64),
    new GELU(),
    new Dropout(0),
    new Linear(64, size),
    new Dropout(0),
  );

  forward(x: Tensor): Tensor {
    const normed = this.ln_1.forward(x);
    const attended = x.add(
      this.selfAttention.forward(normed, normed, normed, { needWeights: false })[0],
    );
    return attended.add(this.mlp.forward(this.ln_2.forward(attended)));
  }
}

class Encoder extends Module<[Tensor], Tensor> {
  posEmbedding = new Parameter(zeros([1, 17, size]));
  layers = new ModuleDict({
    encoder_layer_0: new EncoderBlock(),
    encoder_layer_1: new EncoderBlock(),
  });
  ln = new LayerNorm(size, { eps });

  forward(x: Tensor): Tensor {
    let hidden = x.add(this.posEmbedding);
    for (const layer of this.layers.values()) hidden = layer.forward(hidden);
    return this.ln.forward(hidden);
  }
}

class VisionTransformer extends Module<[Tensor], Tensor> {
  classToken = new Parameter(zeros([1, 1, size]));
  convProj = new Conv2d(3, size, 8, { stride: 8 });
  encoder = new Encoder();
  heads = new ModuleDict({ head: new Linear(size, 10) });

  forward(images: Tensor): Tensor {
    const patches = this.convProj.forward(images).flatten(2).transpose(1, 2);
    const token = this.classToken.expand([images.size(0), -1, -1]);
    return this.heads
      .get('head')
      .forward(this.encoder.forward(cat([token, patches], 1)).at(':', 0));
  }
}

export default () => classify(new VisionTransformer(), 'torchvision_vit', small);
