// Loads an image model twice, from .pth and from safetensors, and gives the classes' log-probabilities.
import { noGrad, type Tensor } from '@dl/core';
import { load, loadSafetensors } from '@dl/io';
import type { Module } from '@dl/nn';
import { numbers } from './attention.js';

export async function classify(
  model: Module<[Tensor], Tensor>,
  name: string,
  folder: URL,
): Promise<() => number[]> {
  model.loadStateDict(await load(new URL(`${name}.pth`, folder)));
  model.loadStateDict(await loadSafetensors(new URL(`${name}.safetensors`, folder)));
  model.eval();
  const images = await load<Tensor>(new URL(`${name}.images.pth`, folder));
  return () => numbers(noGrad(() => model.forward(images)).logSoftmax(-1));
}
