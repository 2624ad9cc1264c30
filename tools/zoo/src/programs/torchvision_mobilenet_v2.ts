// torchvision's MobileNetV2, loaded by its own key names (files from python/make_pretrained.py --large).
import type { Tensor } from '@dl/core';
import { BatchNorm2d, Conv2d, Dropout, Linear, Module, ReLU6, Sequential } from '@dl/nn';
import { large } from '../parts/files.js';
import { classify } from '../parts/images.js';

export const steps = 1;
export const needs = 'DL_ZOO_FILES';

const convNormActivation = (
  inChannels: number,
  outChannels: number,
  kernel: number,
  stride = 1,
  groups = 1,
) =>
  new Sequential(
    new Conv2d(inChannels, outChannels, kernel, {
      stride,
      padding: (kernel - 1) / 2,
      groups,
      bias: false,
    }),
    new BatchNorm2d(outChannels),
    new ReLU6(),
  );

class InvertedResidual extends Module<[Tensor], Tensor> {
  conv: Sequential;
  residual: boolean;

  constructor(inChannels: number, outChannels: number, stride: number, expansion: number) {
    super();
    const hidden = inChannels * expansion;
    const layers: Module<[Tensor], Tensor>[] = [];
    if (expansion !== 1) layers.push(convNormActivation(inChannels, hidden, 1));
    layers.push(
      convNormActivation(hidden, hidden, 3, stride, hidden),
      new Conv2d(hidden, outChannels, 1, { bias: false }),
      new BatchNorm2d(outChannels),
    );
    this.conv = new Sequential(...layers);
    this.residual = stride === 1 && inChannels === outChannels;
  }

  forward(x: Tensor): Tensor {
    const out = this.conv.forward(x);
    return this.residual ? x.add(out) : out;
  }
}

const stages: [expansion: number, channels: number, count: number, stride: number][] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

class MobileNetV2 extends Module<[Tensor], Tensor> {
  features: Sequential;
  classifier = new Sequential(new Dropout(0.2), new Linear(1280, 10));

  constructor() {
    super();
    const layers: Module<[Tensor], Tensor>[] = [convNormActivation(3, 32, 3, 2)];
    let channels = 32;
    for (const [expansion, outChannels, count, stride] of stages) {
      for (let i = 0; i < count; i++) {
        layers.push(new InvertedResidual(channels, outChannels, i === 0 ? stride : 1, expansion));
        channels = outChannels;
      }
    }
    layers.push(convNormActivation(channels, 1280, 1));
    this.features = new Sequential(...layers);
  }

  forward(images: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(images).mean([2, 3]));
  }
}

export default () => classify(new MobileNetV2(), 'torchvision_mobilenet_v2', large());
