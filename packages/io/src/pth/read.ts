// Reads a `.pth` file: PyTorch's zip format, or the older one.
import { FormatError } from '@dl/core/functional';
import { KIND_SIZE, otherKind } from '../bytes/kinds.js';
import type { ByteSource } from '../bytes/source.js';
import { bad, unsupported, utf8 } from '../errors.js';
import { importNN, type NN } from '../modules.js';
import type { LoadOptions } from '../options.js';
import { type PickleRules, readPickle, type Unpickled } from '../pickle/reader.js';
import { objectsIn, PyObject } from '../pickle/values.js';
import { rangesOf } from '../ranges.js';
import { isZip, type ZipEntry, ZipReader } from '../zip/reader.js';
import type { Finish } from './finish.js';
import {
  countOf,
  FileRules,
  kindOf,
  NeedsClasses,
  type ReadStorage,
  StorageRef,
} from './globals.js';
import { isLegacy, readLegacy } from './legacy.js';
import { type BuildModule, convertValue, readTensors, tensorsIn } from './materialize.js';
import { moduleBuilder } from './module-reader.js';

/** The value of a file. */
export async function readPth(source: ByteSource, options: LoadOptions = {}): Promise<unknown> {
  const finish = finishWith(options);
  const start = await source.read(0, Math.min(source.size, 64));
  if (isZip(start)) return readZip(source, finish);
  if (isLegacy(start)) return readLegacy(source, finish);
  const other = otherKind('load', await source.read(0, Math.min(source.size, KIND_SIZE)));
  if (other !== null) throw new FormatError(`load: byte 0: ${other}`);
  throw bad(
    0,
    `the file (${source.size} bytes) is neither of PyTorch's formats, a zip file or a pickle`,
  );
}

async function readZip(source: ByteSource, finish: Finish): Promise<unknown> {
  const zip = await ZipReader.open('load', rangesOf('load', source));
  const pickle = [...zip.entries.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickle === undefined) {
    if ([...zip.entries.keys()].some((name) => name.endsWith('.npy'))) {
      throw new FormatError('load: byte 0: the file is a .npz archive; use loadNpz');
    }
    const names = [...zip.entries.keys()].slice(0, 3).map((name) => `'${name}'`);
    throw bad(
      0,
      `the zip file has no data.pkl, so it was not written by torch.save; it contains ${names.join(', ') || 'no entries'}`,
    );
  }
  const root = pickle.slice(0, -'data.pkl'.length);
  if (zip.entries.has(`${root}constants.pkl`)) {
    throw unsupported(
      0,
      'the file is a TorchScript program, not a pickle of values',
      'save the state dict: torch.save(model.state_dict(), file)',
    );
  }
  const little = await isLittle(zip, root);
  const pickled = zip.entries.get(pickle) as ZipEntry;
  if (pickled.size > MOST_PICKLED) {
    throw unsupported(
      pickled.offset,
      `the pickle has ${pickled.size} bytes, more than the limit of ${MOST_PICKLED}`,
      'store large data as tensors',
    );
  }
  const bytes = await zip.read(pickled);
  const readStorage: ReadStorage = (id, at) => {
    const [, type, key, , count] = id;
    const kind = kindOf(type, at);
    const length = countOf(count, at);
    if (typeof key !== 'string') throw bad(at, 'the key of a storage is not a string');
    const entry = zip.entries.get(`${root}data/${key}`);
    if (entry === undefined) throw bad(at, `the file has no entry '${root}data/${key}'`);
    const wanted = length * (kind?.size ?? 1);
    if (entry.size !== wanted) {
      throw bad(
        at,
        `storage '${key}' should have ${wanted} bytes, but its entry has ${entry.size}`,
      );
    }
    return new StorageRef(key, kind, length, at);
  };
  const read = (rules: PickleRules): Unpickled => readPickle(bytes, pickled.from, rules);
  return finish(read, readStorage, pickled.from, async (ref) => {
    const entry = zip.entries.get(`${root}data/${ref.key}`) as ZipEntry;
    // In memory of its own, so in no shared one.
    const bytes = await zip.read(entry);
    return { bytes, offset: entry.from, little };
  });
}

/** A pickle contains names, shapes and small values; tensors are stored next to it. */
const MOST_PICKLED = 2 ** 29;

async function isLittle(zip: ZipReader, root: string): Promise<boolean> {
  const entry = zip.entries.get(`${root}byteorder`);
  if (entry === undefined) return true;
  const text = utf8(await zip.read(entry), entry.from);
  if (text !== 'little' && text !== 'big') {
    throw bad(entry.from, `the byte order is '${text.slice(0, 20)}', neither little nor big`);
  }
  return text === 'little';
}

const finishWith =
  ({ strict = false }: LoadOptions): Finish =>
  async (read, readStorage, base, bytesOf) => {
    let nn: NN | null = null;
    let rules = new FileRules({ readStorage, classes: null, strict });
    let value: unknown;
    try {
      ({ value } = read(rules));
    } catch (error) {
      if (!(error instanceof NeedsClasses)) throw error;
      nn = await importNN('load').catch(() => null);
      rules = new FileRules({ readStorage, classes: new Set(nn?.registeredModules()), strict });
      ({ value } = read(rules));
    }
    const tensors = await readTensors(tensorsIn(value), bytesOf);
    const builder: BuildModule | null =
      nn === null && !holdsObjects(value) ? null : moduleBuilder(nn ?? (await importNN('load')));
    const { budget } = rules;
    return convertValue(value, { tensors, build: builder ?? refuseObject, base, strict, budget });
  };

const refuseObject: BuildModule = (object) => {
  throw bad(object.at, `a ${object.type.path} is not expected here`);
};

/** Whether a pickle's value contains an object. */
function holdsObjects(value: unknown): boolean {
  for (const x of objectsIn(value)) if (x instanceof PyObject) return true;
  return false;
}
