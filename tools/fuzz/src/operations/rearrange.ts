// Copies in another order: joined, repeated, flipped, padded.
import { isFloat } from '@dl/core';
import type { Draw, Live } from '../draw.js';
import { type Call, type Row, rows } from './row.js';

const call = (...args: Call['args']): Call => ({ args });
const small = (d: Draw, least = 0): Live => d.pick((x) => x.ndim >= least && x.count <= 128);

/** Registers that agree in all sizes but that of `dim`. */
function joinable(d: Draw, x: Live, dim: number, equal: boolean): Live[] {
  const { shape } = x.tensor;
  const at = dim < 0 ? dim + shape.length : dim;
  const list = [x];
  for (let n = d.rng.int(0, 2); n > 0; n--) {
    const sizes = shape.map((m, k) => (k === at && !equal ? d.rng.int(1, 3) : m));
    list.push(d.of(sizes, { dtype: d.rng.chance(0.7) ? x.tensor.dtype : d.dtype() }));
  }
  return d.rng.shuffled(list);
}

const table: Row[] = [
  {
    op: 'cat',
    form: 'core',
    python: 'torch.cat',
    weight: 3,
    draw: (d) => {
      const x = small(d, 1);
      const dim = d.dim(x);
      const list = joinable(d, x, dim, false).map((l) => l.ref);
      if (d.rng.chance(0.05)) list.push(d.make([0], { dtype: x.tensor.dtype }).ref);
      return call(list, dim);
    },
  },
  {
    op: 'stack',
    form: 'core',
    python: 'torch.stack',
    weight: 2,
    draw: (d) => {
      const x = small(d);
      const list = joinable(d, x, -99, true).map((l) => l.ref);
      return call(list, d.rng.int(-1, x.tensor.ndim));
    },
  },
  {
    op: 'flip',
    draw: (d) => {
      const x = small(d, 1);
      return call(
        x,
        d.rng.shuffled([...Array(x.tensor.ndim).keys()]).slice(0, d.rng.int(1, x.tensor.ndim)),
      );
    },
  },
  {
    op: 'roll',
    draw: (d) => {
      const x = small(d, 1);
      return d.rng.chance(0.3) ? call(x, d.rng.int(-4, 4)) : call(x, d.rng.int(-4, 4), d.dim(x));
    },
  },
  { op: 'rot90', weight: 0.5, draw: (d) => call(small(d, 2), d.rng.int(-2, 3), [0, 1]) },
  {
    op: 'repeat',
    draw: (d) => {
      const x = small(d);
      const times = x.tensor.shape.map(() => d.rng.int(1, 2));
      return call(x, d.rng.chance(0.3) ? [d.rng.int(1, 2), ...times] : times);
    },
  },
  {
    op: 'tile',
    weight: 0.5,
    draw: (d) => call(small(d), d.rng.chance(0.5) ? [d.rng.int(1, 2)] : [2, 1]),
  },
  {
    op: 'repeatInterleave',
    draw: (d) => {
      const x = small(d);
      return d.rng.chance(0.4) ? call(x, d.rng.int(1, 3)) : call(x, d.rng.int(1, 3), d.dim(x));
    },
  },
  { op: 'tril', draw: (d) => call(small(d, 2), d.rng.int(-2, 2)) },
  { op: 'triu', draw: (d) => call(small(d, 2), d.rng.int(-2, 2)) },
  {
    op: 'diag',
    draw: (d) =>
      call(
        d.pick((x) => (x.ndim === 1 || x.ndim === 2) && x.count < 20),
        d.rng.int(-1, 1),
      ),
  },
  {
    op: 'pad',
    form: 'core',
    python: (c) => {
      const { mode = "'constant'", value } = c.options;
      return `F.pad(${c.args[0]}, ${c.args[1]}, mode=${mode}${value === undefined ? '' : `, value=${value}`})`;
    },
    weight: 2,
    draw: (d) => {
      if (d.rng.chance(0.5)) {
        const x = small(d, 1);
        const sizes = Array.from({ length: 2 * d.rng.int(1, Math.min(2, x.tensor.ndim)) }, () =>
          d.rng.int(0, 2),
        );
        return {
          args: [x, sizes],
          options: isFloat(x.tensor.dtype) ? d.options({ value: () => d.number() }) : {},
        };
      }
      const x = d.float((t) => t.count > 0 && t.count <= 128 && (t.ndim === 2 || t.ndim === 3));
      const size = x.tensor.shape.at(-1) as number;
      const most = Math.min(2, size - 1);
      return {
        args: [x, [d.rng.int(0, most), d.rng.int(0, most)]],
        options: { mode: d.rng.of(['reflect', 'replicate', 'circular']) },
      };
    },
  },
  {
    op: 'meshgrid',
    form: 'core',
    weight: 0.4,
    python: 'torch.meshgrid',
    draw: (d) => {
      const x = d.pick((t) => t.ndim === 1 && t.count <= 8);
      return {
        args: [[x.ref, d.of([d.rng.int(1, 3)], { dtype: x.tensor.dtype }).ref]],
        options: { indexing: d.rng.of(['ij', 'xy']) },
      };
    },
  },
];

export const rearrange = rows({ exact: true }, table);
