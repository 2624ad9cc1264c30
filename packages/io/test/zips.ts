// Zip files for tests: entries in PyTorch's form, stored or deflated.
import { deflateSync } from 'fflate';
import { type Bytes, join } from '../src/bytes/bytes.js';
import { PYTORCH } from '../src/pth/write.js';
import { zipped } from '../src/zip/writer.js';

/** A zip file of entries by name, which may appear twice. */
export function zipOf(
  entries: Readonly<Record<string, Uint8Array>> | readonly (readonly [string, Uint8Array])[],
  { deflated = false } = {},
): Bytes {
  const all: readonly (readonly [string, Uint8Array])[] = Array.isArray(entries)
    ? entries
    : Object.entries(entries);
  const inputs = all.map(([name, bytes]) => ({ name, parts: [bytes] }));
  const form = { ...PYTORCH, alignment: 1 };
  return join([...zipped(inputs, form, deflated ? deflateSync : undefined)]);
}
