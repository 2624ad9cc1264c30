// Targets for bytes: a file, memory, a stream.

import { type Bytes, isUrl, join, type Write } from './bytes.js';
import { writeFileWhole } from './replace.js';
import { type FileHandleLike, isFileHandle } from './source.js';

export type { Write } from './bytes.js';

/** A target of `save`: a file path (Node), a browser's file handle, or a stream. */
export type SaveTarget = string | URL | FileHandleLike | WritableStream<Uint8Array>;

const isWritableHandle = (x: unknown): x is Required<FileHandleLike> =>
  isFileHandle(x) && typeof x.createWritable === 'function';

/** A description of the targets. */
export const TARGETS = 'a file path, a WritableStream or a file handle';

/** Whether a value can be written to. */
export const isTarget = (x: unknown): x is SaveTarget =>
  typeof x === 'string' ||
  isUrl(x) ||
  isWritableHandle(x) ||
  typeof (x as WritableStream | null | undefined)?.getWriter === 'function';

/** Runs `produce` with a write function; the target is complete when the promise is fulfilled. */
export async function writeTo(
  target: SaveTarget,
  produce: (write: Write) => Promise<void>,
  operator = 'save',
): Promise<void> {
  if (typeof target === 'string' || isUrl(target)) {
    await writeFileWhole(target, produce, operator);
    return;
  }
  if (isWritableHandle(target)) {
    const stream = await target.createWritable();
    try {
      await produce((part) => stream.write(part));
    } catch (error) {
      await stream.abort?.().catch(() => {});
      throw error;
    }
    await stream.close();
    return;
  }
  const writer = (target as WritableStream<Uint8Array>).getWriter();
  try {
    await produce(async (part) => {
      // The stream may keep the array that it receives.
      await writer.write(part.slice());
    });
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
  await writer.close();
}

/** Writes parts while the next ones are prepared; a part is written once the one before it is. */
export class Behind {
  private readonly write: Write;
  private writing: Promise<void> = Promise.resolve();

  constructor(write: Write) {
    this.write = write;
  }

  /** Fulfilled when all but the last part are written; the last one must stay as it is until the next call is done. */
  async put(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      await this.writing;
      if (part.length === 0) continue;
      this.writing = this.write(part as Bytes);
      // Its error is thrown by the next call, which always follows.
      this.writing.catch(() => {});
    }
  }

  /** Fulfilled when all is written. */
  end(): Promise<void> {
    return this.writing;
  }
}

/** Runs `produce` and returns everything that it wrote. */
export async function collect(produce: (write: Write) => Promise<void>): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  await produce(async (part) => {
    parts.push(part.slice());
  });
  return join(parts);
}

/** Writes parts that are given as a list or produced one after the other. */
export const writeParts = (
  operator: string,
  target: SaveTarget,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> =>
  writeTo(
    target,
    async (write) => {
      for await (const part of parts) await write(part as Bytes);
    },
    operator,
  );
