// PyTorch's format before 1.6: several pickles, followed by the storages.
import type { ByteSource } from '../bytes/source.js';
import { bad, unsupported } from '../errors.js';
import { Budget } from '../pickle/budget.js';
import { type PickleRules, readPickle, type Unpickled } from '../pickle/reader.js';
import { PyDict, PyTuple } from '../pickle/values.js';
import { quote } from '../ranges.js';
import type { Finish } from './finish.js';
import { countOf, kindOf, type ReadStorage, StorageRef } from './globals.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** Whether a file begins like the old format: with a pickle of the magic number. */
export const isLegacy = (start: Uint8Array): boolean =>
  start.length > 2 && start[0] === 0x80 && start[1] <= 5;

/** The first pickles contain no names. */
const plain = (): PickleRules => ({
  budget: new Budget(),
  global: (module, name, at) => {
    throw bad(at, `the pickle names ${module}.${name} where only plain values should be`);
  },
  call: (_, __, at) => {
    throw bad(at, 'the pickle calls a function where only plain values should be');
  },
  create: (_type, _args, _named, at) => {
    throw bad(at, 'the pickle creates an object where only plain values should be');
  },
  persistent: (_, at) => {
    throw bad(at, 'the pickle refers to an outside object where only plain values should be');
  },
});

/**
 * The value of a file in the old format. The file is read as a whole, because its pickles do not state their length.
 */
export async function readLegacy(source: ByteSource, finish: Finish): Promise<unknown> {
  const file = await source.read(0, source.size);
  const magic = readPickle(file, 0, plain());
  if (magic.value !== MAGIC) {
    throw bad(0, 'the file is a pickle that was not written by torch.save');
  }
  const version = readPickle(file, 0, plain(), magic.end);
  if (version.value !== VERSION) {
    throw unsupported(
      magic.end,
      `version ${quote(version.value)} is unknown`,
      'save it with a newer PyTorch',
    );
  }
  const system = readPickle(file, 0, plain(), version.end);
  if (
    !(system.value instanceof PyDict) ||
    system.value.entries.get('little_endian') === undefined
  ) {
    throw bad(version.end, 'the description of the machine that wrote it is missing');
  }
  const little = system.value.entries.get('little_endian') !== false;
  // The pickle precedes its storages, so references to them are checked when they are reached.
  const claimed = new Map<string, StorageRef>();
  const readStorage: ReadStorage = (id, at) => {
    const [, type, key, , count, view] = id;
    if (typeof key !== 'string') throw bad(at, 'the key of a storage is not a string');
    const length = countOf(count, at);
    const root = new StorageRef(key, kindOf(type, at), length, at);
    const known = claimed.get(key);
    if (known !== undefined && (known.kind !== root.kind || known.length !== length)) {
      throw bad(at, `storage '${key}' is described in two ways`);
    }
    claimed.set(key, known ?? root);
    if (view === null || view === undefined) return known ?? root;
    if (!(view instanceof PyTuple)) throw bad(at, 'the view of a storage is not a tuple');
    const [shift, size] = [countOf(view.items[1], at), countOf(view.items[2], at)];
    if (shift + size > length) throw bad(at, `a view of storage '${key}' reaches beyond its end`);
    return new StorageRef(key, root.kind, size, at, shift);
  };
  // The positions of the storages are known after the pickle: their keys follow it, then the storages.
  let places: Map<string, Place> | null = null;
  let end = system.end;
  const read = (rules: PickleRules): Unpickled => {
    const found = readPickle(file, 0, rules, system.end);
    end = found.end;
    return found;
  };
  return finish(read, readStorage, system.end, async (ref) => {
    places ??= findStorages(file, end, claimed);
    const { offset, bytes } = places.get(ref.key) as Place;
    return { bytes: file.slice(offset, offset + bytes), offset, little };
  });
}

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

function findStorages(
  file: Uint8Array,
  start: number,
  claimed: ReadonlyMap<string, StorageRef>,
): Map<string, Place> {
  const keys = readPickle(file, 0, plain(), start);
  const places = new Map<string, Place>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = keys.end;
  if (!Array.isArray(keys.value)) throw bad(start, 'the list of storages is not a list');
  for (const key of keys.value as unknown[]) {
    const ref = typeof key === 'string' ? claimed.get(key) : undefined;
    if (ref === undefined || places.has(ref.key)) {
      throw bad(
        start,
        `the list of storages contains ${quote(key)}, which is unknown or appears twice`,
      );
    }
    if (file.length - at < 8) throw bad(at, 'the file ends where a storage should be');
    const length = view.getBigInt64(at, true);
    if (length !== BigInt(ref.length)) {
      throw bad(
        at,
        `storage '${ref.key}' has ${length} elements, but its tensors need ${ref.length}`,
      );
    }
    const bytes = ref.length * (ref.kind?.size ?? 1);
    at += 8;
    if (file.length - at < bytes) {
      throw bad(
        at,
        `storage '${ref.key}' needs ${bytes} bytes, but the file has ${file.length - at} left`,
      );
    }
    places.set(ref.key, { offset: at, bytes });
    at += bytes;
  }
  for (const key of claimed.keys()) {
    if (!places.has(key)) throw bad(start, `storage '${key}' is not in the file`);
  }
  return places;
}
