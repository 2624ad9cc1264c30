// The network and its input.
import type { Tensor } from '@dl/core';
import { Linear, type Module, ReLU, Sequential, type Step } from '@dl/nn';
import { CLASSES, PIXELS } from './mnist.js';

// Mean and standard deviation of the training images' gray values, from 0 to 1.
const MEAN = 0.1307;
const STD = 0.3081;

/** Linear layers of the given sizes with ReLU between: 784 inputs, 10 outputs. */
export function buildModel(hidden: readonly number[]): Sequential {
  const layers: Step[] = [];
  let inputs = PIXELS;
  for (const outputs of hidden) {
    layers.push(new Linear(inputs, outputs), new ReLU());
    inputs = outputs;
  }
  return new Sequential(...layers, new Linear(inputs, CLASSES));
}

/** Normalizes gray values from 0 to 255 to mean 0 and standard deviation 1. */
export const normalize = (pixels: Tensor): Tensor =>
  pixels.to('float32').div(255).sub(MEAN).div(STD);

/** The number of parameters of a network. */
export function countParameters(model: Module): number {
  let count = 0;
  for (const parameter of model.parameters()) count += parameter.count;
  return count;
}
