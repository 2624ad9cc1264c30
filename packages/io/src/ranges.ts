// Sources that are read in parts, and the errors of their readers.

import { DLError, FormatError, kinds } from '@dl/core/functional';
import type { Bytes } from './bytes/bytes.js';
import { KIND_SIZE, otherKind } from './bytes/kinds.js';
import { type ByteSource, type LoadSource, openSource } from './bytes/source.js';

/** Bytes that can be read at any position. */
export interface Ranges {
  readonly size: number;
  /** A copy of the bytes from `from` up to `to`, which must be inside, in its own memory. */
  read(from: number, to: number): Promise<Bytes>;
  close(): Promise<void>;
}

/** Opens a source; the caller must close it. */
export const openRanges = async (operator: string, source: LoadSource): Promise<Ranges> =>
  rangesOf(operator, await openSource(source, operator));

/** A source that is open, with the operator's name in errors. */
export function rangesOf(operator: string, opened: ByteSource): Ranges {
  return {
    size: opened.size,
    read: async (from, to) => {
      try {
        return await opened.read(from, to - from);
      } catch (error) {
        if (error instanceof DLError) throw error;
        if (error instanceof RangeError) throw tooLarge(operator, to - from, error);
        const why = (error as Error).message;
        throw new DLError(`${operator}: bytes ${from} to ${to} cannot be read: ${why}`, {
          cause: error,
        });
      }
    },
    close: () => opened.close(),
  };
}

/** Throws for a file of another format, recognized by its first bytes. */
export async function checkKind(operator: string, ranges: Ranges): Promise<void> {
  const other = otherKind(operator, await ranges.read(0, Math.min(KIND_SIZE, ranges.size)));
  if (other !== null) throw new FormatError(`${operator}: byte 0: ${other}`);
}

/** Runs a reader on a source, and closes it even after an error. */
export async function withRanges<T>(
  operator: string,
  source: LoadSource,
  read: (ranges: Ranges) => Promise<T>,
): Promise<T> {
  const ranges = await openRanges(operator, source);
  try {
    return await read(ranges);
  } finally {
    await ranges.close();
  }
}

/** Allocates memory for bytes that a file has or may have; throws a readable error beyond the engine's limit. */
export function allocate(operator: string, length: number): Bytes {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw tooLarge(operator, length, error);
  }
}

const tooLarge = (operator: string, length: number, cause: unknown): DLError =>
  new DLError(
    `${operator}: cannot allocate ${length} bytes in one piece; save the tensor in parts`,
    { cause },
  );

/** The error of every refusal: the byte, the problem, and what to do. */
export function bad(operator: string, byte: number, problem: string, fix?: string): FormatError {
  const advice = fix ?? 'the file is damaged or of another kind, save it again';
  return new FormatError(`${operator}: byte ${byte}: ${problem}; ${advice}`);
}

/** A name or value in a message, always short. */
export function quote(value: unknown): string {
  // For objects only their type: they may have no text, or contain themselves.
  const text = typeof value === 'string' ? JSON.stringify(value) : kinds.described(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
