// Sources of bytes: a file, memory, a blob, a stream; all of them readable at any position.

import { DLError, DTypeError, isPromise, kinds, ValueError } from '@dl/core/functional';
import type { ByteSource } from './byte-source.js';
import { type Bytes, isBuffer, isBytes, isUrl, join } from './bytes.js';
import { isAddress, openFile } from './files.js';

export type { ByteSource } from './byte-source.js';

type Readable =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | FileHandleLike;

/**
 * A source for `load`: a file path (Node), bytes, a Blob or File, a Response of `fetch`, a stream, or a browser's file
 * handle; or a promise of one.
 */
export type LoadSource = Readable | PromiseLike<Readable>;

/** A file of the browser's own file system (OPFS): the methods used here. */
export interface FileHandleLike {
  /** The current file. */
  getFile(): Promise<Blob>;
  /** A stream whose contents replace the file. */
  createWritable?(): Promise<WritableFileLike>;
}

/** A stream into such a file: the file is replaced when the stream is closed. */
export interface WritableFileLike {
  /** Appends bytes. */
  write(data: Bytes): Promise<void>;
  /** Replaces the file by what was written. */
  close(): Promise<void>;
  /** Discards what was written; the file stays unchanged. */
  abort?(): Promise<void>;
}

/** Whether a value is such a handle. */
export const isFileHandle = (x: unknown): x is FileHandleLike =>
  typeof x === 'object' && x !== null && typeof (x as FileHandleLike).getFile === 'function';

const fromMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  // A copy, so that changing it does not change the caller's memory. (A Buffer's slice would not copy.)
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
    new Uint8Array(await contentsOfBlob(blob.slice(offset, offset + length))),
  close: async () => {},
});

/** The part of FileReader that is used where blobs lack `arrayBuffer`, as in Jest's jsdom environment. */
interface FileReaderLike {
  result: ArrayBuffer;
  error: unknown;
  addEventListener(type: 'load' | 'error', listener: () => void): void;
  readAsArrayBuffer(blob: Blob): void;
}

async function contentsOfBlob(blob: Blob): Promise<ArrayBuffer> {
  const { FileReader } = globalThis as { FileReader?: new () => FileReaderLike };
  if (typeof blob.arrayBuffer === 'function' || FileReader === undefined) return blob.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsArrayBuffer(blob);
  });
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function fromChunks(parts: AsyncIterable<unknown>, operator: string): Promise<ByteSource> {
  const chunks: Uint8Array[] = [];
  for await (const part of parts) {
    if (!isBytes(part)) {
      throw new ValueError(`${operator}: the stream must produce Uint8Arrays, got ${typeof part}`);
    }
    chunks.push(part);
  }
  return fromMemory(join(chunks));
}

/** The body of a Response of `fetch`. */
async function fromResponse(response: Response, operator: string): Promise<ByteSource> {
  if (response.ok === false) {
    throw new DLError(
      `${operator}: the server answered ${`${response.status} ${response.statusText}`.trim()} instead of the file; check the address${response.url === '' ? '' : ` ${response.url}`}`,
    );
  }
  if (response.bodyUsed) {
    throw new DLError(
      `${operator}: the body of the Response has already been read; fetch it again, or keep the bytes of its arrayBuffer()`,
    );
  }
  return fromMemory(new Uint8Array(await response.arrayBuffer()));
}

/** A file path; throws for any other URL. */
function pathOf(source: string | URL, operator: string): string | URL {
  const text = typeof source === 'string' ? source : source.href;
  if (isAddress(text)) {
    throw new ValueError(
      `${operator}: ${text.length > 200 ? `${text.slice(0, 200)}…` : text} is a URL, not a file path; use ${operator}(await fetch(url))`,
    );
  }
  if (typeof source !== 'string') return new URL(source.href);
  return /^file:\/\//i.test(source) ? new URL(source) : source;
}

/** Whether a value has these methods: recognizes streams and responses of any realm. */
const has = (x: object, ...methods: readonly string[]): boolean =>
  methods.every((name) => typeof (x as Record<string, unknown>)[name] === 'function');

type Opener = (operator: string) => ByteSource | Promise<ByteSource>;

/** The function that opens a source, or null if the value is not a source. */
function openerOf(source: unknown): Opener | null {
  if (isBytes(source)) return () => fromMemory(source);
  if (isBuffer(source)) return () => fromMemory(new Uint8Array(source));
  if (typeof source === 'string' || isUrl(source)) {
    return (operator) => openFile(pathOf(source, operator), operator);
  }
  if (typeof source !== 'object' || source === null) return null;
  // A DataView has no elements; of typed arrays, only Uint8Arrays count as a file's contents.
  if (ArrayBuffer.isView(source) && ((source as Int8Array).BYTES_PER_ELEMENT ?? 1) === 1) {
    const { buffer, byteOffset, byteLength } = source;
    return () => fromMemory(new Uint8Array(buffer, byteOffset, byteLength));
  }
  if (has(source, 'slice') && typeof (source as Blob).size === 'number') {
    return () => fromBlob(source as Blob);
  }
  if (has(source, 'arrayBuffer') && 'bodyUsed' in source) {
    return (operator) => fromResponse(source as Response, operator);
  }
  if (has(source, 'getReader')) {
    return (operator) => fromChunks(chunksOf(source as ReadableStream<Uint8Array>), operator);
  }
  if (isFileHandle(source)) return async () => fromBlob(await source.getFile());
  if (Symbol.asyncIterator in source && !has(source, 'readFile')) {
    return (operator) => fromChunks(source as AsyncIterable<unknown>, operator);
  }
  return null;
}

/** A description of the sources. */
export const SOURCES =
  'a file path, a Uint8Array, an ArrayBuffer, a Blob, a Response or a ReadableStream';

/** Whether a value can be opened. A promise is checked when it is awaited. */
export const isSource = (x: unknown): boolean => isPromise(x) || openerOf(x) !== null;

/** Opens a source; the caller must close it. */
export async function openSource(given: LoadSource, operator = 'load'): Promise<ByteSource> {
  // Awaiting here makes a forgotten `await` harmless.
  const source: unknown = await given;
  const open = openerOf(source);
  if (open !== null) return open(operator);
  throw new DTypeError(
    `${operator}: the source must be ${SOURCES}, not ${kinds.described(source)}`,
  );
}
