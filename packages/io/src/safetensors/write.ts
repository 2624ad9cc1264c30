// Writing safetensors files.

import { DTypeError, need, type Tensor, takes, ValueError } from '@dl/core/functional';
import { type GivenBehind, target, tensorsByName, textByName } from '../arguments.js';
import { type Bytes, join } from '../bytes/bytes.js';
import { type SaveTarget, writeParts } from '../bytes/sink.js';
import { checkTensor, contentsOf, copyOf, headed, sizeOf } from '../foreign.js';
import { quote } from '../ranges.js';
import { FORBIDDEN_KEYS } from '../saveable.js';
import { isText, MAX_HEADER, METADATA, writeHeader, written } from './header.js';

/** Options of `saveSafetensors`. */
export interface SafetensorsOptions {
  /** Strings by name that are stored with the tensors, such as `{ format: 'pt' }`. */
  metadata?: Readonly<Record<string, string>>;
}

const tensors = /*#__PURE__*/ need('tensors', tensorsByName);
const safetensorsOptions = { metadata: textByName };
const saveSafetensorsTakes = /*#__PURE__*/ (() =>
  takes<
    [tensors: Readonly<Record<string, Tensor>>, target: SaveTarget, options?: SafetensorsOptions]
  >()(
    'saveSafetensors',
    [tensors, need('target', target('saveSafetensorsBytes'))],
    safetensorsOptions,
  ))();
const saveSafetensorsBytesTakes = /*#__PURE__*/ (() =>
  takes<[tensors: Readonly<Record<string, Tensor>>, options?: SafetensorsOptions]>()(
    'saveSafetensorsBytes',
    [tensors],
    safetensorsOptions,
  ))();

/**
 * Writes tensors into a safetensors file (Python: `safetensors.torch.save_file`): the format of the Hugging Face
 * libraries, with names, dtypes, shapes and values, and nothing else.
 *
 * The file is byte for byte what the Python library writes, except that metadata keep their order, which is arbitrary
 * there. Tensors that share memory are each written in full (the Python library refuses them). Gradients and layouts
 * are not saved. The file contains the values at the time of the call; the target is replaced only when the new file is
 * complete.
 *
 * @param tensors tensors by name, on any device, of any dtype.
 * @param target the file's path; its folder must exist. Node only; elsewhere use `saveSafetensorsBytes`.
 * @throws DTypeError for a value that is not a tensor; ValueError for a name that the format does not allow; DLError if
 *   the file cannot be written.
 * @example await saveSafetensors(model.stateDict(), 'model.safetensors', { metadata: { epoch: '3' } });
 */
export async function saveSafetensors(
  ...given: GivenBehind<typeof saveSafetensorsTakes>
): Promise<void> {
  const [tensors, target, options = {}] = saveSafetensorsTakes.take(given);
  const { header, sorted } = prepare('saveSafetensors', tensors, options);
  const contents = contentsOf(
    'saveSafetensors',
    sorted.map(([, x]) => x),
  );
  await writeParts('saveSafetensors', target, headed(header, contents));
}

/**
 * The bytes that `saveSafetensors` would write (Python: `safetensors.torch.save`). For browsers.
 *
 * @param tensors tensors by name, on the CPU; copy others there with `await x.cpu()`.
 * @throws DTypeError, ValueError as `saveSafetensors`; DeviceError for tensors on another device.
 * @example const bytes = saveSafetensorsBytes({ weight: randn([2, 3]) });
 */
export function saveSafetensorsBytes(
  ...given: GivenBehind<typeof saveSafetensorsBytesTakes>
): Bytes {
  const [tensors, options = {}] = saveSafetensorsBytesTakes.take(given);
  const { header, sorted } = prepare('saveSafetensorsBytes', tensors, options);
  return join([header, ...sorted.map(([, x]) => copyOf(x))]);
}

function prepare(
  operator: string,
  tensors: Readonly<Record<string, Tensor>>,
  { metadata }: SafetensorsOptions,
): { header: Uint8Array; sorted: [string, Tensor][] } {
  const sorted = Object.entries(tensors);
  for (const [name, x] of sorted) {
    checkTensor(operator, quote(name), x);
    checkName(operator, name);
    if (name === METADATA) {
      throw new ValueError(
        `${operator}: '${METADATA}' is reserved by the format; rename the tensor, or use the option metadata`,
      );
    }
  }
  sorted.sort(
    ([a, x], [b, y]) => written[x.dtype].rank - written[y.dtype].rank || compareCodePoints(a, b),
  );
  const header = writeHeader(
    sorted.map(([name, { dtype, shape, count }]) => {
      return { name, dtype, shape, bytes: count * sizeOf(dtype) };
    }),
    metadata === undefined ? undefined : checkMetadata(operator, metadata),
  );
  if (header.length - 8 > MAX_HEADER) {
    throw new ValueError(
      `${operator}: the names and metadata need ${header.length - 8} bytes, more than the format's ` +
        `limit of ${MAX_HEADER}; save them in several files`,
    );
  }
  return { header, sorted };
}

function checkMetadata(
  operator: string,
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    checkName(operator, key);
    if (!isText(value)) {
      throw new DTypeError(
        `${operator}: metadata ${quote(key)} must be a string without lone surrogates; convert it with JSON.stringify`,
      );
    }
    found[key] = value;
  }
  return found;
}

function checkName(operator: string, name: string): void {
  if (FORBIDDEN_KEYS.has(name)) {
    throw new ValueError(`${operator}: the name '${name}' is not allowed; choose another`);
  }
  if (!isText(name)) {
    throw new ValueError(
      `${operator}: the name ${quote(name)} contains a lone surrogate; choose another`,
    );
  }
}

/** The order of UTF-8, which the library uses; JavaScript's own is that of UTF-16. */
function compareCodePoints(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const x = a.charCodeAt(i);
  const y = b.charCodeAt(i);
  if (i >= a.length || i >= b.length) return a.length - b.length;
  // Surrogate pairs encode characters above all others.
  const rank = (code: number): number => (code >= 0xd800 && code < 0xe000 ? code + 0x10000 : code);
  return rank(x) - rank(y);
}
