// .npz files: zip archives of .npy files, by name.

import {
  FormatError,
  type GivenTo,
  kinds,
  need,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { deflateSync } from 'fflate';
import { type GivenBehind, source, target, tensorsByName } from '../arguments.js';
import { type Bytes, join } from '../bytes/bytes.js';
import { type SaveTarget, writeParts } from '../bytes/sink.js';
import type { LoadSource } from '../bytes/source.js';
import { encodeUtf8 } from '../bytes/text.js';
import { checkTensor, copyOf, download } from '../foreign.js';
import { type LoadOptions, loadOptions } from '../options.js';
import { Placeholder } from '../placeholder.js';
import { bad, checkKind, quote, withRanges } from '../ranges.js';
import { FORBIDDEN_KEYS } from '../saveable.js';
import { ZipReader } from '../zip/reader.js';
import { type ZipForm, type ZipInput, zipped } from '../zip/writer.js';
import { ForeignArray, MAX_START, parseNpyHeader, writeNpyHeader } from './header.js';
import { fromElements } from './npy.js';
import { texts } from './texts.js';

/** Options of `saveNpz`. */
export interface NpzOptions {
  /** Whether to compress (`numpy.savez_compressed`). Default: false, as with `numpy.savez`. */
  compressed?: boolean;
}

/** Python's zip files, as `numpy.savez` has them written. */
export const NUMPY: ZipForm = {
  alignment: 1,
  most32: 2 ** 31 - 1,
  most16: 2 ** 16 - 1,
  wide: true,
  marked: false,
  // Version 4.5 of the format, on Unix.
  madeBy: 45 | (3 << 8),
  permissions: 0o600 * 2 ** 16,
};

const SUFFIX = '.npy';
const LONE_SURROGATE = /\p{Surrogate}/u;

const tensors = /*#__PURE__*/ need('tensors', tensorsByName);
const npzOptions = { compressed: kinds.boolean };
const saveNpzTakes = /*#__PURE__*/ (() =>
  takes<[tensors: Readonly<Record<string, Tensor>>, target: SaveTarget, options?: NpzOptions]>()(
    'saveNpz',
    [tensors, need('target', target('saveNpzBytes'))],
    npzOptions,
  ))();
const saveNpzBytesTakes = /*#__PURE__*/ (() =>
  takes<[tensors: Readonly<Record<string, Tensor>>, options?: NpzOptions]>()(
    'saveNpzBytes',
    [tensors],
    npzOptions,
  ))();
const loadNpzTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource, options?: LoadOptions]>()(
    'loadNpz',
    [need('source', source)],
    loadOptions,
  ))();

/**
 * Writes tensors into a .npz file (NumPy: `numpy.savez`, `numpy.savez_compressed`). Uncompressed, the file is byte for
 * byte what NumPy writes for the same arrays. Gradients and layouts are not saved.
 *
 * @param tensors tensors by name, on any device, of any dtype except bfloat16, which NumPy does not have.
 * @param target the file's path; its folder must exist. Node only; elsewhere use `saveNpzBytes`.
 * @throws DTypeError for bfloat16 or a value that is not a tensor; ValueError for a name that a zip archive cannot
 *   have; DLError if the file cannot be written.
 * @example await saveNpz({ x, y }, 'data.npz', { compressed: true }); // numpy.load('data.npz')['x']
 */
export async function saveNpz(...given: GivenBehind<typeof saveNpzTakes>): Promise<void> {
  const [tensors, target, options = {}] = saveNpzTakes.take(given);
  const prepared = prepare('saveNpz', tensors);
  const contents = await Promise.all(prepared.map(({ x }) => download(x)));
  const inputs = prepared.map(({ name, header }, i) => {
    return { name, parts: [header, contents[i]] };
  });
  await writeParts('saveNpz', target, archive(inputs, options));
}

/**
 * The bytes that `saveNpz` would write (NumPy: `numpy.savez` to an `io.BytesIO`). For browsers.
 *
 * @param tensors tensors by name, on the CPU; copy others there with `await x.cpu()`.
 * @throws DTypeError, ValueError as `saveNpz`; DeviceError for tensors on another device.
 * @example const bytes = saveNpzBytes({ x: tensor([1, 2, 3]) });
 */
