// The errors of the readers of files.
import { DLError, FormatError } from '@dl/core/functional';
import { decodeUtf8 } from './bytes/text.js';

/** A FormatError that names the byte, the problem, and what to do. */
export function bad(byte: number, problem: string): FormatError {
  return new FormatError(
    `load: byte ${byte}: ${problem}; the file is damaged or of another kind, save it again`,
  );
}

/** The error for a file that is valid but not supported. */
export class Unsupported extends FormatError {}

/** A FormatError for a valid but unsupported file. */
export function unsupported(byte: number, problem: string, fix: string): Unsupported {
  return new Unsupported(`load: byte ${byte}: ${problem}; ${fix}`);
}

/**
 * Replaces the name of an inner function in an error by that of the called one: `load: …` becomes `loadCheckpoint: …`.
 */
export function inNameOf(operator: string, inner: string, error: unknown): unknown {
  if (operator === inner || !(error instanceof DLError)) return error;
  if (!error.message.startsWith(`${inner}: `)) return error;
  const Type = error.constructor as new (message: string, options: ErrorOptions) => DLError;
  return new Type(operator + error.message.slice(inner.length), { cause: error });
}

/** Decodes the text of a part of the file; throws if it is not UTF-8. */
export function utf8(bytes: Uint8Array, offset: number): string {
  const text = decodeUtf8(bytes);
  if (text === null)
    throw bad(offset, `bytes ${offset} to ${offset + bytes.length} are not UTF-8 text`);
  return text;
}
