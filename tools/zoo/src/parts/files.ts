// Where the pretrained files are, and safetensors in several parts.
import { readFile } from 'node:fs/promises';
import type { Tensor } from '@dl/core';
import { loadSafetensors } from '@dl/io';

export const small = new URL('../../fixtures/pretrained/', import.meta.url);

/** The folder of the large files, made by python/make_pretrained.py --large. */
export function large(): URL {
  const folder = process.env.DL_ZOO_FILES;
  if (folder === undefined)
    throw new Error('set DL_ZOO_FILES to the folder that python/make_pretrained.py --large made');
  return new URL(`file://${folder.replace(/\/?$/, '/')}`);
}

/** A model whose weights are spread over several files, by its index. */
export async function loadShards(folder: URL): Promise<Record<string, Tensor>> {
  const index = JSON.parse(await readFile(new URL('model.safetensors.index.json', folder), 'utf8'));
  const tensors: Record<string, Tensor> = {};
  for (const file of new Set(Object.values(index.weight_map as Record<string, string>))) {
    Object.assign(tensors, await loadSafetensors(new URL(file, folder)));
  }
  return tensors;
}
