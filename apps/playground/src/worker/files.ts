// Models as .pth files: the part of the worker that is loaded when a file is asked for.
import { type LoadSource, load, saveBytes } from '@dl/io';
import type { Module } from '@dl/nn';

/** A model's parameters as a file that PyTorch opens too. */
export const modelFile = async (model: Module): Promise<Uint8Array<ArrayBuffer>> =>
  saveBytes(model.stateDict());

/** What is in a `.pth` file. */
export const openFile = (source: LoadSource): Promise<unknown> => load(source);