export function saveNpzBytes(...given: GivenBehind<typeof saveNpzBytesTakes>): Bytes {
  const [tensors, options = {}] = saveNpzBytesTakes.take(given);
  const inputs = prepare('saveNpzBytes', tensors).map(({ name, header, x }) => {
    return { name, parts: [header, copyOf(x)] };
  });
  return join([...archive(inputs, options)]);
}

/**
 * The arrays of a .npz file by name, as tensors on the CPU (NumPy: `numpy.load`), compressed or not. Dtypes are
 * converted as by `loadNpy`.
 *
 * Names are plain keys: nothing is written to the disk, even if they look like paths. An archive must not claim more
 * than deflate can compress (1032 times its size), an entry is inflated no further than its array's header says, and
 * checksums must be right.
 *
 * Arrays of strings become lists of strings. Other arrays that no tensor can hold (complex numbers, dates, Python
 * objects) become `Placeholder`s without running anything; `{ strict: true }` refuses them.
 *
 * @param source a file path (Node only), bytes, or a Blob; the values are copied.
 * @throws FormatError naming the byte if the file is damaged; DLError if it cannot be read.
 * @example const { x, y } = await loadNpz('data.npz');
 */
export async function loadNpz<T extends Record<string, unknown> = Record<string, Tensor>>(
  ...given: GivenTo<typeof loadNpzTakes>
): Promise<T> {
  const [source, options = {}] = loadNpzTakes.take(given);
  return withRanges('loadNpz', source, async (ranges) => {
    await checkKind('loadNpz', ranges);
    const found: Record<string, unknown> = {};
    const zip = await ZipReader.open('loadNpz', ranges);
    for (const entry of zip.entries.values()) {
      const { name, size } = entry;
      // Folders hold nothing, and nothing is written anywhere.
      if (name.endsWith('/') && size === 0) continue;
      const context = `loadNpz: ${name.length > 80 ? `${name.slice(0, 77)}...` : name}`;
      const key = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
      if (FORBIDDEN_KEYS.has(key)) throw bad(context, 0, `the name '${key}' is not allowed`);
      if (Object.hasOwn(found, key)) {
        throw bad(context, 0, `this archive contains a second array ${quote(key)}`);
      }
      if (/(^|\/)data\.pkl$/.test(name)) {
        throw new FormatError('loadNpz: byte 0: the file is a .pth file of PyTorch; use load');
      }
      try {
        const header = parseNpyHeader(context, await zip.start(entry, MAX_START), size);
        found[key] = fromElements(header, await zip.read(entry, header.from));
      } catch (error) {
        if (options.strict === true || !(error instanceof ForeignArray)) throw error;
        found[key] = foreignArray(error, await zip.read(entry, error.layout.from));
      }
    }
    return found as T;
  });
}

/** The texts of an array of strings; a placeholder for any other array that no tensor can hold. */
function foreignArray({ descr, layout, message }: ForeignArray, bytes: Uint8Array): unknown {
  const { shape, fortran } = layout;
  const [, order, code] = /^([<>=|]?)(.*)$/.exec(descr ?? '') as unknown as [
    string,
    string,
    string,
  ];
  const found = texts(bytes, shape, { code, bigEndian: order === '>' }, fortran);
  if (found !== undefined) return found;
  const made = new Placeholder('numpy.ndarray', [shape, descr ?? 'a structured dtype', bytes]);
  made.note = message.replace(/^.*?byte \d+: /, '');
  return made;
}

const archive = (inputs: readonly ZipInput[], { compressed }: NpzOptions): Iterable<Uint8Array> =>
  zipped(inputs, NUMPY, compressed === true ? deflateSync : undefined);

function prepare(operator: string, tensors: Readonly<Record<string, Tensor>>) {
  return Object.entries(tensors).map(([key, x]) => {
    checkTensor(operator, quote(key), x);
    if (FORBIDDEN_KEYS.has(key)) {
      throw new ValueError(`${operator}: the name '${key}' is not allowed; choose another`);
    }
    if (key.includes('\0') || LONE_SURROGATE.test(key)) {
      throw new ValueError(
        `${operator}: the name ${quote(key)} contains a null character or a lone surrogate; choose another`,
      );
    }
    const name = key + SUFFIX;
    if (encodeUtf8(name).length > 0xffff) {
      throw new ValueError(`${operator}: the name ${quote(key)} is too long; choose a shorter one`);
    }
    return { name, x, header: writeNpyHeader(operator, x.dtype, x.shape) };
  });
}
