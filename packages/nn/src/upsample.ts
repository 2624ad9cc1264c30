// Upsample: interpolation as a module.
import {
  type GivenTo,
  type InterpolateMode,
  type InterpolateOptions,
  interpolate,
  interpolateKinds,
  may,
  type Sizes,
  type Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { input } from './arguments.js';
import type { Config } from './config.js';
import { Module } from './module.js';
import { pyFloat, pySizes } from './python-format.js';

const upsampleTakes = /*#__PURE__*/ (() => {
  const { size, scaleFactor, antialias: _, ...others } = interpolateKinds;
  return takes<
    [
      size?: Sizes | null,
      scaleFactor?: number | readonly number[] | null,
      options?: Omit<InterpolateOptions, 'size' | 'scaleFactor' | 'antialias'>,
    ]
  >()('Upsample', [may('size', size), may('scaleFactor', scaleFactor)], others);
})();

/**
 * Resizes an image (PyTorch: `nn.Upsample`); see the function `interpolate`.
 *
 * @throws ValueError unless exactly one of `size` and `scaleFactor` is given.
 * @example new Upsample({ scaleFactor: 2 }).forward(randn([1, 3, 8, 8])).shape // [1, 3, 16, 16]
 */
export class Upsample extends Module<[Tensor], Tensor> {
  readonly size: Sizes | null;
  readonly scaleFactor: number | readonly number[] | null;
  readonly mode: InterpolateMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(...given: GivenTo<typeof upsampleTakes>) {
    super();
    const [size = null, scaleFactor = null, options = {}] = upsampleTakes.take(given);
    if ((size === null) === (scaleFactor === null)) {
      throw new ValueError('Upsample: pass either size or scaleFactor, not both');
    }
    this.size = size;
    this.scaleFactor = scaleFactor;
    this.mode = options.mode ?? 'nearest';
    this.alignCorners = options.alignCorners ?? null;
    this.recomputeScaleFactor = options.recomputeScaleFactor ?? null;
  }

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return interpolate(x, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor } = this;
    const factor = typeof scaleFactor === 'number' ? [scaleFactor] : (scaleFactor ?? []);
    const shown = factor.map(pyFloat).join(', ');
    return `${
      size !== null
        ? `size=${pySizes(size)}`
        : `scale_factor=${typeof scaleFactor === 'number' ? shown : `(${shown})`}`
    }, mode='${this.mode}'`;
  }

  /** Returns the constructor arguments as plain data. */
  config(): Config {
    return {
      size: this.size,
      scale_factor: this.scaleFactor,
      mode: this.mode,
      align_corners: this.alignCorners,
      recompute_scale_factor: this.recomputeScaleFactor,
    };
  }
}
