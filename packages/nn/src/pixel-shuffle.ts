// PixelShuffle and PixelUnshuffle.
import {
  type GivenTo,
  kinds,
  need,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
  takes,
} from '@dl/core/functional';
import { checkSize, input } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';

const pixelShuffleTakes = /*#__PURE__*/ (() =>
  takes<[upscaleFactor: number]>()(
    'PixelShuffle',
    [/*#__PURE__*/ need('upscaleFactor', kinds.integer)],
    {},
  ))();

/**
 * Rearranges every `r²` channels into squares of `r · r` pixels in one channel (Shi et al. 2016; PyTorch:
 * `nn.PixelShuffle`).
 *
 * Shapes: input `[…, channels · r², height, width]`, output `[…, channels, height · r, width · r]`.
 *
 * @param upscaleFactor `r`
 * @throws ValueError for a factor below 1; ShapeError if the channels are not divisible by `r²`.
 * @example new PixelShuffle(2).forward(randn([1, 12, 4, 4])).shape // [1, 3, 8, 8]
 */
export class PixelShuffle extends Module<[Tensor], Tensor> {
  readonly upscaleFactor: number;

  constructor(...given: GivenTo<typeof pixelShuffleTakes>) {
    super();
    const [upscaleFactor] = pixelShuffleTakes.take(given);
    this.upscaleFactor = checkSize('PixelShuffle', 'upscaleFactor', upscaleFactor, 1);
  }

  override forward(...given: [x: Tensor]): Tensor {
    return pixelShuffle(input(this, given), this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { upscale_factor: this.upscaleFactor };
  }
}

const pixelUnshuffleTakes = /*#__PURE__*/ (() =>
  takes<[downscaleFactor: number]>()(
    'PixelUnshuffle',
    [/*#__PURE__*/ need('downscaleFactor', kinds.integer)],
    {},
  ))();

/**
 * Rearranges every square of `r · r` pixels into `r²` channels: the inverse of `PixelShuffle` (PyTorch:
 * `nn.PixelUnshuffle`).
 *
 * Shapes: input `[…, channels, height · r, width · r]`, output `[…, channels · r², height, width]`.
 *
 * @param downscaleFactor `r`
 * @throws ValueError for a factor below 1; ShapeError if height or width is not divisible by `r`.
 * @example new PixelUnshuffle(2).forward(randn([1, 3, 8, 8])).shape // [1, 12, 4, 4]
 */
export class PixelUnshuffle extends Module<[Tensor], Tensor> {
  readonly downscaleFactor: number;

  constructor(...given: GivenTo<typeof pixelUnshuffleTakes>) {
    super();
    const [downscaleFactor] = pixelUnshuffleTakes.take(given);
    this.downscaleFactor = checkSize('PixelUnshuffle', 'downscaleFactor', downscaleFactor, 1);
  }

  override forward(...given: [x: Tensor]): Tensor {
    return pixelUnshuffle(input(this, given), this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return { downscale_factor: this.downscaleFactor };
  }
}
