// The IDX format, in which the MNIST digits are published: sizes in front, then bytes.
import { FormatError } from '@dl/core';

/** The contents of an IDX file of unsigned bytes. */
export interface Idx {
  /** Sizes, slowest dimension first: `[10000, 28, 28]` for images, `[10000]` for labels. */
  readonly shape: readonly number[];
  /** The elements in row-major order, a window on the file's bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file: two zero bytes, the element type, the number of dimensions, each size as a
 * big-endian 32-bit number, and the elements.
 *
 * @param name of the file, for messages.
 * @throws FormatError that names the byte, if the file is of another kind, cut off or too long.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const refuse = (at: number, problem: string): FormatError =>
    new FormatError(`${name}: byte ${at}: ${problem}; fetch the file again`);
  if (bytes.length < 4) throw refuse(bytes.length, 'the file ends inside the 4 bytes of its magic');
  for (let i = 0; i < 2; i++) {
    if (bytes[i] !== 0) throw refuse(i, `an IDX file begins with two zeros, got ${bytes[i]}`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw refuse(2, `element type ${bytes[2]} is not unsigned bytes (${UNSIGNED_BYTE})`);
  }
  const rank = bytes[3];
  const header = 4 + 4 * rank;
  if (rank === 0) throw refuse(3, 'an IDX file has at least one dimension');
  if (bytes.length < header) {
    throw refuse(bytes.length, `the file ends inside the sizes of its ${rank} dimensions`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, d) => view.getUint32(4 + 4 * d, false));
  const count = shape.reduce((product, size) => product * size, 1);
  const have = bytes.length - header;
  if (have !== count) {
    throw refuse(
      Math.min(bytes.length, header + count),
      `sizes ${shape.join(' x ')} need ${count} bytes of elements, but the file has ${have}`,
    );
  }
  return { shape, data: bytes.subarray(header) };
}
