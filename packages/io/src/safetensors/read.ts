// Reading safetensors files, as a whole or one tensor at a time.
import {
  type DType,
  type GivenTo,
  IndexError,
  kinds,
  may,
  need,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { source } from '../arguments.js';
import type { LoadSource } from '../bytes/source.js';
import { sizeOf, tensorOf, widened } from '../foreign.js';
import { type LoadOptions, loadOptions } from '../options.js';
import { type TensorPlaceholder, tensorPlaceholder } from '../placeholder.js';
import { checkKind, openRanges, quote, type Ranges } from '../ranges.js';
import { partsOf } from './folder.js';
import {
  foreignType,
  type Header,
  headerLength,
  parseHeader,
  type TensorRecord,
  typeOf,
} from './header.js';

const sourcePlace = /*#__PURE__*/ need('source', source);
const loadSafetensorsTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource, options?: LoadOptions]>()(
    'loadSafetensors',
    [sourcePlace],
    loadOptions,
  ))();
const openSafetensorsTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource]>()('openSafetensors', [sourcePlace], {}))();

const tensorName = /*#__PURE__*/ need('name', kinds.string);
/*@__NO_SIDE_EFFECTS__*/
const takesName = (method: string) =>
  takes<[name: string]>()(`SafetensorsFile.${method}`, [tensorName], {});
const takesNothing = (method: string) => takes<[]>()(`SafetensorsFile.${method}`, [], {});
const keysTakes = /*#__PURE__*/ takesNothing('keys');
const metadataTakes = /*#__PURE__*/ takesNothing('metadata');
const closeTakes = /*#__PURE__*/ takesNothing('close');
const shapeTakes = /*#__PURE__*/ takesName('shape');
const dtypeTakes = /*#__PURE__*/ takesName('dtype');
const getTensorTakes = /*#__PURE__*/ takesName('getTensor');
const getSliceTakes = /*#__PURE__*/ (() =>
  takes<[name: string, start?: number, stop?: number]>()(
    'SafetensorsFile.getSlice',
    [tensorName, may('start', kinds.integer), may('stop', kinds.integer)],
    {},
  ))();

/**
 * The tensors of a safetensors file by name (Python: `safetensors.torch.load_file` and `load`), on the CPU. I8, I16 and
 * U16 become int32 and U32 becomes int64, without loss; tensors of U64, C64 and the types of fewer than 16 bits become
 * `TensorPlaceholder`s, which `{ strict: true }` refuses.
 *
 * A folder of the Hugging Face libraries loads in one call: the files listed in its `model.safetensors.index.json`, or
 * its `model.safetensors`. You may also pass the index itself.
 *
 * A file is data and never runs code. Everything in it is checked before it is used.
 *
 * @param source the path of a file or folder (Node only), bytes, a Blob, or a Response of `fetch`; the values are
 *   copied.
 * @throws FormatError naming the byte if the file is damaged, or (strict) the tensor whose dtype is not supported;
 *   DLError if it cannot be read.
 * @example
 * model.loadStateDict(await loadSafetensors('model.safetensors'));
 * model.loadStateDict(await loadSafetensors('models/llama/'));
 */
export async function loadSafetensors<T extends Record<string, unknown> = Record<string, Tensor>>(
  ...given: GivenTo<typeof loadSafetensorsTakes>
): Promise<T> {
  const [source, options = {}] = loadSafetensorsTakes.take(given);
  const found: Record<string, unknown> = {};
  const parts = await partsOf('loadSafetensors', source);
  for (const { source: part, names } of parts) {
    const file = await open('loadSafetensors', part);
    try {
      await readAll(file, names ?? file.keys(), options, found);
    } finally {
      await file.close();
    }
  }
  return found as T;
}

async function readAll(
  file: SafetensorsFile,
  names: readonly string[],
  { strict = false }: LoadOptions,
  found: Record<string, unknown>,
): Promise<void> {
  // Before anything is read, so that a file with one unsupported tensor is refused at once.
  if (strict) for (const name of names) file.dtypeOf('loadSafetensors', name);
  // The next ones are read while others become tensors.
  const ahead: Promise<Tensor | TensorPlaceholder>[] = [];
  for (const [i, name] of names.entries()) {
    while (ahead.length < READ_AHEAD && i + ahead.length < names.length) {
      const reading = file.tensorOrPlaceholder('loadSafetensors', names[i + ahead.length]);
      // Its error is thrown when its turn comes, unless an earlier one was thrown.
      reading.catch(() => {});
      ahead.push(reading);
    }
    found[name] = await (ahead.shift() as Promise<Tensor | TensorPlaceholder>);
  }
}

const READ_AHEAD = 3;

/**
 * Opens a safetensors file and reads only its header; tensors are read on request (Python: `safetensors.safe_open`).
 * Use it for large files, or to read only part of a file.
 *
 * @param source a file path (Node only), bytes, which must not change while the file is open, or a Blob.
 * @throws FormatError naming the byte if the header is invalid; DLError if the file cannot be read.
 * @example
 * const file = await openSafetensors('model.safetensors');
 * try {
 *   for (const name of file.keys()) console.log(name, file.dtype(name), file.shape(name));
 *   const rows = await file.getSlice('embedding.weight', 0, 1000);
 * } finally {
 *   await file.close();
 * }
 * // TypeScript 5.2 or later: `await using file = await openSafetensors('model.safetensors');`
 */
export async function openSafetensors(
  ...given: GivenTo<typeof openSafetensorsTakes>
): Promise<SafetensorsFile> {
  const [source] = openSafetensorsTakes.take(given);
  return open('openSafetensors', source);
}

