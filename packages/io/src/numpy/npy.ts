// .npy files: one array each.

import type { Tensor } from '@dl/core/functional';
import { fromSource, ofValue, taker, toTarget } from '../arguments.js';
import type { Bytes } from '../bytes/bytes.js';
import { type SaveTarget, writeParts } from '../bytes/sink.js';
import type { LoadSource } from '../bytes/source.js';
import { checkTensor, contentsOf, copyOf, headed, join, sizeOf, tensorOf } from '../foreign.js';
import { withRanges } from '../ranges.js';
import { MAX_START, type NpyHeader, parseNpyHeader, writeNpyHeader } from './header.js';

const saves = /*#__PURE__*/ taker('saveNpy', [ofValue('x'), toTarget('saveNpyBytes')]);

/**
 * Writes a tensor into a .npy file (NumPy: `numpy.save`), byte for byte as NumPy writes the same
 * array in row-major order. Gradients are not kept.
 *
 * @param x on any device; of any dtype but bfloat16, which NumPy has not.
 * @param target the file's path; its folder must exist. Node only: elsewhere use `saveNpyBytes`.
 * @throws DTypeError for bfloat16; DLError if the file cannot be written.
 * @example await saveNpy(randn([3, 4]), 'x.npy'); // numpy.load('x.npy')
 */
export async function saveNpy(...given: [x: Tensor, target: SaveTarget]): Promise<void> {
  const [x, target] = saves(given);
  checkTensor('saveNpy', 'the first argument', x);
  const header = writeNpyHeader('saveNpy', x.dtype, x.shape);
  await writeParts('saveNpy', target, headed(header, contentsOf('saveNpy', [x])));
}

const savesBytes = /*#__PURE__*/ taker('saveNpyBytes', [ofValue('x')]);

/**
 * What `saveNpy` would write, as bytes (NumPy: `numpy.save` to an `io.BytesIO`). For browsers.
 *
 * @param x on the CPU: bring others there by `await x.cpu()`.
 * @throws DTypeError for bfloat16; DeviceError for a tensor on another device.
 * @example const bytes = saveNpyBytes(tensor([1, 2, 3]));
 */
export function saveNpyBytes(...given: [x: Tensor]): Bytes {
  const [x] = savesBytes(given);
  checkTensor('saveNpyBytes', 'the first argument', x);
  return join([writeNpyHeader('saveNpyBytes', x.dtype, x.shape), copyOf(x)]);
}

const loads = /*#__PURE__*/ taker('loadNpy', [fromSource]);

/**
 * The array of a .npy file as a tensor on the CPU (NumPy: `numpy.load`): versions 1 to 3, both byte
 * orders, both memory orders (an array in Fortran's order becomes a transposed view, as with
 * `torch.from_numpy`). int8, int16 and uint16 become int32 and uint32 becomes int64, without loss.
 *
 * Arrays of Python objects are refused, always: to read them is to run a program. So are uint64,
 * complex numbers, strings, dates and structured dtypes, for which there is no tensor dtype.
 *
 * @param source a file's path (Node only), its bytes, or a Blob; the values are copied.
 * @throws FormatError naming the byte where the file is damaged; DLError if it cannot be read.
 * @example const x = await loadNpy('x.npy');
 */
export async function loadNpy(...given: [source: LoadSource]): Promise<Tensor> {
  const [source] = loads(given);
  return withRanges('loadNpy', source, async (ranges) => {
    const start = await ranges.read(0, Math.min(MAX_START, ranges.size));
    const header = parseNpyHeader('loadNpy', start, ranges.size);
    return fromElements(header, await ranges.read(header.from, header.to));
  });
}

/** The tensor of a header and of the elements behind it, whose memory it takes. */
export function fromElements(header: NpyHeader, elements: Uint8Array): Tensor {
  if (header.bigEndian) reverseEach(elements, sizeOf(header.type));
  return tensorOf(elements, header.type, header.shape, header.fortran);
}

/** Turns every element's bytes around, in place. */
function reverseEach(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let i = start, j = start + size - 1; i < j; i++, j--) {
      const first = bytes[i] as number;
      bytes[i] = bytes[j] as number;
      bytes[j] = first;
    }
  }
}
