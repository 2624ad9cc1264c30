// NumPy arrays of strings, which become lists because no tensor can hold them.

/** Texts in lists nested as deep as the array has dimensions; a single text if it has none. */
export type Nested = string | readonly Nested[];

/**
 * The texts of an array of dtype `U` (UTF-32, padded with zeros) or `S` (bytes, taken as Latin-1).
 *
 * @returns undefined if the dtype is another one, or the bytes do not fit or are not text.
 */
export function texts(
  bytes: Uint8Array,
  shape: readonly number[],
  { code, bigEndian }: { code: string; bigEndian: boolean },
  fortran: boolean,
): Nested | undefined {
  const [, kind, digits] = /^([USa])(\d{1,9})$/.exec(code) ?? [];
  if (kind === undefined) return undefined;
  const width = Number(digits) * (kind === 'U' ? 4 : 1);
  const count = shape.reduce((product, n) => product * n, 1);
  // With a width or a size of 0, an array could claim lists for which the file contains no bytes.
  if ((width === 0 && shape.length > 0) || count === 0 || bytes.length !== count * width) {
    return count === 0 && shape.length === 1 && bytes.length === 0 ? [] : undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number): string | undefined => {
    const codes: number[] = [];
    for (let i = at; i < at + width; i += kind === 'U' ? 4 : 1) {
      const point = kind === 'U' ? view.getUint32(i, !bigEndian) : view.getUint8(i);
      if (point > 0x10ffff) return undefined;
      codes.push(point);
    }
    while (codes.at(-1) === 0) codes.pop();
    return codes.map((point) => String.fromCodePoint(point)).join('');
  };
  let fits = true;
  const steps: number[] = new Array(shape.length);
  let step = 1;
  for (let k = 0; k < shape.length; k++) {
    const d = fortran ? k : shape.length - 1 - k;
    steps[d] = step;
    step *= shape[d];
  }
  const build = (d: number, index: number): Nested => {
    if (d === shape.length) {
      const found = text(index * width);
      fits &&= found !== undefined;
      return found ?? '';
    }
    return Array.from({ length: shape[d] }, (_, i) => build(d + 1, index + i * steps[d]));
  };
  const made = build(0, 0);
  return fits ? made : undefined;
}
