// Reductions, running forms, sorting.
import { isFloat } from '@dl/core';
import { type Draw, isLive, type Live } from '../draw.js';
import type { Value } from '../program.js';
import { type Call, type Row, rows } from './row.js';

const keepdim = (d: Draw): { keepdim?: Value } => (d.rng.chance(0.3) ? { keepdim: true } : {});

/** `x.op()`, `x.op(dim)` or `x.op([dims], { keepdim: true })`. */
function over(d: Draw, x: Live, several = true): Call {
  const dims = several ? d.dims(x) : d.rng.chance(0.2) ? null : d.dim(x);
  if (dims === null) return { args: [x] };
  // By name as well as in its place.
  return d.rng.chance(0.15)
    ? { args: [x], options: { dim: dims, ...keepdim(d) } }
    : { args: [x, dims], options: keepdim(d) };
}

const along = (d: Draw, x: Live): Call => ({ args: [x, d.dim(x)] });
const full = (d: Draw): Live => d.pick((x) => x.count > 0 || d.rng.chance(0.3));
const numbers = (d: Draw): Live =>
  d.pick((x) => x.dtype !== 'bool' && (x.count > 0 || d.rng.chance(0.3)));
const floats = (d: Draw): Live => d.float((x) => x.count > 0 || d.rng.chance(0.3));

const table: Row[] = [
  {
    op: 'sum',
    weight: 4,
    exact: true,
    int32: 'integers',
    draw: (d) => over(d, d.pick()),
  },
  {
    op: 'sum',
    weight: 0.3,
    draw: (d) => {
      const { args, options } = over(d, d.pick());
      return args.length === 1
        ? { args }
        : { args, options: { ...options, dtype: { d: 'float32' } } };
    },
  },
  { op: 'mean', weight: 3, draw: (d) => over(d, d.float()) },
  {
    op: 'prod',
    int32: 'integers',
    draw: (d) =>
      over(
        d,
        d.pick((x) => x.count <= 12),
        false,
      ),
  },
  { op: 'amax', exact: true, draw: (d) => over(d, full(d)) },
  { op: 'amin', exact: true, draw: (d) => over(d, full(d)) },
  ...['max', 'min'].map(
    (op): Row => ({
      op,
      exact: true,
      int32: 'integers',
      steps: true,
      python: (c) => `${c.args[0]}.${op}(${c.rest(1)})`,
      draw: (d) => over(d, full(d), false),
    }),
  ),
  ...['argmax', 'argmin'].map(
    (op): Row => ({
      op,
      exact: true,
      int32: 'always',
      steps: true,
      draw: (d) => over(d, numbers(d), false),
    }),
  ),
  ...['std', 'var'].map(
    (op): Row => ({
      op,
      draw: (d) => {
        const { args, options = {} } = over(d, floats(d));
        if (args.length === 1)
          return d.rng.chance(0.5) ? { args } : { args, options: { correction: 0 } };
        return { args, options: { ...options, ...(d.rng.chance(0.4) ? { correction: 0 } : {}) } };
      },
    }),
  ),
  {
    op: 'norm',
    draw: (d) => {
      const x = floats(d);
      const p = d.rng.of([2, 1, 3, 0.5]);
      const dims = d.dims(x);
      return dims === null ? { args: [x, p] } : { args: [x, p, dims], options: keepdim(d) };
    },
  },
  {
    op: 'logsumexp',
    draw: (d) => {
      const x = floats(d);
      return { args: [x, d.dim(x)], options: keepdim(d) };
    },
  },
  { op: 'all', exact: true, steps: true, draw: (d) => over(d, d.pick()) },
  { op: 'any', exact: true, steps: true, draw: (d) => over(d, d.pick()) },
  {
    op: 'countNonzero',
    form: 'method',
    steps: true,
    int32: 'always',
    draw: (d) => {
      const x = d.pick();
      return d.rng.chance(0.5) ? { args: [x] } : along(d, x);
    },
  },
  { op: 'cumsum', weight: 2, exact: true, int32: 'integers', draw: (d) => along(d, d.pick()) },
  {
    op: 'cumprod',
    int32: 'integers',
    draw: (d) =>
      along(
        d,
        d.pick((x) => x.count <= 12),
      ),
  },
  ...['cummax', 'cummin'].map(
    (op): Row => ({
      op,
      exact: true,
      steps: true,
      int32: 'integers',
      draw: (d) => along(d, numbers(d)),
    }),
  ),
  {
    op: 'sort',
    exact: true,
    steps: true,
    weight: 2,
    int32: 'integers',
    draw: (d) => {
      const x = numbers(d);
      return {
        args: [x, d.dim(x)],
        options: { stable: true, ...d.options({ descending: () => true }) },
      };
    },
    python: (c) => {
      const [x, dim] = c.args;
      return `torch.sort(${x}, dim=${dim}, stable=True, descending=${c.options.descending ?? 'False'})`;
    },
  },
  {
    op: 'argsort',
    form: 'core',
    steps: true,
    exact: true,
    int32: 'always',
    draw: (d) => {
      const x = numbers(d);
      return { args: [x, d.dim(x)], options: { stable: true } };
    },
    python: (c) =>
      `torch.argsort(${c.args[0]}, dim=${c.args[1]}, stable=True, descending=${c.options.descending ?? 'False'})`,
  },
  {
    op: 'topk',
    promised: ofDifferent,
    exact: true,
    steps: true,
    int32: 'integers',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0 && isFloat(t.dtype) && different(t));
      const dim = d.dim(x);
      return {
        args: [x, d.rng.int(1, d.sizeAt(x, dim)), dim],
        options: d.options({ largest: () => false }),
      };
    },
  },
  {
    op: 'kthvalue',
    promised: ofDifferent,
    exact: true,
    steps: true,
    int32: 'integers',
    weight: 0.5,
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0 && t.dtype !== 'bool' && different(t));
      const dim = d.dim(x);
      return { args: [x, d.rng.int(1, d.sizeAt(x, dim)), dim], options: keepdim(d) };
    },
  },
  {
    op: 'median',
    promised: ofDifferent,
    exact: true,
    steps: true,
    int32: 'integers',
    weight: 0.5,
    draw: (d) =>
      over(
        d,
        d.pick((t) => t.count > 0 && t.dtype !== 'bool' && different(t)),
        false,
      ),
  },
];

/** Which of equal elements is taken is not promised. */
function ofDifferent({ args: [x] }: Call): boolean {
  return x === undefined || !isLive(x) || different(x.tensor);
}

/** Whether no two elements are equal; only tensors on the CPU are drawn from. */
function different(x: import('@dl/core').Tensor): boolean {
  const list = Array.from(x.detach().data() as ArrayLike<number | bigint>);
  return new Set(list).size === list.length && x.dtype !== 'float16' && x.dtype !== 'bfloat16';
}

export const reduce = rows({}, table);
