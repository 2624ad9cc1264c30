// Options and operators beside the usual calls: each row has the name of one that says how it is printed, or is new.
import { isFloat } from '@dl/core';
import type { Draw, Live } from '../draw.js';
import { literal, type Value } from '../program.js';
import { image } from './network.js';
import { type Row, rows } from './row.js';

const floats = (d: Draw, least = 0): Live =>
  d.float((x) => x.ndim >= least && x.count > 0 && x.count <= 400);
const positive = (d: Draw) => (): Value => d.rng.int(16, 128) / 64;
const share = (d: Draw) => (): Value => d.rng.int(1, 63) / 64;
const like = (d: Draw, x: Live): Live => d.of(x.tensor.shape, { dtype: x.tensor.dtype });
const constantLike = (d: Draw, x: Live, values: () => Value): Live =>
  d.make(x.tensor.shape, { dtype: x.tensor.dtype, grad: false, values });

const withDtype: Row[] = ['cumsum', 'cumprod', 'prod', 'mean', 'softmax', 'logSoftmax'].map(
  (op): Row => ({
    op,
    weight: 0.5,
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0 && t.count <= 12);
      return { args: [x, d.dim(x)], options: { dtype: { d: d.floatDtype() } } };
    },
  }),
);

const reductions: Row[] = [
  ...withDtype,
  {
    op: 'norm',
    weight: 2,
    draw: (d) => {
      const x = floats(d);
      const p = d.rng.of<Value>([literal(Infinity), literal(-Infinity), 0, 'fro', 2]);
      const dims = d.dims(x);
      return {
        args: dims === null ? [x, p] : [x, p, dims],
        options: d.options({ keepdim: () => true }),
      };
    },
  },
  ...['std', 'var'].map(
    (op): Row => ({
      op,
      draw: (d) => {
        const x = floats(d, 1);
        return { args: [x, d.dim(x)], options: { unbiased: d.rng.chance(0.3) } };
      },
    }),
  ),
  {
    op: 'logsumexp',
    draw: (d) => {
      const x = floats(d, 2);
      return { args: [x, [0, -1]], options: d.options({ keepdim: () => true }) };
    },
  },
  {
    op: 'argsort',
    steps: true,
    draw: (d) => {
      const x = d.pick((t) => t.dtype !== 'bool' && t.count > 0);
      return { args: [x, d.dim(x)], options: { stable: true, descending: true } };
    },
  },
  {
    op: 'round',
    steps: true,
    draw: (d) => ({ args: [floats(d)], options: { decimals: d.rng.int(-1, 2) } }),
  },
];

const pools: Row[] = ([1, 2] as const).flatMap((dims): Row[] => [
  {
    op: `avgPool${dims}d`,
    draw: (d) => ({
      args: [image(d, dims), d.rng.int(2, 3)],
      options: d.options(
        {
          stride: () => d.rng.int(1, 2),
          padding: () => 1,
          ceilMode: () => true,
          countIncludePad: () => false,
          ...(dims === 2 ? { divisorOverride: () => 3 } : {}),
        },
        0.5,
      ),
    }),
  },
  {
    op: `maxPool${dims}d`,
    steps: true,
    exact: true,
    draw: (d) => ({
      args: [image(d, dims), 2],
      options: d.options(
        {
          stride: () => d.rng.int(1, 2),
          padding: () => 1,
          dilation: () => d.rng.int(1, 2),
          returnIndices: () => true,
        },
        0.5,
      ),
    }),
  },
]);

