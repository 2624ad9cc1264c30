// Models as .pth files, which PyTorch opens too.
import { fromTypedArray } from '@dl/core/functional';
import { type LoadSource, load, saveBytes } from '@dl/io';
import type { PlainTensor } from '../shared/messages.js';

/** A model's state dict as a file. */
export const modelFile = async (state: readonly PlainTensor[]): Promise<Uint8Array<ArrayBuffer>> =>
  saveBytes(
    Object.fromEntries(
      state.map(({ name, shape, values }) => [name, fromTypedArray(values, [...shape])]),
    ),
  );

/** What is in a `.pth` file. */
export const openFile = (source: LoadSource): Promise<unknown> => load(source);
