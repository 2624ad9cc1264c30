// Changes of a file's bytes, whatever they mean.
import { type Draw, EDGES } from './draw.js';

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Parts as one array. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

/** Puts `part` in the place of `removed` bytes. */
export const spliced = (
  bytes: Uint8Array,
  at: number,
  removed: number,
  part: Uint8Array,
): Uint8Array => joined([bytes.subarray(0, at), part, bytes.subarray(at + removed)]);

/**
 * The bytes with one to four changes.
 *
 * @param words what the format is made of; put in at any place.
 */
export function changeBytes(file: Uint8Array, words: readonly string[], draw: Draw): Uint8Array {
  let out: Uint8Array = file.slice();
  for (let changes = 1 + draw.below(2) * draw.below(4); changes > 0 && out.length > 0; changes--) {
    const at = draw.below(out.length);
    const length = 1 + draw.below(draw.once(2) ? 8 : 64);
    const part = out.slice(at, at + length);
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    switch (draw.below(10)) {
      case 0:
        out[at] = out[at] ^ (1 << draw.below(8));
        break;
      case 1:
        out[at] = draw.below(256);
        break;
      case 2:
        if (at + 2 <= out.length) view.setUint16(at, draw.of(EDGES), true);
        break;
      case 3:
        if (at + 4 <= out.length) view.setUint32(at, draw.of(EDGES), true);
        break;
      case 4:
        if (at + 8 <= out.length) {
          const edge = (1n << BigInt(draw.below(65))) - BigInt(draw.below(3));
          view.setBigUint64(at, BigInt.asUintN(64, edge), true);
        }
        break;
      case 5:
        out = out.slice(0, at);
        break;
      case 6:
        out = spliced(out, at, length, new Uint8Array(0));
        break;
      case 7:
        out = spliced(out, at, 0, part);
        break;
      case 8:
        out = spliced(out, at, draw.below(2) * length, ascii(draw.of(words)));
        break;
      default: {
        // A part copied to another place.
        const to = draw.below(out.length);
        out.set(part.subarray(0, out.length - to), to);
      }
    }
  }
  return out;
}
