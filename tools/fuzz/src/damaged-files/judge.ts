// One file: made from its number, read, and what came of it.
import { getHeapStatistics } from 'node:v8';
import { Draw } from './draw.js';
import { type Files, type Format, isRefusal } from './formats.js';
import { requested } from './memory.js';

/** Longest time of the processor for a file of a few kilobytes, in milliseconds. (Waiting without end is seen by `main`.) */
export const MOST_MS = 2000;
/** Bytes that reading may ask for: so many, and so many for each of the file's. Deflate makes 1,032 of one. */
const MOST_BYTES = 32 * 2 ** 20;
const FOR_EACH = 1100;
/** The heap of JavaScript: values exist as Python's and as JavaScript's, at up to some hundred bytes for an opcode. */
const MOST_HEAP = 64 * 2 ** 20;

export interface Outcome {
  readonly format: string;
  /** `read`, `refused`, or what went wrong. */
  readonly kind: 'read' | 'refused' | 'error' | 'slow' | 'memory' | 'pollution';
  readonly text: string;
}

/** Everything depends on the seed and the file's number alone. */
export function formatOf(formats: readonly Format[], index: number): Format {
  const turn = index % formats.length;
  const format = formats[turn];
  const round = Math.floor(index / formats.length);
  const { share = 1 } = format;
  // Where it leaves out its turn, another has it.
  const own = Math.floor((round + 1) * share) > Math.floor(round * share);
  return own ? format : formats[round % turn];
}
export const filesOf = async (
  formats: readonly Format[],
  seed: number,
  index: number,
): Promise<Files> => formatOf(formats, index).make(new Draw(Math.imul(seed, 0x9e3779b1) ^ index));

const prototypes: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Uint8Array.prototype,
];
const keys = (): number =>
  prototypes.reduce<number>((sum, prototype) => sum + Reflect.ownKeys(prototype).length, 0);
const before = keys();

export async function judge(
  format: Format,
  files: Files,
  /** Milliseconds after which a file has taken too long. */
  mostMs = MOST_MS,
): Promise<Outcome> {
  const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const heap = getHeapStatistics().used_heap_size;
  const asked = requested();
  const start = process.cpuUsage();
  const error: unknown = await format.read(files).then(
    () => null,
    (e: unknown) => e ?? 'undefined',
  );
  const { user, system } = process.cpuUsage(start);
  const took = (user + system) / 1000;
  const outcome = (kind: Outcome['kind'], text: string): Outcome => ({
    format: format.name,
    kind,
    text,
  });
  if (keys() !== before) return outcome('pollution', 'a built-in prototype has other properties');
  if (error !== null && !isRefusal(error)) {
    return outcome(
      'error',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
  const bytes = requested() - asked;
  if (bytes > MOST_BYTES + FOR_EACH * size) {
    return outcome('memory', `${bytes} bytes of memory for ${size}: ${error}`);
  }
  const grown = getHeapStatistics().used_heap_size - heap;
  if (grown > MOST_HEAP + FOR_EACH * size) {
    return outcome('memory', `${grown} bytes of heap for ${size}: ${error}`);
  }
  if (took > mostMs) return outcome('slow', `${took.toFixed(0)} ms for ${size} bytes`);
  return outcome(
    error === null ? 'read' : 'refused',
    error === null ? '' : (error as Error).message,
  );
}
