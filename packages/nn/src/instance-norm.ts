// InstanceNorm1d, InstanceNorm2d and InstanceNorm3d.
import {
  type GivenTo,
  instanceNorm,
  ShapeError,
  squeeze,
  type Tensor,
  unsqueeze,
  warnOnce,
} from '@dl/core/functional';
import { type FactoryOptions, input } from './arguments.js';
import { ChannelNorm, type ChannelNormOptions, channelNormTakes } from './channel-norm.js';
import { classNameOf } from './members.js';

/** Options of the instance normalizations. */
export interface InstanceNormLayerOptions extends FactoryOptions {
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
  /** Weight of the batch statistics in the running statistics; null does not update them. Default: 0.1. */
  momentum?: number | null;
  /** Learn a weight and a bias for each channel. Default: false. */
  affine?: boolean;
  /** Keep running statistics, used after `eval()`. Default: false. */
  trackRunningStats?: boolean;
  /** With `affine`: learn the bias too. Default: true. */
  bias?: boolean;
}

/** Base of the instance normalizations. */
abstract class InstanceNorm extends ChannelNorm {
  /** @internal */
  constructor(
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    { affine = false, trackRunningStats = false, ...more }: ChannelNormOptions = {},
  ) {
    super(numFeatures, eps, momentum, { affine, trackRunningStats, ...more });
  }

  /** The names of the dimensions after the channels. */
  protected abstract get places(): readonly string[];

  override forward(...given: [x: Tensor]): Tensor {
    const x = input(this, given);
    const type = classNameOf(this);
    const alone = this.places.length + 1;
    const shape = `[${x.shape.join(', ')}]`;
    if (x.ndim !== alone && x.ndim !== alone + 1) {
      const sizes = ['channels', ...this.places].join(', ');
      throw new ShapeError(`${type}: expected [n, ${sizes}] or [${sizes}], got shape ${shape}`);
    }
    const at = x.ndim - alone;
    if (x.shape[at] !== this.numFeatures) {
      const expected = `${type}: expected ${this.numFeatures} channels in dimension ${at}, got shape ${shape}`;
      if (this.affine || this.trackRunningStats) throw new ShapeError(expected);
      warnOnce(
        `channels of ${type}`,
        `${expected}; numFeatures is not used without affine and trackRunningStats`,
      );
    }
    const out = instanceNorm(
      at === 0 ? unsqueeze(x, 0) : x,
      this.runningMean,
      this.runningVar,
      this.weight,
      this.bias,
      {
        useInputStats: this.training || !this.trackRunningStats,
        momentum: this.momentum ?? 0,
        eps: this.eps,
      },
    );
    return at === 0 ? squeeze(out, 0) : out;
  }
}

const instanceNorm1dTakes = /*#__PURE__*/ channelNormTakes('InstanceNorm1d');

/**
 * Normalizes each channel of each sample over its length (Ulyanov et al. 2016; PyTorch: `nn.InstanceNorm1d`). With
 * `trackRunningStats` it keeps running statistics during training and uses them after `eval()`.
 *
 * Shapes: input `[n, numFeatures, length]` or `[numFeatures, length]`.
 *
 * @throws ShapeError for a wrong rank or number of channels; ValueError for a length of 1.
 * @example new InstanceNorm1d(3).forward(randn([4, 3, 8])).shape // [4, 3, 8]
 */
export class InstanceNorm1d extends InstanceNorm {
  constructor(...given: GivenTo<typeof instanceNorm1dTakes>) {
    super(...instanceNorm1dTakes.take(given));
  }

  protected override get places(): readonly string[] {
    return ['length'];
  }
}

const instanceNorm2dTakes = /*#__PURE__*/ channelNormTakes('InstanceNorm2d');

/**
 * Normalizes each channel of each image (Ulyanov et al. 2016; PyTorch: `nn.InstanceNorm2d`). With `trackRunningStats`
 * it keeps running statistics during training and uses them after `eval()`.
 *
 * Shapes: input `[n, numFeatures, height, width]` or `[numFeatures, height, width]`.
 *
 * @throws ShapeError for a wrong rank or number of channels; ValueError for images of one pixel.
 * @example new InstanceNorm2d(3, { affine: true }).forward(randn([4, 3, 8, 8])).shape // [4, 3, 8, 8]
 */
export class InstanceNorm2d extends InstanceNorm {
  constructor(...given: GivenTo<typeof instanceNorm2dTakes>) {
    super(...instanceNorm2dTakes.take(given));
  }

  protected override get places(): readonly string[] {
    return ['height', 'width'];
  }
}

const instanceNorm3dTakes = /*#__PURE__*/ channelNormTakes('InstanceNorm3d');

/**
 * Normalizes each channel of each volume (Ulyanov et al. 2016; PyTorch: `nn.InstanceNorm3d`). With `trackRunningStats`
 * it keeps running statistics during training and uses them after `eval()`.
 *
 * Shapes: input `[n, numFeatures, depth, height, width]` or `[numFeatures, depth, height, width]`.
 *
 * @throws ShapeError for a wrong rank or number of channels; ValueError for volumes of one element.
 * @example new InstanceNorm3d(3).forward(randn([2, 3, 4, 4, 4])).shape // [2, 3, 4, 4, 4]
 */
export class InstanceNorm3d extends InstanceNorm {
  constructor(...given: GivenTo<typeof instanceNorm3dTakes>) {
    super(...instanceNorm3dTakes.take(given));
  }

  protected override get places(): readonly string[] {
    return ['depth', 'height', 'width'];
  }
}
