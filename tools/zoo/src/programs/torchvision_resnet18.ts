// torchvision's ResNet-18, loaded by its own key names (files from python/make_pretrained.py --large).
import type { Tensor } from '@dl/core';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from '@dl/nn';
import { large } from '../parts/files.js';
import { classify } from '../parts/images.js';

export const steps = 1;
export const needs = 'DL_ZOO_FILES';

class BasicBlock extends Module<[Tensor], Tensor> {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  relu = new ReLU();
  conv2: Conv2d;
  bn2: BatchNorm2d;
  downsample: Sequential | null = null;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outChannels);
    if (stride !== 1 || inChannels !== outChannels) {
      const shortcut = new Conv2d(inChannels, outChannels, 1, { stride, bias: false });
      this.downsample = new Sequential(shortcut, new BatchNorm2d(outChannels));
    }
  }

  forward(x: Tensor): Tensor {
    const hidden = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const residual = this.downsample === null ? x : this.downsample.forward(x);
    return this.relu.forward(this.bn2.forward(this.conv2.forward(hidden)).add(residual));
  }
}

const stage = (inChannels: number, outChannels: number, stride: number) =>
  new Sequential(
    new BasicBlock(inChannels, outChannels, stride),
    new BasicBlock(outChannels, outChannels, 1),
  );

class ResNet18 extends Module<[Tensor], Tensor> {
  conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
  bn1 = new BatchNorm2d(64);
  relu = new ReLU();
  maxpool = new MaxPool2d(3, 2, { padding: 1 });
  layer1 = stage(64, 64, 1);
  layer2 = stage(64, 128, 2);
  layer3 = stage(128, 256, 2);
  layer4 = stage(256, 512, 2);
  avgpool = new AdaptiveAvgPool2d([1, 1]);
  fc = new Linear(512, 10);

  forward(images: Tensor): Tensor {
    let x = this.maxpool.forward(this.relu.forward(this.bn1.forward(this.conv1.forward(images))));
    x = this.layer4.forward(this.layer3.forward(this.layer2.forward(this.layer1.forward(x))));
    return this.fc.forward(this.avgpool.forward(x).flatten(1));
  }
}

export default () => classify(new ResNet18(), 'torchvision_resnet18', large());
