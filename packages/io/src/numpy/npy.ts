// .npy files, with one array each.

import { type GivenTo, kinds, need, type Tensor, takes } from '@dl/core/functional';
import { source, target } from '../arguments.js';
import { type Bytes, join } from '../bytes/bytes.js';
import { type SaveTarget, writeParts } from '../bytes/sink.js';
import type { LoadSource } from '../bytes/source.js';
import { contentsOf, copyOf, headed, sizeOf, tensorOf } from '../foreign.js';
import { checkKind, withRanges } from '../ranges.js';
import { MAX_START, type NpyHeader, parseNpyHeader, writeNpyHeader } from './header.js';

const tensor = /*#__PURE__*/ need('x', kinds.tensor);
const saveNpyTakes = /*#__PURE__*/ (() =>
  takes<[x: Tensor, target: SaveTarget]>()(
    'saveNpy',
    [tensor, need('target', target('saveNpyBytes'))],
    {},
  ))();
const saveNpyBytesTakes = /*#__PURE__*/ (() =>
  takes<[x: Tensor]>()('saveNpyBytes', [tensor], {}))();
const loadNpyTakes = /*#__PURE__*/ (() =>
  takes<[source: LoadSource]>()('loadNpy', [need('source', source)], {}))();

/**
 * Writes a tensor into a .npy file (NumPy: `numpy.save`), byte for byte as NumPy writes the same array in row-major
 * order. Gradients are not saved.
 *
 * @param x a tensor on any device, of any dtype except bfloat16, which NumPy does not have.
 * @param target the file's path; its folder must exist. Node only; elsewhere use `saveNpyBytes`.
 * @throws DTypeError for bfloat16; DLError if the file cannot be written.
 * @example await saveNpy(randn([3, 4]), 'x.npy'); // numpy.load('x.npy')
 */
export async function saveNpy(...given: GivenTo<typeof saveNpyTakes>): Promise<void> {
  const [x, target] = saveNpyTakes.take(given);
  const header = writeNpyHeader('saveNpy', x.dtype, x.shape);
  await writeParts('saveNpy', target, headed(header, contentsOf('saveNpy', [x])));
}

/**
 * The bytes that `saveNpy` would write (NumPy: `numpy.save` to an `io.BytesIO`). For browsers.
 *
 * @param x a tensor on the CPU; copy others there with `await x.cpu()`.
 * @throws DTypeError for bfloat16; DeviceError for a tensor on another device.
 * @example const bytes = saveNpyBytes(tensor([1, 2, 3]));
 */
export function saveNpyBytes(...given: GivenTo<typeof saveNpyBytesTakes>): Bytes {
  const [x] = saveNpyBytesTakes.take(given);
  return join([writeNpyHeader('saveNpyBytes', x.dtype, x.shape), copyOf(x)]);
}

/**
 * The array of a .npy file as a tensor on the CPU (NumPy: `numpy.load`): versions 1 to 3, both byte orders, both memory
 * orders (an array in Fortran's order becomes a transposed view, as with `torch.from_numpy`). int8, int16 and uint16
 * become int32 and uint32 becomes int64, without loss.
 *
 * Arrays of Python objects are always refused, because reading them would run a program. Also refused are uint64,
 * complex numbers, strings, dates and structured dtypes, which no tensor can hold.
 *
 * @param source a file path (Node only), bytes, or a Blob; the values are copied.
 * @throws FormatError naming the byte if the file is damaged; DLError if it cannot be read.
 * @example const x = await loadNpy('x.npy');
 */
export async function loadNpy(...given: GivenTo<typeof loadNpyTakes>): Promise<Tensor> {
  const [source] = loadNpyTakes.take(given);
  return withRanges('loadNpy', source, async (ranges) => {
    await checkKind('loadNpy', ranges);
    const start = await ranges.read(0, Math.min(MAX_START, ranges.size));
    const header = parseNpyHeader('loadNpy', start, ranges.size);
    return fromElements(header, await ranges.read(header.from, header.to));
  });
}

/** A tensor from a header and the elements after it, whose memory it uses. */
export function fromElements(header: NpyHeader, elements: Uint8Array): Tensor {
  if (header.bigEndian) reverseEach(elements, sizeOf(header.type));
  return tensorOf(elements, header.type, header.shape, header.fortran);
}

/** Reverses the bytes of every element, in place. */
function reverseEach(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    for (let i = start, j = start + size - 1; i < j; i++, j--) {
      const first = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = first;
    }
  }
}
