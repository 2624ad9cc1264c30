// What networks are made of: softmax, normalization, attention, pooling, losses.
import { isFloat, type Tensor } from '@dl/core';
import { type Draw, isLive, type Live } from '../draw.js';
import type { Value } from '../program.js';
import { type Call, given, type Row, rows } from './row.js';

const call = (...args: Call['args']): Call => ({ args });
const able = (d: Draw, least = 1): Live =>
  d.float((x) => x.ndim >= least && x.count > 0 && x.count <= 400);

const pooled =
  (dims: number) =>
  (x: Tensor): boolean =>
    isFloat(x.dtype) &&
    x.ndim === dims + 2 &&
    x.shape.slice(2).every((n) => n >= 2) &&
    x.count > 0 &&
    x.count <= 400;

/** Images of so many dimensions, behind batch and channels. */
export function image(d: Draw, dims: number): Live {
  const fits = pooled(dims);
  if (d.rng.chance(0.5) && d.registers.some((l) => fits(l.tensor) && (!d.demands.exact || l.exact)))
    return d.pick(fits);
  return d.make([
    d.rng.int(1, 2),
    d.rng.int(1, 2),
    ...Array.from({ length: dims }, () => d.rng.int(3, 6)),
  ]);
}

/** Of a window in the border, PyTorch adds the gradient to memory behind the image. */
const insideImage = ({ args: [x], options = {} }: Call): boolean => {
  const { dilation = 1 } = options;
  if (x === undefined || !isLive(x) || !x.tensor.requiresGrad) return true;
  return typeof dilation !== 'number' || x.tensor.shape.slice(1).every((n) => n >= dilation);
};

const pool = (op: string, dims: number, python: string, more: Partial<Row> = {}): Row => ({
  op,
  form: 'core',
  python,
  ...more,
  draw: (d) => ({
    args: [image(d, dims), d.rng.int(1, 2)],
    options: d.options({ stride: () => d.rng.int(1, 2), ceilMode: () => true }),
  }),
});

/** Weight and bias of this shape, or null. */
const affine = (d: Draw, x: Live, shape: readonly number[]): (Live | null)[] =>
  d.rng.chance(0.5)
    ? [d.of(shape, { dtype: x.tensor.dtype }), d.of(shape, { dtype: x.tensor.dtype })]
    : [null, null];

/** Enough different elements, so that no variance is next to nothing. */
function varied(x: Tensor): boolean {
  const list = Array.from(x.detach().to('float64').data(), Number);
  return list.length >= 3 && new Set(list).size > 0.7 * list.length;
}

const positive = (d: Draw) => (): Value => d.rng.int(16, 128) / 64;
const share = (d: Draw) => (): Value => d.rng.int(1, 63) / 64;

