// Sources that are read part by part: files, bytes and Blobs behind one interface.
import { DLError, DTypeError, FormatError } from '@dl/core';
import { openFile } from './files.js';

/** Where the readers of other programs' formats read from: a file's path (Node), bytes or a Blob. */
export type FileSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** Something with bytes at positions. */
export interface Ranges {
  readonly size: number;
  /** A copy of the bytes from `from` to before `to`, which must lie inside, in memory of its own. */
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a source. A file must be closed again; bytes and Blobs need not be. */
export async function openRanges(operator: string, source: FileSource): Promise<Ranges> {
  if (source instanceof ArrayBuffer) return bytesRanges(operator, new Uint8Array(source));
  if (source instanceof Uint8Array) return bytesRanges(operator, source);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return blobRanges(operator, source);
  if (typeof source === 'string' || source instanceof URL) return fileRanges(operator, source);
  throw new DTypeError(
    `${operator}: the source must be a file's path, a Uint8Array, an ArrayBuffer or a Blob, ` +
      `got ${source === null ? 'null' : typeof source}`,
  );
}

/** Runs a reader on a source, and closes it whatever happens. */
export async function withRanges<T>(
  operator: string,
  source: FileSource,
  read: (ranges: Ranges) => Promise<T>,
): Promise<T> {
  const ranges = await openRanges(operator, source);
  try {
    return await read(ranges);
  } finally {
    await ranges.close();
  }
}

/** Memory for bytes that are known to be there; the engine's own limit is said in words. */
export function allocate(operator: string, length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw new DLError(
      `${operator}: there is no memory for ${length} bytes in one piece; save the tensor in parts`,
      { cause: error },
    );
  }
}

/** The error of every refusal: the byte, what is wrong, and what to do. */
export function bad(operator: string, byte: number, problem: string, mend?: string): FormatError {
  const advice = mend ?? 'the file is damaged or of another kind, save it again';
  return new FormatError(`${operator}: byte ${byte}: ${problem}; ${advice}`);
}

/** A name or value in a message, short whatever it is. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function bytesRanges(operator: string, bytes: Uint8Array): Ranges {
  return {
    size: bytes.length,
    read: async (from, to) => {
      // Not slice(): a Buffer's does not copy.
      const out = allocate(operator, to - from);
      out.set(bytes.subarray(from, to));
      return out;
    },
    close: async () => {},
  };
}

function blobRanges(operator: string, blob: Blob): Ranges {
  return {
    size: blob.size,
    read: async (from, to) => {
      try {
        return new Uint8Array(await blob.slice(from, to).arrayBuffer());
      } catch (error) {
        throw new DLError(`${operator}: cannot read the Blob: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    close: async () => {},
  };
}

async function fileRanges(operator: string, source: string | URL): Promise<Ranges> {
  const file = await openFile(operator, source);
  return {
    size: file.size,
    read: async (from, to) => {
      const out = allocate(operator, to - from);
      if (!(await file.fill(out, from))) {
        throw bad(operator, from, `the file became shorter while it was read: ${source}`);
      }
      return out;
    },
    close: () => file.close(),
  };
}
