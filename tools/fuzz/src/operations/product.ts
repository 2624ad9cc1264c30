// Products of matrices, and convolutions.
import { isFloat, type Tensor } from '@dl/core';
import type { Draw, Live } from '../draw.js';
import { type Call, type Row, rows } from './row.js';

const call = (...args: Call['args']): Call => ({ args });
const able = (x: Tensor): boolean => x.dtype !== 'bool' && x.count <= 256;

/** A factor of this dtype, perhaps transposed in memory. */
function factor(d: Draw, x: Live, shape: readonly number[]): Live {
  return d.of(shape, { dtype: x.tensor.dtype });
}

const matrix = (d: Draw): Live => d.pick((x) => x.ndim === 2 && able(x));
const cols = (x: Live): number => x.tensor.shape.at(-1) as number;
const rowsOf = (x: Live): number => x.tensor.shape.at(-2) as number;
const size = (d: Draw): number => d.rng.int(1, 4);

function convolution(dims: 1 | 2, transposed: boolean): Row {
  const op = `conv${transposed ? 'Transpose' : ''}${dims}d`;
  return {
    op,
    form: 'core',
    python: `F.conv${transposed ? '_transpose' : ''}${dims}d`,
    weight: 1.5,
    draw: (d) => {
      const x =
        d.rng.chance(0.5) && d.registers.some((l) => fits(l.tensor, dims))
          ? d.pick((t) => fits(t, dims))
          : d.make([
              d.rng.int(1, 2),
              d.rng.int(1, 4),
              ...Array.from({ length: dims }, () => d.rng.int(3, 6)),
            ]);
      const channels = x.tensor.shape[1];
      const groups = channels % 2 === 0 && d.rng.chance(0.3) ? 2 : 1;
      const out = groups * d.rng.int(1, 2);
      const kernel = x.tensor.shape.slice(2).map((n) => d.rng.int(1, Math.min(3, n)));
      const weight = transposed
        ? [channels, out / groups, ...kernel]
        : [out, channels / groups, ...kernel];
      const { dtype } = x.tensor;
      return {
        args: [x, d.make(weight, { dtype }), d.rng.chance(0.5) ? d.make([out], { dtype }) : null],
        options: {
          ...d.options({
            stride: () => d.rng.int(1, 2),
            padding: () => (transposed ? 0 : d.rng.int(0, 1)),
            dilation: () => (kernel.every((k) => k < 3) ? d.rng.int(1, 2) : 1),
          }),
          ...(groups > 1 ? { groups } : {}),
        },
      };
    },
  };
}

const fits = (x: Tensor, dims: number): boolean =>
  isFloat(x.dtype) && x.ndim === dims + 2 && x.shape.every((n) => n > 0) && x.count <= 400;

const table: Row[] = [
  {
    op: 'matmul',
    weight: 4,
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && able(t));
      const k = cols(x);
      const shape = d.rng.of([[k], [k, size(d)], [k, size(d)], [d.rng.int(1, 2), k, size(d)]]);
      return call(x, factor(d, x, shape));
    },
  },
  {
    op: 'mm',
    weight: 2,
    draw: (d) => {
      const x = matrix(d);
      return call(x, factor(d, x, [cols(x), size(d)]));
    },
  },
  {
    op: 'mv',
    draw: (d) => {
      const x = matrix(d);
      return call(x, factor(d, x, [cols(x)]));
    },
  },
  {
    op: 'dot',
    draw: (d) => {
      const x = d.pick((t) => t.ndim === 1 && able(t));
      return call(x, factor(d, x, x.tensor.shape));
    },
  },
  {
    op: 'outer',
    draw: (d) => {
      const x = d.pick((t) => t.ndim === 1 && t.count < 12 && t.dtype !== 'bool');
      return call(
        x,
        d.of([size(d)], { dtype: d.rng.chance(0.8) ? x.tensor.dtype : d.floatDtype() }),
      );
    },
  },
  {
    op: 'bmm',
    draw: (d) => {
      const x = d.pick((t) => t.ndim === 3 && able(t));
      return call(x, factor(d, x, [x.tensor.shape[0], cols(x), size(d)]));
    },
  },
  {
    op: 'linear',
    form: 'core',
    python: 'F.linear',
    weight: 2,
    draw: (d) => {
      const x = d.float((t) => t.ndim > 0 && able(t) && t.ndim < 4);
      const out = size(d);
      const weight = factor(d, x, [out, cols(x)]);
      return d.rng.chance(0.5) ? call(x, weight) : call(x, weight, factor(d, x, [out]));
    },
  },
  {
    op: 'addmm',
    draw: (d) => {
      const a = d.float((t) => t.ndim === 2 && able(t));
      const n = size(d);
      return {
        args: [
          factor(d, a, d.rng.chance(0.6) ? [rowsOf(a), n] : [n]),
          a,
          factor(d, a, [cols(a), n]),
        ],
        options: d.options({ beta: () => d.rng.of([0, 2, 0.5]), alpha: () => 2 }, 0.3),
      };
    },
  },
  {
    op: 'baddbmm',
    weight: 0.5,
    draw: (d) => {
      const a = d.float((t) => t.ndim === 3 && able(t));
      const [b = 1, n = 1, k = 1] = a.tensor.shape;
      return call(factor(d, a, [b, n, 2]), a, factor(d, a, [b, k, 2]));
    },
  },
  {
    op: 'einsum',
    form: 'core',
    python: 'torch.einsum',
    weight: 2,
    draw: (d) => {
      const x = matrix(d);
      const [n = 1, k = 1] = x.tensor.shape;
      const [equation, shape] = d.rng.of<[string, number[]]>([
        ['ij,jk->ik', [k, 2]],
        ['ij,jk->ki', [k, 2]],
        ['ij,ij->i', [n, k]],
        ['ij,ij->', [n, k]],
        ['ij,j->ji', [k]],
        ['ij,bjk->bik', [2, k, 3]],
        ['ij,i->j', [n]],
      ]);
      return call(equation, x, factor(d, x, shape));
    },
  },
  {
    op: 'tensordot',
    form: 'core',
    python: (c) => `torch.tensordot(${c.args[0]}, ${c.args[1]}, dims=${c.args[2]})`,
    draw: (d) => {
      const x = d.float((t) => t.ndim > 0 && able(t));
      return call(x, factor(d, x, [cols(x), size(d)]), 1);
    },
  },
  {
    op: 'kron',
    weight: 0.5,
    draw: (d) => {
      const x = d.float((t) => t.ndim <= 2 && t.count <= 12);
      return call(x, factor(d, x, [2, d.rng.int(1, 2)]));
    },
  },
  convolution(1, false),
  convolution(2, false),
  convolution(1, true),
  convolution(2, true),
];

export const product = rows({ finite: true }, table);
