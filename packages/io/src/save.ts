// save and load: values that contain tensors, to and from files and bytes, in PyTorch's format.
import { type GivenTo, kinds, need, takes } from '@dl/core/functional';
import { type GivenBehind, source, target } from './arguments.js';
import { type Bytes, isUrl } from './bytes/bytes.js';
import { collect, type SaveTarget, writeTo } from './bytes/sink.js';
import { type LoadSource, openSource } from './bytes/source.js';
import { inNameOf } from './errors.js';
import { type LoadOptions, loadOptions } from './options.js';
import { readPth } from './pth/read.js';
import { prepare } from './pth/write.js';
import type { Saveable } from './saveable.js';

const anyValue = /*#__PURE__*/ need('value', kinds.anything);
const saveTakes = /*#__PURE__*/ (() =>
  takes<[value: Saveable | object, target: SaveTarget]>()(
    'save',
    [anyValue, need('target', target('saveBytes'))],
    {},
  ))();
const saveBytesTakes = /*#__PURE__*/ (() =>
  takes<[value: Saveable | object]>()('saveBytes', [anyValue], {}))();
const loadTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource, options?: LoadOptions]>()(
    'load',
    [need('source', source)],
    loadOptions,
  ))();

/**
 * Saves a value to a file that PyTorch can load (PyTorch: `torch.save`): a model's or an optimizer's `stateDict()`, a
 * whole model, or anything made of these, of tensors, numbers, strings, booleans, null, Uint8Arrays, arrays, maps and
 * plain objects. The classes of a whole model must be those of `@dl/nn`, or be registered with its `registerModule`,
 * for saving and for loading.
 *
 * Dtypes, layouts and shared memory are kept. Await the promise before the values change: up to 64 MiB are copied at
 * the call; beyond that, an error is thrown if they changed. The target is replaced only when the new file is complete
 * and on the disk: a process that ends before leaves the old file. Symbolic links are followed and permissions are
 * kept; targets that are not regular files (devices, pipes) are refused.
 *
 * @param target a file path (Node only; its folder must exist), a file handle of the browser's own file system, or a
 *   WritableStream.
 * @throws ValueError naming the position of a value that cannot be saved; DLError if the file cannot be written.
 * @example
 * await save(model.stateDict(), 'model.pth');
 * await save(model, 'whole.pth');
 * await save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 3 }, 'all.pth');
 */
export async function save(...given: GivenBehind<typeof saveTakes>): Promise<void> {
  const [value, target] = saveTakes.take(given);
  await saveTo(value, target, 'save');
}

/** `save` for another function, whose name appears in messages. */
export async function saveTo(value: unknown, target: SaveTarget, operator: string): Promise<void> {
  try {
    await writeTo(target, prepare(value, nameOf(target)), operator);
  } catch (error) {
    throw inNameOf(operator, 'save', error);
  }
}

/** The folder inside the zip file: the file's name without its extension, as in PyTorch. */
function nameOf(target: SaveTarget): string {
  if (typeof target !== 'string' && !isUrl(target)) return 'archive';
  const file = String(target).split(/[/\\]/).pop() ?? '';
  const name = file.replace(/\.[^.]*$/, '');
  return /^[\w-]+$/.test(name) ? name : 'archive';
}

/**
 * The bytes that `save` would write (PyTorch: `torch.save` to an `io.BytesIO`). For browsers.
 *
 * @throws ValueError naming the position of a value that cannot be saved.
 * @example const bytes = await saveBytes(model.stateDict()); await load(bytes);
 */
export async function saveBytes(...given: GivenBehind<typeof saveBytesTakes>): Promise<Bytes> {
  const [value] = saveBytesTakes.take(given);
  return bytesOf(value, 'saveBytes');
}

/** `saveBytes` for another function, whose name appears in messages. */
export async function bytesOf(value: unknown, operator: string): Promise<Bytes> {
  try {
    return await collect(prepare(value, 'archive'));
  } catch (error) {
    throw inNameOf(operator, 'save', error);
  }
}

/**
 * Loads a value saved by `save` or PyTorch's `torch.save`, including the format before PyTorch 1.6 (PyTorch:
 * `torch.load`). Its tensors are on the CPU, whatever device they were saved from; `model.loadStateDict` copies them to
 * the model's device. A whole model is created from its class, with the saved values, dtypes, modes and frozen
 * parameters.
 *
 * A file is data and never runs code. Tuples and deques become arrays; dicts (also `Counter`, `defaultdict`,
 * `Namespace`) become objects, or Maps if a key is neither a string nor a number; integers beyond 2^53 are bigints;
 * int8 and int16 tensors become int32. NumPy's arrays become tensors and its scalars numbers; paths, UUIDs, dates and
 * times (ISO 8601) become strings. A value of any other class becomes a `Placeholder`, a tensor of an unsupported dtype
 * a `TensorPlaceholder`; `{ strict: true }` refuses them.
 *
 * The result's type is that of a dict unless you name another, which is not checked: `load<Tensor>(file)`.
 *
 * @param source a file path (Node only), bytes, a Blob or File, a Response of `fetch`, a stream, or a file handle of
 *   the browser's own file system; promises of these too.
 * @throws FormatError naming the byte if the file is damaged, or an unknown class; DLError if it cannot be read.
 * @example
 * model.loadStateDict(await load('model.pth'));
 * const whole = await load<Sequential>('whole.pth');
 * const { epoch } = await load(await fetch('https://example.org/model.pth'));
 */
export async function load<T = Record<string, unknown>>(
  ...given: GivenTo<typeof loadTakes>
): Promise<T> {
  const [source, options = {}] = loadTakes.take(given);
  return (await loadFrom(source, options, 'load')) as T;
}

/** `load` for another function, whose name appears in messages. */
export async function loadFrom(
  source: LoadSource,
  options: LoadOptions,
  operator: string,
): Promise<unknown> {
  const opened = await openSource(source, operator);
  try {
    return await readPth(opened, options);
  } catch (error) {
    throw inNameOf(operator, 'load', error);
  } finally {
    await opened.close();
  }
}
