// Pixel shuffle: channels to pixels and back.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import { unrecorded } from '../../autograd/mode.js';
import type { Backward } from '../../autograd/node.js';
import { ShapeError, ValueError } from '../../errors.js';
import { type Shape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { copyDense, owned, reshapeDense } from '../machinery/map-reduce.js';
import { record } from '../machinery/record.js';
import { permuteOf, reshapeOf } from '../view/views.js';

/** The sizes of an image `[…, channels, height, width]`, and the leading sizes. */
function sizesOf(
  operator: string,
  x: Tensor,
  name: string,
  factor: number,
): { outer: Shape; image: [number, number, number] } {
  checkTensor(operator, x);
  if (factor < 1) {
    throw new ValueError(`${operator}: ${name} must be a positive integer, got ${factor}`);
  }
  if (x.ndim < 3) {
    throw new ShapeError(
      `${operator}: expected [..., channels, height, width], got shape ${show(x.shape)}`,
    );
  }
  return { outer: x.shape.slice(0, -3), image: x.shape.slice(-3) as [number, number, number] };
}

/** Splits the image into `sizes`, permutes them and merges them again: always a copy, as in PyTorch. */
function rearranged(
  x: Tensor,
  outer: Shape,
  sizes: readonly number[],
  order: readonly number[],
  image: readonly number[],
): Tensor {
  const n = outer.length;
  return unrecorded(() => {
    const cut = reshapeOf(x, [...outer, ...sizes]);
    const moved = permuteOf(cut, [...outer.keys(), ...order.map((d) => n + d)]);
    return owned(reshapeDense(copyDense(moved), [...outer, ...image]));
  });
}

const shuffleBack: Backward = (node, [g]) => [
  pixelUnshuffleOf(g as Tensor, node.context as number),
];
const unshuffleBack: Backward = (node, [g]) => [
  pixelShuffleOf(g as Tensor, node.context as number),
];

function pixelShuffleOf(x: Tensor, upscaleFactor: number): Tensor {
  const r = upscaleFactor;
  const { outer, image } = sizesOf('pixelShuffle', x, 'upscaleFactor', r);
  const [channels, height, width] = image;
  const left = channels / (r * r);
  if (!Number.isInteger(left)) {
    throw new ShapeError(
      `pixelShuffle: the channels must be divisible by ${r}·${r}, got ${channels} in shape ${show(x.shape)}`,
    );
  }
  const sizes = [left, r, r, height, width];
  const out = rearranged(x, outer, sizes, [0, 3, 1, 4, 2], [left, height * r, width * r]);
  return record('pixelShuffle', out, [x], shuffleBack, [], r);
}

/**
 * Rearranges every `r²` channels into squares of `r · r` pixels in one channel (PyTorch: `F.pixel_shuffle`; Shi et al.
 * 2016). A copy.
 *
 * @param x `[…, channels · r², height, width]`
 * @param upscaleFactor `r`
 * @throws ShapeError for less than three dimensions, or if `r²` does not divide the number of channels; ValueError for
 *   a factor below 1.
 * @example pixelShuffle(arange(4).reshape([4, 1, 1]), 2) // tensor([[[0., 1.], [2., 3.]]])
 */
export const pixelShuffle = /*#__PURE__*/ callable(
  'pixelShuffle',
  pixelShuffleOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('upscaleFactor', kinds.integer)],
  {},
);

function pixelUnshuffleOf(x: Tensor, downscaleFactor: number): Tensor {
  const r = downscaleFactor;
  const { outer, image } = sizesOf('pixelUnshuffle', x, 'downscaleFactor', r);
  const [channels, height, width] = image;
  const [high, wide] = [height / r, width / r];
  if (!Number.isInteger(high) || !Number.isInteger(wide)) {
    throw new ShapeError(
      `pixelUnshuffle: height and width must be divisible by ${r}, got ${height} and ${width} in shape ${show(x.shape)}`,
    );
  }
  const sizes = [channels, high, r, wide, r];
  const out = rearranged(x, outer, sizes, [0, 2, 4, 1, 3], [channels * r * r, high, wide]);
  return record('pixelUnshuffle', out, [x], unshuffleBack, [], r);
}

/**
 * Rearranges every square of `r · r` pixels into `r²` channels: the inverse of `pixelShuffle` (PyTorch:
 * `F.pixel_unshuffle`). A copy.
 *
 * @param x `[…, channels, height · r, width · r]`
 * @param downscaleFactor `r`
 * @throws ShapeError for less than three dimensions, or if `r` does not divide the height and the width; ValueError for
 *   a factor below 1.
 * @example pixelUnshuffle(zeros([1, 4, 6]), 2).shape // [4, 2, 3]
 */
export const pixelUnshuffle = /*#__PURE__*/ callable(
  'pixelUnshuffle',
  pixelUnshuffleOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('downscaleFactor', kinds.integer)],
  {},
);