const networks: Row[] = [
  ...pools,
  {
    op: 'interpolate',
    draw: (d) => ({
      args: [image(d, 2)],
      options: {
        scaleFactor: d.rng.of([2, 0.5, 1.5]),
        ...(d.rng.chance(0.5) ? {} : { mode: 'bilinear', alignCorners: d.rng.chance(0.5) }),
      },
    }),
  },
  {
    op: 'scaledDotProductAttention',
    weight: 0.5,
    draw: (d) => {
      const q = d.float((t) => t.ndim === 3 && t.count > 0 && t.count <= 128);
      return { args: [q, like(d, q), like(d, q)], options: { scale: d.rng.of([0.5, 1, 2]) } };
    },
  },
  {
    op: 'baddbmm',
    draw: (d) => {
      const a = d.float((t) => t.ndim === 3 && t.count > 0 && t.count <= 128);
      const [b = 1, n = 1, k = 1] = a.tensor.shape;
      const { dtype } = a.tensor;
      return {
        args: [d.of(d.rng.of([[b, n, 2], [n, 2], [2]]), { dtype }), a, d.of([b, k, 2], { dtype })],
        options: d.options({ beta: () => d.rng.of([0, 2, 0.5]), alpha: () => 2 }, 0.5),
      };
    },
  },
  {
    op: 'addmv',
    form: 'core',
    python: 'torch.addmv',
    draw: (d) => {
      const a = d.float((t) => t.ndim === 2 && t.count > 0 && t.count <= 128);
      const [n = 1, k = 1] = a.tensor.shape;
      const { dtype } = a.tensor;
      return {
        args: [d.of([n], { dtype }), a, d.of([k], { dtype })],
        options: d.options({ beta: () => d.rng.of([0, 2, 0.5]), alpha: () => 2 }, 0.5),
      };
    },
  },
  ...([1, 2] as const).map(
    (dims): Row => ({
      op: `convTranspose${dims}d`,
      weight: 0.7,
      draw: (d) => {
        const x = image(d, dims);
        const { dtype } = x.tensor;
        const channels = x.tensor.shape[1];
        const kernel = new Array<number>(dims).fill(3);
        return {
          args: [x, d.make([channels, 2, ...kernel], { dtype }), null],
          options: { stride: 2, ...d.options({ padding: () => 1, outputPadding: () => 1 }, 0.6) },
        };
      },
    }),
  ),
];

const picking: Row[] = [
  ...['scatter', 'scatter_'].map(
    (op): Row => ({
      op,
      constant: true,
      weight: 0.5,
      ...(op === 'scatter_' ? { writes: true as const } : {}),
      draw: (d) => {
        const wanted = (t: Live['tensor']): boolean =>
          t.ndim === 1 && t.count > 0 && t.dtype !== 'bool';
        const x = op === 'scatter_' ? d.target(wanted) : d.pick(wanted);
        const n = d.rng.int(1, 3);
        const from = d.of([n], { dtype: x.tensor.dtype });
        return {
          args: [x, 0, d.index([n], x.tensor.count), from],
          options: { reduce: d.rng.of(['add', 'multiply']) },
        };
      },
    }),
  ),
  {
    op: 'nonzero',
    steps: true,
    exact: true,
    draw: (d) => ({ args: [d.pick()], options: { asTuple: true } }),
  },
  {
    op: 'bincount',
    weight: 0.5,
    draw: (d) => {
      const n = d.rng.int(1, 6);
      return {
        args: [d.index([n], 4)],
        options: d.options(
          {
            minlength: () => d.rng.int(0, 6),
            weights: () => d.make([n], { dtype: 'float64', grad: false }),
          },
          0.6,
        ),
      };
    },
  },
  {
    op: 'unique',
    constant: true,
    steps: true,
    weight: 0.7,
    draw: (d) => {
      const x = d.pick(
        (t) => t.ndim > 0 && t.count > 0 && t.dtype !== 'float16' && t.dtype !== 'bfloat16',
      );
      return {
        args: [x],
        options: d.options(
          { returnInverse: () => true, returnCounts: () => true, dim: () => d.dim(x) },
          0.5,
        ),
      };
    },
  },
  {
    op: 'searchsorted',
    form: 'core',
    int32: 'always',
    python: 'torch.searchsorted',
    steps: true,
    constant: true,
    draw: (d) => {
      let last = -2;
      const rising = (): Value => {
        last += d.rng.int(0, 2) / 2;
        return last;
      };
      const dtype = d.floatDtype();
      const sequence = d.make([d.rng.int(1, 6)], { dtype, grad: false, values: rising });
      return {
        args: [sequence, d.of(d.shape(0, 2), { dtype })],
        options: d.options({ right: () => true }),
      };
    },
  },
  {
    op: 'isclose',
    steps: true,
    draw: (d) => {
      const x = floats(d);
      return {
        args: [x, like(d, x)],
        options: d.options({ rtol: () => 0.5, atol: () => 0.25, equalNan: () => true }),
      };
    },
  },
];

const makers: Row[] = [
  {
    op: 'logspace',
    form: 'core',
    python: 'torch.logspace',
    creates: true,
    draw: (d) => ({
      args: [d.rng.int(-2, 0), d.rng.int(1, 2), d.rng.int(1, 5)],
      options: { dtype: { d: 'float32' } },
    }),
  },
  ...['zerosLike', 'onesLike'].map(
    (op): Row => ({
      op,
      exact: true,
      draw: (d) => {
        const dtype = d.dtype();
        return {
          args: [d.pick()],
          options: {
            dtype: { d: dtype },
            ...(isFloat(dtype) && d.rng.chance(0.5) ? { requiresGrad: true } : {}),
          },
        };
      },
    }),
  ),
];

