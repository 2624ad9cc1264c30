// Sources that are read part by part, and the refusals of the readers that do so.

import { DLError, FormatError, kinds } from '@dl/core/functional';
import type { Bytes } from './bytes/bytes.js';
import { KIND_SIZE, otherKind } from './bytes/kinds.js';
import { type ByteSource, type LoadSource, openSource } from './bytes/source.js';

/** Something with bytes at positions. */
export interface Ranges {
  readonly size: number;
  /** A copy of the bytes from `from` to before `to`, which must lie inside, in memory of its own. */
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a source. It must be closed again. */
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

/** Refuses a file that is of another kind, by its first bytes. */
export async function checkKind(operator: string, ranges: Ranges): Promise<void> {
  const other = otherKind(operator, await ranges.read(0, Math.min(KIND_SIZE, ranges.size)));
  if (other !== null) throw new FormatError(`${operator}: byte 0: ${other}`);
}

/** Runs a reader on a source, and closes it whatever happens. */
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

/** Memory for bytes that a file has, or can have; that the engine has a limit is said in words. */
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

/** The error of every refusal: the byte, what is wrong, and what to do. */
export function bad(operator: string, byte: number, problem: string, fix?: string): FormatError {
  const advice = fix ?? 'the file is damaged or of another kind, save it again';
  return new FormatError(`${operator}: byte ${byte}: ${problem}; ${advice}`);
}

/** A name or value in a message, short whatever it is. */
export function quote(value: unknown): string {
  // Of objects only what they are: they may have no text, or hold themselves.
  const text = typeof value === 'string' ? JSON.stringify(value) : kinds.described(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
