// Where bytes are read from: a file, memory, a blob, a stream; all of them by position.

import { DTypeError, ValueError } from '@dl/core/functional';
import type { Bytes } from './bytes.js';
import { openFile } from './files.js';

/** Bytes that can be read from any position. */
export interface ByteSource {
  readonly size: number;
  /** Bytes from `offset` on, `length` of them, all there: the caller has held them against `size`. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Gives back what the source holds. */
  close(): Promise<void>;
}

/** What `load` reads from: a file's path (Node), bytes, a Blob or File, a stream, or a file handle of the browser's. */
export type LoadSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | FileHandleLike;

/** A file of the browser's own file system (OPFS), as far as it is needed. */
export interface FileHandleLike {
  /** The file as it is now. */
  getFile(): Promise<Blob>;
  /** A stream that replaces it. */
  createWritable?(): Promise<WritableFileLike>;
}

/** A stream into such a file: it is there under its name once the stream is closed. */
export interface WritableFileLike {
  /** Appends bytes. */
  write(data: Bytes): Promise<void>;
  /** Puts what was written in the file's place. */
  close(): Promise<void>;
  /** Gives up; the file stays as it was. */
  abort?(): Promise<void>;
}

/** Whether something is such a handle. */
export const isFileHandle = (x: unknown): x is FileHandleLike =>
  typeof x === 'object' && x !== null && typeof (x as FileHandleLike).getFile === 'function';

const fromMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  // A copy: what becomes of it is not the caller's memory. (A Buffer's slice would not copy.)
  read: async (offset, length) => {
    const part = new Uint8Array(length);
    part.set(bytes.subarray(offset, offset + length));
    return part;
  },
  close: async () => {},
});

const fromBlob = (blob: Blob): ByteSource => ({
  size: blob.size,
  read: async (offset, length) =>
    new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  close: async () => {},
});

async function fromStream(
  stream: ReadableStream<Uint8Array>,
  operator: string,
): Promise<ByteSource> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      throw new ValueError(`${operator}: the stream must give Uint8Arrays, got ${typeof value}`);
    }
    chunks.push(value);
    size += value.length;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return fromMemory(bytes);
}

/** Opens a source; it has to be closed. */
export async function openSource(source: LoadSource, operator = 'load'): Promise<ByteSource> {
  if (source instanceof Uint8Array) return fromMemory(source);
  if (source instanceof ArrayBuffer) return fromMemory(new Uint8Array(source));
  if (typeof source === 'string' || source instanceof URL) return openFile(source, operator);
  if (typeof Blob === 'function' && source instanceof Blob) return fromBlob(source);
  if (typeof ReadableStream === 'function' && source instanceof ReadableStream) {
    return fromStream(source, operator);
  }
  if (isFileHandle(source)) return fromBlob(await source.getFile());
  throw new DTypeError(
    `${operator}: the source must be a file's path, a Uint8Array, an ArrayBuffer, a Blob or a ReadableStream, got ${source === null ? 'null' : typeof source}`,
  );
}