const normalized: Row[] = [
  ...['softmax', 'logSoftmax'].map(
    (op): Row => ({
      op,
      weight: 2,
      draw: (d) => {
        const x = able(d, 0);
        return call(x, d.dim(x));
      },
    }),
  ),
  {
    op: 'layerNorm',
    // Nearly equal values have a variance that rounding decides.
    steps: true,
    form: 'core',
    python: 'F.layer_norm',
    weight: 1.5,
    draw: (d) => {
      const x = d.float(
        (t) => t.ndim >= 1 && t.count <= 400 && (t.shape.at(-1) as number) > 2 && varied(t),
      );
      const shape = x.tensor.shape.slice(-d.rng.int(1, Math.min(2, x.tensor.ndim)));
      return call(x, shape, ...affine(d, x, shape));
    },
  },
  {
    op: 'batchNorm',
    // Nearly equal values have a variance that rounding decides.
    steps: true,
    form: 'core',
    python: (c) => {
      const { training = 'False', momentum = '0.1' } = c.options;
      const [x, mean, variance, weight, bias] = c.args;
      return `F.batch_norm(${x}, ${mean}, ${variance}, ${weight}, ${bias}, training=${training}, momentum=${momentum})`;
    },
    weight: 1.5,
    draw: (d) => {
      const x = d.float(
        (t) => t.ndim >= 2 && t.ndim <= 4 && t.count > 0 && t.count / t.shape[1] > 2 && varied(t),
      );
      const shape = [x.tensor.shape[1]];
      const { dtype } = x.tensor;
      const mean = d.make(shape, { dtype, grad: false });
      const variance = d.make(shape, { dtype, grad: false, values: positive(d) });
      return {
        args: [x, mean, variance, ...affine(d, x, shape)],
        options: { training: d.rng.chance(0.6) },
      };
    },
  },
  {
    op: 'groupNorm',
    // Nearly equal values have a variance that rounding decides.
    steps: true,
    form: 'core',
    python: 'F.group_norm',
    draw: (d) => {
      const x = d.float((t) => t.ndim >= 2 && t.count > 1 && t.count <= 400 && varied(t));
      const channels = x.tensor.shape[1];
      return call(x, channels % 2 === 0 ? 2 : 1, ...affine(d, x, [channels]));
    },
  },
  {
    op: 'rmsNorm',
    form: 'core',
    python: 'F.rms_norm',
    draw: (d) => {
      const x = d.float((t) => t.ndim >= 1 && t.count > 0 && t.count <= 400 && varied(t));
      const shape = x.tensor.shape.slice(-d.rng.int(1, Math.min(2, x.tensor.ndim)));
      return {
        args: [x, shape, affine(d, x, shape)[0]],
        options: given(d.rng.chance(0.5), { eps: 0.125 }),
      };
    },
  },
  {
    op: 'instanceNorm',
    form: 'core',
    python: 'F.instance_norm',
    draw: (d) => {
      const x = d.float(
        (t) => t.ndim >= 3 && t.count > 0 && t.count / (t.shape[0] * t.shape[1]) > 2 && varied(t),
      );
      return call(x, null, null, ...affine(d, x, [x.tensor.shape[1]]));
    },
  },
  {
    op: 'scaledDotProductAttention',
    form: 'core',
    python: 'F.scaled_dot_product_attention',
    draw: (d) => {
      const q = d.float((t) => (t.ndim === 3 || t.ndim === 4) && t.count > 0 && t.count <= 128);
      const { shape, dtype } = q.tensor;
      const width = shape.at(-1) as number;
      const length = d.rng.int(1, 4);
      const outer = shape.slice(0, -2);
      return {
        args: [
          q,
          d.of([...outer, length, width], { dtype }),
          d.of([...outer, length, d.rng.int(1, 3)], { dtype }),
        ],
        options: d.rng.chance(0.3)
          ? { isCausal: true }
          : d.options({ attnMask: () => d.mask([shape.at(-2) as number, length]) }, 0.3),
      };
    },
  },
];

const pooling: Row[] = [
  pool('maxPool1d', 1, 'F.max_pool1d', {
    steps: true,
    exact: true,
    int32: 'integers',
    promised: insideImage,
  }),
  pool('maxPool2d', 2, 'F.max_pool2d', {
    steps: true,
    exact: true,
    int32: 'integers',
    promised: insideImage,
    weight: 1.5,
  }),
  pool('avgPool1d', 1, 'F.avg_pool1d'),
  pool('avgPool2d', 2, 'F.avg_pool2d', { weight: 1.5 }),
  {
    op: 'adaptiveAvgPool2d',
    form: 'core',
    python: 'F.adaptive_avg_pool2d',
    draw: (d) => call(image(d, 2), [d.rng.int(1, 3), d.rng.int(1, 3)]),
  },
  {
    op: 'interpolate',
    form: 'core',
    python: 'F.interpolate',
    draw: (d) => ({
      args: [image(d, 2)],
      options: {
        size: [d.rng.int(1, 6), d.rng.int(1, 6)],
        ...(d.rng.chance(0.5)
          ? { mode: 'nearest' }
          : { mode: 'bilinear', alignCorners: d.rng.chance(0.5) }),
      },
    }),
  },
];

const shuffling: Row[] = [
  {
    op: 'pixelShuffle',
    form: 'core',
    python: 'F.pixel_shuffle',
    exact: true,
    draw: (d) => call(d.make([d.rng.int(1, 2), 4, d.rng.int(1, 3), d.rng.int(1, 3)]), 2),
  },
  {
    op: 'pixelUnshuffle',
    form: 'core',
    python: 'F.pixel_unshuffle',
    exact: true,
    draw: (d) => call(d.make([d.rng.int(1, 2), 2 * d.rng.int(1, 2), 2 * d.rng.int(1, 2)]), 2),
  },
];

const reduction = (d: Draw): { reduction?: Value } =>
  d.rng.chance(0.3) ? {} : { reduction: d.rng.of(['none', 'sum', 'mean']) };