async function open(operator: string, source: LoadSource): Promise<SafetensorsFile> {
  const ranges = await openRanges(operator, source);
  try {
    await checkKind(operator, ranges);
    const start = await ranges.read(0, Math.min(8, ranges.size));
    const length = headerLength(operator, start, ranges.size);
    const json = await ranges.read(8, 8 + length);
    return new SafetensorsFile(ranges, parseHeader(operator, json, ranges.size));
  } catch (error) {
    await ranges.close();
    throw error;
  }
}

/** An open safetensors file (Python: `safetensors.safe_open`); created by `openSafetensors`. */
export class SafetensorsFile {
  private readonly ranges: Ranges;
  private readonly header: Header;
  private closed = false;

  /** @internal Use `openSafetensors`. */
  constructor(ranges: Ranges, header: Header) {
    if (typeof ranges?.read !== 'function') {
      throw new ValueError(
        'SafetensorsFile: only openSafetensors creates one; write await openSafetensors(source)',
      );
    }
    this.ranges = ranges;
    this.header = header;
  }

  /** Names of the tensors, in the order in which they are stored in the file (Python: `offset_keys`). */
  keys(...given: GivenTo<typeof keysTakes>): string[] {
    keysTakes.take(given);
    return [...this.header.tensors.keys()];
  }

  /** The metadata strings by name; empty if there are none (Python: `metadata`). */
  metadata(...given: GivenTo<typeof metadataTakes>): Record<string, string> {
    metadataTakes.take(given);
    return { ...this.header.metadata };
  }

  /** The shape of a tensor. @throws IndexError if no tensor has this name. */
  shape(...given: GivenTo<typeof shapeTakes>): number[] {
    const [name] = shapeTakes.take(given);
    return [...this.record('SafetensorsFile.shape', name).shape];
  }

  /**
   * The dtype of `getTensor`'s result, which is wider than the file's I8, I16, U16 and U32.
   *
   * @throws FormatError if the file's type is not supported; IndexError if no tensor has this name.
   */
  dtype(...given: GivenTo<typeof dtypeTakes>): DType {
    const [name] = dtypeTakes.take(given);
    return this.dtypeOf('SafetensorsFile.dtype', name);
  }

  /** @internal The same for `operator`. */
  dtypeOf(operator: string, name: string): DType {
    return widened(typeOf(operator, this.record(operator, name)));
  }

  /**
   * Reads a tensor with its current values in the file (Python: `get_tensor`).
   *
   * @throws FormatError if its type is not supported; IndexError if no tensor has this name.
   */
  async getTensor(...given: GivenTo<typeof getTensorTakes>): Promise<Tensor> {
    const [name] = getTensorTakes.take(given);
    return this.whole('SafetensorsFile.getTensor', name);
  }

  private async whole(operator: string, name: string): Promise<Tensor> {
    const record = this.record(operator, name);
    return this.read(operator, record, record);
  }

  /** @internal A tensor, or a placeholder if its type is not supported. */
  async tensorOrPlaceholder(operator: string, name: string): Promise<Tensor | TensorPlaceholder> {
    const record = this.record(operator, name);
    const foreign = foreignType(record);
    if (foreign === null) return this.whole(operator, name);
    const { shape, from, to } = record;
    const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
    const bytes = await this.ranges.read(from, to);
    return tensorPlaceholder(foreign.name, { shape, strides, offset: 0 }, bytes);
  }

  /**
   * Reads a slice of a tensor along its first dimension, and nothing else of the file (Python:
   * `get_slice(name)[start:stop]`). As in Python, a negative index counts from the end, and indices beyond the ends are
   * clamped.
   *
   * @throws ValueError for a tensor without dimensions; IndexError if no tensor has this name.
   * @example const [last] = (await file.getSlice('weight', -1)).unbind(0);
   */
  async getSlice(...given: GivenTo<typeof getSliceTakes>): Promise<Tensor> {
    const [name, start = 0, stop = Number.MAX_SAFE_INTEGER] = getSliceTakes.take(given);
    const operator = 'SafetensorsFile.getSlice';
    const record = this.record(operator, name);
    const [rows, ...rest] = record.shape;
    if (rows === undefined) {
      throw new ValueError(`${operator}: ${quote(name)} has no dimensions; use getTensor`);
    }
    const place = (n: number): number => Math.min(Math.max(n < 0 ? n + rows : n, 0), rows);
    const first = place(start);
    const last = Math.max(place(stop), first);
    const row = rest.reduce((product, n) => product * n, 1);
    const bytes = row * sizeOf(typeOf(operator, record));
    const from = record.from + first * bytes;
    const part = { from, to: from + (last - first) * bytes, shape: [last - first, ...rest] };
    return this.read(operator, record, part);
  }

  /** Closes the file; tensors that were read stay valid. A second call does nothing. */
  async close(...given: GivenTo<typeof closeTakes>): Promise<void> {
    closeTakes.take(given);
    if (this.closed) return;
    this.closed = true;
    await this.ranges.close();
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async read(
    operator: string,
    record: TensorRecord,
    { from, to, shape }: Pick<TensorRecord, 'from' | 'to' | 'shape'>,
  ): Promise<Tensor> {
    if (this.closed) {
      throw new ValueError(
        `${operator}: the file was closed before ${quote(record.name)} was read; open it again`,
      );
    }
    const type = typeOf(operator, record);
    return tensorOf(await this.ranges.read(from, to), type, shape);
  }

  private record(operator: string, name: string): TensorRecord {
    const record = this.header.tensors.get(name);
    if (record !== undefined) return record;
    const names = this.keys();
    const some = names.slice(0, 5).map(quote).join(', ');
    throw new IndexError(
      `${operator}: the file has no tensor called ${quote(name)}; it has ` +
        (names.length === 0 ? 'no tensors' : `${some}${names.length > 5 ? ', …' : ''}`),
    );
  }
}
