// .npz files: zip archives of .npy files, by name.

import { DTypeError, kinds, type Tensor, ValueError } from '@dl/core/functional';
import { fromSource, ofValue, taker, toTarget } from '../arguments.js';
import type { Bytes } from '../bytes/bytes.js';
import { type SaveTarget, writeParts } from '../bytes/sink.js';
import type { LoadSource } from '../bytes/source.js';
import { checkTensor, copyOf, download, join } from '../foreign.js';
import { bad, quote, withRanges } from '../ranges.js';
import { FORBIDDEN_KEYS } from '../saveable.js';
import { MAX_START, parseNpyHeader, writeNpyHeader } from './header.js';
import { fromElements } from './npy.js';
import { readZip } from './zip-read.js';
import { zipChunks } from './zip-write.js';

/** Options of `saveNpz`. */
export interface NpzOptions {
  /** Whether to compress (`numpy.savez_compressed`); false, as with `numpy.savez`, if left out. */
  compressed?: boolean;
}

const SUFFIX = '.npy';
const LONE_SURROGATE = /\p{Surrogate}/u;

const saves = /*#__PURE__*/ taker('saveNpz', [ofValue('tensors'), toTarget('saveNpzBytes')], {
  compressed: kinds.boolean,
});

/**
 * Writes tensors into a .npz file (NumPy: `numpy.savez`, `numpy.savez_compressed`). Uncompressed, it
 * is byte for byte what NumPy writes for the same arrays. Gradients and layouts are not kept.
 *
 * @param tensors by name, on any device; of any dtype but bfloat16, which NumPy has not.
 * @param target the file's path; its folder must exist. Node only: elsewhere use `saveNpzBytes`.
 * @throws DTypeError for bfloat16 or what is not a tensor; ValueError for a name that a zip archive
 * cannot have; DLError if the file cannot be written.
 * @example await saveNpz({ x, y }, 'data.npz', { compressed: true }); // numpy.load('data.npz')['x']
 */
export async function saveNpz(
  ...given: [tensors: Readonly<Record<string, Tensor>>, target: SaveTarget, options?: NpzOptions]
): Promise<void> {
  const [tensors, target, options = {}] = saves(given);
  const prepared = prepare('saveNpz', tensors);
  const contents = await Promise.all(prepared.map(({ x }) => download(x)));
  const inputs = prepared.map(({ name, header }, i) => {
    return { name, parts: [header, contents[i] as Uint8Array] };
  });
  await writeParts('saveNpz', target, zipChunks(inputs, options.compressed === true));
}

const savesBytes = /*#__PURE__*/ taker('saveNpzBytes', [ofValue('tensors')], {
  compressed: kinds.boolean,
});

/**
 * What `saveNpz` would write, as bytes (NumPy: `numpy.savez` to an `io.BytesIO`). For browsers.
 *
 * @param tensors by name, on the CPU: bring others there by `await x.cpu()`.
 * @throws DTypeError, ValueError as `saveNpz`; DeviceError for tensors on another device.
 * @example const bytes = saveNpzBytes({ x: tensor([1, 2, 3]) });
 */
export function saveNpzBytes(
  ...given: [tensors: Readonly<Record<string, Tensor>>, options?: NpzOptions]
): Bytes {
  const [tensors, options = {}] = savesBytes(given);
  const inputs = prepare('saveNpzBytes', tensors).map(({ name, header, x }) => {
    return { name, parts: [header, copyOf(x)] };
  });
  return join([...zipChunks(inputs, options.compressed === true)]);
}

const loads = /*#__PURE__*/ taker('loadNpz', [fromSource]);

/**
 * The arrays of a .npz file by name, as tensors on the CPU (NumPy: `numpy.load`), compressed or not;
 * for what becomes of their dtypes see `loadNpy`.
 *
 * Names are plain keys, and nothing is written to the disk, whatever they look like. An archive must
 * not claim more than deflate can hold (1032 times its size), an entry is inflated no further than
 * its array's own header says, and checksums must be right.
 *
 * @param source a file's path (Node only), its bytes, or a Blob; the values are copied.
 * @throws FormatError naming the byte where the file is damaged; DLError if it cannot be read.
 * @example const { x, y } = await loadNpz('data.npz');
 */
export async function loadNpz(...given: [source: LoadSource]): Promise<Record<string, Tensor>> {
  const [source] = loads(given);
  return withRanges('loadNpz', source, async (ranges) => {
    const found: Record<string, Tensor> = {};
    for (const entry of await readZip('loadNpz', ranges)) {
      const { name, context, size } = entry;
      const key = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
      if (FORBIDDEN_KEYS.has(key)) throw bad(context, 0, `the name '${key}' is not allowed`);
      if (Object.hasOwn(found, key)) {
        throw bad(context, 0, `there is another array ${quote(key)} in this archive`);
      }
      const header = parseNpyHeader(context, await entry.start(MAX_START), size);
      found[key] = fromElements(header, await entry.contents(header.from));
    }
    return found;
  });
}

function prepare(operator: string, tensors: Readonly<Record<string, Tensor>>) {
  if (tensors === null || typeof tensors !== 'object' || Array.isArray(tensors)) {
    throw new DTypeError(`${operator}: the tensors must be an object of names and tensors`);
  }
  return Object.entries(tensors).map(([key, x]) => {
    checkTensor(operator, quote(key), x);
    if (FORBIDDEN_KEYS.has(key)) {
      throw new ValueError(`${operator}: the name '${key}' is not allowed; choose another`);
    }
    if (key.includes('\0') || LONE_SURROGATE.test(key)) {
      throw new ValueError(
        `${operator}: the name ${quote(key)} has a null character or half of a surrogate pair; choose another`,
      );
    }
    const name = key + SUFFIX;
    if (new TextEncoder().encode(name).length > 0xffff) {
      throw new ValueError(`${operator}: the name ${quote(key)} is too long; choose a shorter one`);
    }
    return { name, x, header: writeNpyHeader(operator, x.dtype, x.shape) };
  });
}