const pairLoss = (
  op: string,
  python: string,
  extra: (d: Draw) => { [name: string]: Value } = () => ({}),
): Row => ({
  op,
  form: 'losses',
  python,
  draw: (d) => {
    const x = able(d, 0);
    return {
      args: [x, d.of(x.tensor.shape, { dtype: x.tensor.dtype })],
      options: { ...reduction(d), ...extra(d) },
    };
  },
});

const classes = (d: Draw): [Live, Live] => {
  const x = d.float((t) => t.ndim >= 2 && t.ndim <= 4 && t.count > 0 && t.count <= 200);
  const [n = 1, c = 1, ...rest] = x.tensor.shape;
  return [x, d.index([n, ...rest], c)];
};

const classLoss = (op: string, python: string): Row => ({
  op,
  form: 'losses',
  python: (c) =>
    `${python}(${c.args[0]}, i64(${c.args[1]})${c.rest(2) === '' ? '' : `, ${c.rest(2)}`})`,
  weight: 2,
  draw: (d) => {
    const [x, target] = classes(d);
    const channels = x.tensor.shape[1];
    return {
      args: [x, target],
      options: {
        ...reduction(d),
        ...d.options(
          {
            weight: () =>
              d.make([channels], { dtype: x.tensor.dtype, grad: false, values: positive(d) }),
            ignoreIndex: () => 0,
            ...(op === 'crossEntropy' ? { labelSmoothing: () => 0.25 } : {}),
          },
          0.25,
        ),
      },
    };
  },
});

const losses: Row[] = [
  pairLoss('mseLoss', 'F.mse_loss'),
  pairLoss('l1Loss', 'F.l1_loss'),
  pairLoss('smoothL1Loss', 'F.smooth_l1_loss', (d) => given(d.rng.chance(0.3), { beta: 0.5 })),
  pairLoss('huberLoss', 'F.huber_loss', (d) => given(d.rng.chance(0.3), { delta: 0.5 })),
  classLoss('crossEntropy', 'F.cross_entropy'),
  classLoss('nllLoss', 'F.nll_loss'),
  {
    op: 'binaryCrossEntropyWithLogits',
    form: 'losses',
    python: 'F.binary_cross_entropy_with_logits',
    draw: (d) => {
      const x = able(d, 0);
      const { shape, dtype } = x.tensor;
      return {
        args: [x, d.make(shape, { dtype, grad: false, values: share(d) })],
        options: reduction(d),
      };
    },
  },
  {
    op: 'binaryCrossEntropy',
    form: 'losses',
    python: 'F.binary_cross_entropy',
    draw: (d) => {
      const shape = d.shape();
      const x = d.make(shape, { values: share(d) });
      const { dtype } = x.tensor;
      return {
        args: [x, d.make(shape, { dtype, grad: false, values: share(d) })],
        options: reduction(d),
      };
    },
  },
  {
    op: 'klDiv',
    form: 'losses',
    python: 'F.kl_div',
    draw: (d) => {
      const x = able(d);
      const { shape, dtype } = x.tensor;
      return {
        args: [x, d.make(shape, { dtype, grad: false, values: share(d) })],
        options: {
          reduction: d.rng.of(['none', 'sum', 'batchmean']),
          ...d.options({ logTarget: () => true }, 0.2),
        },
      };
    },
  },
  {
    op: 'cosineSimilarity',
    form: 'losses',
    python: 'F.cosine_similarity',
    draw: (d) => {
      const x = able(d);
      return {
        args: [x, d.of(x.tensor.shape, { dtype: x.tensor.dtype })],
        options: { dim: d.dim(x) },
      };
    },
  },
  {
    op: 'pairwiseDistance',
    form: 'losses',
    python: 'F.pairwise_distance',
    weight: 0.5,
    draw: (d) => {
      const x = able(d, 2);
      return call(x, d.of(x.tensor.shape, { dtype: x.tensor.dtype }));
    },
  },
  {
    op: 'tripletMarginLoss',
    form: 'losses',
    python: 'F.triplet_margin_loss',
    weight: 0.5,
    draw: (d) => {
      const x = able(d, 2);
      const { shape, dtype } = x.tensor;
      return { args: [x, d.of(shape, { dtype }), d.of(shape, { dtype })], options: reduction(d) };
    },
  },
];

export const network = rows({ finite: true }, [...normalized, ...pooling, ...shuffling]);
export const lossRows = rows({}, losses);