const losses: Row[] = [
  ...['mseLoss', 'l1Loss', 'huberLoss'].map(
    (op): Row => ({
      op,
      draw: (d) => {
        const x = floats(d);
        return {
          args: [x, like(d, x)],
          options: {
            weight: constantLike(d, x, positive(d)),
            reduction: d.rng.of(['none', 'sum', 'mean']),
          },
        };
      },
    }),
  ),
  ...['mseLoss', 'l1Loss', 'smoothL1Loss', 'huberLoss', 'klDiv'].map(
    (op): Row => ({
      op,
      weight: 0.4,
      draw: (d) => {
        const x = floats(d, 1);
        const { shape, dtype } = x.tensor;
        const target = d.make(
          shape.map((n, k) => (k === 0 ? 1 : n)),
          { dtype, grad: false, values: share(d) },
        );
        return { args: [x, target], options: { reduction: d.rng.of(['none', 'sum']) } };
      },
    }),
  ),
  {
    op: 'binaryCrossEntropyWithLogits',
    draw: (d) => {
      const x = floats(d, 1);
      const { shape, dtype } = x.tensor;
      return {
        args: [x, constantLike(d, x, share(d))],
        options: {
          reduction: d.rng.of(['none', 'sum', 'mean']),
          ...d.options(
            {
              weight: () => constantLike(d, x, positive(d)),
              posWeight: () =>
                d.make([shape.at(-1) as number], { dtype, grad: false, values: positive(d) }),
            },
            0.6,
          ),
        },
      };
    },
  },
  {
    op: 'binaryCrossEntropy',
    draw: (d) => {
      const x = d.make(d.shape(1), { values: share(d) });
      return {
        args: [x, constantLike(d, x, share(d))],
        options: {
          weight: constantLike(d, x, positive(d)),
          reduction: d.rng.of(['none', 'sum', 'mean']),
        },
      };
    },
  },
  {
    op: 'cosineSimilarity',
    draw: (d) => {
      const x = floats(d, 1);
      return { args: [x, like(d, x)], options: { dim: d.dim(x), eps: 0.5 } };
    },
  },
  {
    op: 'pairwiseDistance',
    draw: (d) => {
      const x = floats(d, 1);
      return {
        args: [x, like(d, x)],
        options: d.options(
          { p: () => d.rng.of([1, 2, 3]), eps: () => 0.01, keepdim: () => true },
          0.5,
        ),
      };
    },
  },
  {
    op: 'tripletMarginLoss',
    draw: (d) => {
      const x = floats(d, 2);
      return {
        args: [x, like(d, x), like(d, x)],
        options: d.options(
          { margin: () => 0.5, p: () => d.rng.of([1, 2]), eps: () => 0.01, swap: () => true },
          0.5,
        ),
      };
    },
  },
  {
    op: 'cosineEmbeddingLoss',
    form: 'losses',
    python: 'F.cosine_embedding_loss',
    draw: (d) => {
      const x = d.float((t) => t.ndim === 2 && t.count > 0 && t.count <= 100);
      const target = d.make([x.tensor.shape[0]], {
        dtype: 'int32',
        values: () => d.rng.of([1, -1]),
      });
      return { args: [x, like(d, x), target], options: d.options({ margin: () => 0.25 }) };
    },
  },
  {
    op: 'marginRankingLoss',
    form: 'losses',
    python: 'F.margin_ranking_loss',
    draw: (d) => {
      const x = floats(d);
      const target = constantLike(d, x, () => d.rng.of([1, -1]));
      return {
        args: [x, like(d, x), target],
        options: d.options({ margin: () => 0.25, reduction: () => d.rng.of(['none', 'sum']) }),
      };
    },
  },
  {
    op: 'gaussianNllLoss',
    form: 'losses',
    python: 'F.gaussian_nll_loss',
    draw: (d) => {
      const x = floats(d);
      return {
        args: [x, like(d, x), constantLike(d, x, positive(d))],
        options: d.options({ full: () => true, reduction: () => d.rng.of(['none', 'sum']) }),
      };
    },
  },
];

export const further = rows({}, [...reductions, ...picking, ...makers]);
/** Infinities and NaN among the inputs are met in another order, as in the usual calls. */
export const furtherNetwork = rows({ finite: true }, networks);
export const furtherLosses = rows({}, losses);
