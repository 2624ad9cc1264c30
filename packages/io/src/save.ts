// save and load: values with tensors in them, to and from files and bytes.
import { DTypeError } from '@dl/core';
import { readContainer, writeContainer } from './container.js';
import { decode } from './decode.js';
import { encode, type Saveable } from './encode.js';
import { readBytes, writeBytes } from './files.js';

/** Where `load` reads from: a file's path (Node), or the bytes themselves. */
export type LoadSource = string | URL | Uint8Array | ArrayBuffer;

/**
 * Writes a value into a file (PyTorch: `torch.save`): a model's or an optimizer's `stateDict()`, a
 * whole model, or anything made of these, of tensors, numbers, strings, booleans, null, Uint8Arrays,
 * arrays and plain objects. The classes of a whole model must be those of `@dl/nn`, or be made known by
 * its `registerModule`, when saving and when loading.
 *
 * Dtypes, layouts and shared memory are kept. The file holds the values as they are at the time of
 * the call. It appears under its name when it is complete and on the disk, never before: a process
 * that ends in between leaves the old file.
 *
 * @param target the file's path; its folder must exist. Node only: elsewhere use `saveBytes`.
 * @throws ValueError naming the place of a value that cannot be saved; DLError if the file cannot be
 * written.
 * @example
 * await save(model.stateDict(), 'model.dl');
 * await save(model, 'whole.dl');
 * await save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 3 }, 'all.dl');
 */
export async function save(value: Saveable | object, target: string | URL): Promise<void> {
  if (typeof target !== 'string' && !(target instanceof URL)) {
    throw new DTypeError(
      `save: the target must be a file's path, got ${target === null ? 'null' : typeof target}; ` +
        'saveBytes(value) gives the bytes',
    );
  }
  await writeBytes(target, await saveBytes(value));
}

/**
 * What `save` would write, as bytes (PyTorch: `torch.save` to an `io.BytesIO`). For browsers.
 *
 * @throws ValueError naming the place of a value that cannot be saved.
 * @example const bytes = await saveBytes(model.stateDict()); await load(bytes);
 */
export async function saveBytes(value: Saveable | object): Promise<Uint8Array> {
  return writeContainer(await encode(value));
}

/**
 * The value that `save` or `saveBytes` wrote (PyTorch: `torch.load`). Its tensors are on the CPU,
 * whatever device they were saved from; `model.loadStateDict` copies them to where the model is. A whole
 * model is built by its class, with the saved values, dtypes, modes and frozen parameters.
 *
 * A file is data and never runs anything. All that it claims is checked before it is used.
 *
 * @param source a file's path (Node only), or a file's bytes, which are copied.
 * @throws FormatError naming the byte where the file is damaged; DLError if it cannot be read.
 * @example
 * model.loadStateDict(await load('model.dl'));
 * const model = await load<Sequential>('whole.dl');
 */
export async function load<T = unknown>(source: LoadSource): Promise<T> {
  return (await decode(readContainer(await bytesOf(source)))) as T;
}

async function bytesOf(source: LoadSource): Promise<Uint8Array> {
  // A Buffer is a Uint8Array whose slice() does not copy: from here on it is an ordinary one.
  if (source instanceof Uint8Array) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source === 'string' || source instanceof URL) return bytesOf(await readBytes(source));
  throw new DTypeError(
    `load: the source must be a file's path, a Uint8Array or an ArrayBuffer, got ${source === null ? 'null' : typeof source}`,
  );
}
