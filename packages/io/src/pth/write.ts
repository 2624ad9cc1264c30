// Writes a value to a `.pth` file in PyTorch's zip format.

import { DLError, isPlain, Tensor } from '@dl/core/functional';
import { type Bytes, isBytes, isMap, isSet } from '../bytes/bytes.js';
import { Behind, type Write } from '../bytes/sink.js';
import { importNN, isModule } from '../modules.js';
import { PyDict, PyGlobal, PySet, PyTuple } from '../pickle/values.js';
import { PyCall, PyPersistent, writePickle } from '../pickle/writer.js';
import { type ZipForm, ZipWriter } from '../zip/writer.js';
import { type Span, type Survey, survey } from './check-saveable.js';
import { littleEndian, storageClasses } from './dtypes.js';
import { type ModuleWriter, moduleWriter } from './module-writer.js';
import { orderedDict, REBUILD_PARAMETER, REBUILD_TENSOR } from './names.js';

/** Values up to this many bytes are copied at the call, so that later changes do not affect the file. */
const SNAPSHOT = 2 ** 26;

/** PyTorch's zip files. */
export const PYTORCH: ZipForm = {
  alignment: 64,
  most32: 2 ** 32 - 2,
  most16: 2 ** 16 - 2,
  wide: false,
  marked: true,
  madeBy: 0,
  permissions: 0,
};

/** The file, ready to be written: the values have been checked, and copied unless they are large. */
export function prepare(value: unknown, name: string): (write: Write) => Promise<void> {
  const found = survey(value);
  const total = found.spans.reduce((sum, span) => sum + span.bytes, 0);
  // All reading starts synchronously, so that a training loop that continues does not affect the file.
  const copies = total <= SNAPSHOT ? found.spans.map((span) => span.read()) : null;
  // The pickle too: plain values and modules may also change.
  const early = found.hasModules ? null : pickleOf(value, found, null);
  return async (write) => {
    const pickle = early ?? pickleOf(value, found, moduleWriter(await importNN('save')));
    const zip = new ZipWriter(PYTORCH);
    const output = new Behind(write);
    const add = (entry: string, bytes: Bytes): Promise<void> =>
      output.put(zip.add(`${name}/${entry}`, [bytes]));
    await add('data.pkl', pickle);
    await add('.format_version', ascii('1'));
    await add('.storage_alignment', ascii(String(PYTORCH.alignment)));
    await add('byteorder', ascii('little'));
    for (const [i, span] of found.spans.entries()) {
      const array = copies === null ? (span.view() ?? (await span.read())) : await copies[i];
      await add(`data/${span.key}`, littleEndian(array));
      // The values being written must not have changed while the next ones were prepared.
      if (copies === null) checkUnchanged(found.spans.slice(Math.max(0, i - 1), i + 1));
    }
    await add('version', ascii('3\n'));
    await output.put(zip.end());
    await output.end();
    if (copies === null) checkUnchanged(found.spans);
  };
}

function checkUnchanged(spans: readonly Span[]): void {
  if (spans.some((span) => span.changed)) {
    throw new DLError(
      'save: a tensor was changed while it was being saved; await save(…) before training continues',
    );
  }
}

const ascii = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0));

const pickleOf = (value: unknown, found: Survey, modules: ModuleWriter | null): Bytes =>
  writePickle(new Converter(found, modules).convert(value));

/** Turns values into those of Python that stand for them in the pickle, each object once. */
class Converter {
  private readonly found: Survey;
  private readonly modules: ModuleWriter | null;
  private readonly known = new Map<object, unknown>();
  private readonly storages = new Map<Span, PyPersistent>();

  constructor(found: Survey, modules: ModuleWriter | null) {
    this.found = found;
    this.modules = modules;
  }

  convert = (item: unknown): unknown => {
    if (typeof item !== 'object' || item === null) return item;
    // In this realm's memory, by which the writer knows them.
    if (isBytes(item)) return item instanceof Uint8Array ? item : new Uint8Array(item);
    const seen = this.known.get(item);
    if (seen !== undefined) return seen;
    const made = this.object(item);
    this.known.set(item, made);
    return made;
  };

  private object(item: object): unknown {
    if (item instanceof Tensor) return this.tensor(item);
    if (isModule(item)) return (this.modules as ModuleWriter)(item, this.convert);
    if (Array.isArray(item)) return item.map(this.convert);
    if (isSet(item)) return setOf(item);
    return this.dict(item);
  }

  private tensor(x: Tensor): PyCall {
    const span = this.found.spanOf(x);
    const offset = x.count === 0 ? 0 : x.offset - span.start;
    const [size, stride] = [new PyTuple(x.shape), new PyTuple(x.strides)];
    const isParameter = isParameterMark in x;
    const grad = x.requiresGrad && !isParameter;
    const storage = this.storage(span);
    const plain = new PyCall(REBUILD_TENSOR, storage, offset, size, stride, grad, orderedDict());
    return isParameter
      ? new PyCall(REBUILD_PARAMETER, plain, x.requiresGrad, orderedDict())
      : plain;
  }

  private storage(span: Span): PyPersistent {
    const seen = this.storages.get(span);
    if (seen !== undefined) return seen;
    const type = new PyGlobal('torch', storageClasses[span.dtype]);
    const made = new PyPersistent(new PyTuple(['storage', type, span.key, 'cpu', span.length]));
    this.storages.set(span, made);
    return made;
  }

  private dict(item: object): PyDict {
    const made = new PyDict();
    const optimizer = isOptimizerState(item);
    for (const [key, part] of entriesOf(item)) {
      const numbered = optimizer && key === 'state';
      made.entries.set(key, numbered ? this.numbered(part as object) : this.convert(part));
    }
    return made;
  }

  /** An optimizer's state: PyTorch numbers its parameters with integers, but keys of objects here are strings. */
  private numbered(state: object): PyDict {
    const made = new PyDict();
    for (const [key, part] of entriesOf(state)) {
      const number = typeof key === 'string' && /^(0|[1-9]\d{0,14})$/.test(key);
      made.entries.set(number ? Number(key) : key, this.convert(part));
    }
    return made;
  }
}

const entriesOf = (x: object): Iterable<readonly [unknown, unknown]> =>
  isMap(x) ? x : Object.entries(x);

function setOf(items: ReadonlySet<unknown>): PySet {
  const made = new PySet();
  for (const item of items) made.items.add(item);
  return made;
}

const isParameterMark = Symbol.for('@dl/nn.Parameter');

/** Whether an object is the result of an optimizer's `stateDict()`. */
function isOptimizerState(x: object): boolean {
  if (!Object.hasOwn(x, 'param_groups') || !Object.hasOwn(x, 'state')) return false;
  const { param_groups: groups, state } = x as { param_groups: unknown; state: unknown };
  if (!Array.isArray(groups) || typeof state !== 'object' || state === null) return false;
  return isMap(state) || (isPlain(state) && !isModule(state));
}
