// Views, and views of views.
import type { Draw, Live } from '../draw.js';
import type { Value } from '../program.js';
import { type Call, rows } from './row.js';

/** Sizes with the same product, one of them perhaps written as -1. */
function regrouped(d: Draw, count: number): number[] {
  if (count === 0) return d.rng.of([[0], [0, 2], [3, 0]]);
  const sizes: number[] = [];
  let rest = count;
  for (const factor of [2, 3, 4, 5, 7]) {
    if (rest % factor === 0 && d.rng.chance(0.6)) {
      sizes.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1 || sizes.length === 0 || d.rng.chance(0.1)) sizes.push(rest);
  const order = d.rng.shuffled(sizes);
  if (d.rng.chance(0.3)) order[d.rng.int(0, order.length - 1)] = -1;
  return order;
}

const withDims = (d: Draw, least = 1): Live => d.pick((x) => x.ndim >= least);

function twoDims(d: Draw, x: Live): [number, number] {
  const [a = 0, b = 0] = d.rng.shuffled([...Array(x.tensor.ndim).keys()]);
  return [d.rng.chance(0.2) ? a - x.tensor.ndim : a, b];
}

function window(d: Draw, size: number): [number, number] {
  const start = d.rng.int(0, size);
  return [start, d.rng.chance(0.08) ? 0 : d.rng.int(Math.min(1, size - start), size - start)];
}

function slice(d: Draw, size: number): string {
  const bound = (): string => (d.rng.chance(0.4) ? '' : String(d.rng.int(-size, size)));
  const step = d.rng.chance(0.3) ? `:${d.rng.int(1, 3)}` : '';
  return `${bound()}:${bound()}${step}`;
}

/** Positions, slices, new dimensions and dots, as `at` and `set` take them. */
export function basicIndex(d: Draw, x: Live): Value[] {
  const items: Value[] = [];
  const { shape } = x.tensor;
  const dots = d.rng.chance(0.2) ? d.rng.int(0, shape.length) : -1;
  for (const [n, size] of shape.entries()) {
    if (n === dots) {
      items.push('...');
      if (d.rng.chance(0.5)) break;
    }
    if (d.rng.chance(0.1)) items.push(null);
    if (size > 0 && d.rng.chance(0.4)) items.push(d.rng.int(-size, size - 1));
    else items.push(d.rng.chance(0.3) ? ':' : slice(d, size));
    if (d.rng.chance(0.25) && dots < 0) break;
  }
  // Behind the dots, as many dimensions as there are.
  return items.filter((v) => v === '...').length === 1 && items.length > shape.length
    ? ['...']
    : items;
}

/** `x[0, 1:3, None]`, from what stands in the program and in Python. */
export function subscript(values: readonly Value[], python: readonly string[]): string {
  const items = values.map((v, n) => (typeof v === 'string' ? v : python[n]));
  return items.length === 0
    ? '()'
    : items.length === 1 && items[0] === '()'
      ? '()'
      : items.join(', ');
}

const call = (...args: Call['args']): Call => ({ args });

export const views = rows({ exact: true }, [
  {
    op: 'view',
    draw: (d) => {
      const x = d.pick((t) => t.isContiguous() || d.rng.chance(0.1));
      return call(x, regrouped(d, x.tensor.count));
    },
  },
  {
    op: 'reshape',
    weight: 2,
    draw: (d) => {
      const x = d.pick();
      return call(x, regrouped(d, x.tensor.count));
    },
  },
  {
    op: 'permute',
    draw: (d) => {
      const x = withDims(d);
      return call(x, d.rng.shuffled([...Array(x.tensor.ndim).keys()]));
    },
  },
  {
    op: 'transpose',
    weight: 2,
    draw: (d) => {
      const x = withDims(d, 2);
      return call(x, ...twoDims(d, x));
    },
  },
  { op: 't', draw: (d) => call(d.pick((x) => x.ndim <= 2)) },
  {
    op: 'mT',
    python: ({ args }) => `${args[0]}.mT`,
    typescript: ([x]) => `${x}.mT`,
    run: ([x]) => Reflect.get(x as object, 'mT'),
    draw: (d) => call(withDims(d, 2)),
  },
  {
    op: 'expand',
    weight: 2,
    draw: (d) => {
      const x = d.pick((t) => t.count <= 64);
      const sizes = x.tensor.shape.map((n) =>
        n === 1 ? d.rng.int(1, 3) : d.rng.chance(0.3) ? -1 : n,
      );
      return call(x, d.rng.chance(0.4) ? [d.rng.int(1, 3), ...sizes] : sizes);
    },
  },
  {
    op: 'narrow',
    weight: 2,
    draw: (d) => {
      const x = withDims(d);
      const dim = d.dim(x);
      return call(x, dim, ...window(d, d.sizeAt(x, dim)));
    },
  },
  {
    op: 'select',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0);
      const dim = d.dim(x);
      const size = d.sizeAt(x, dim);
      return call(x, dim, d.rng.int(-size, size - 1));
    },
  },
  {
    op: 'squeeze',
    draw: (d) => {
      const x = d.pick((t) => t.shape.includes(1) || d.rng.chance(0.1));
      return d.rng.chance(0.4) ? call(x) : call(x, d.dim(x));
    },
  },
  {
    op: 'unsqueeze',
    draw: (d) => {
      const x = d.pick((t) => t.ndim < 4);
      return call(x, d.rng.int(-x.tensor.ndim - 1, x.tensor.ndim));
    },
  },
  {
    op: 'flatten',
    draw: (d) => {
      const x = d.pick();
      const { ndim } = x.tensor;
      if (ndim < 2 || d.rng.chance(0.4)) return call(x);
      const first = d.rng.int(0, ndim - 1);
      return call(x, first, d.rng.int(first, ndim - 1));
    },
  },
  {
    op: 'unflatten',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.ndim < 4 && t.count > 0);
      const dim = d.dim(x);
      return call(x, dim, regrouped(d, d.sizeAt(x, dim)));
    },
  },
  {
    op: 'unfold',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.ndim < 4 && t.count > 0);
      const dim = d.dim(x);
      return call(x, dim, d.rng.int(1, d.sizeAt(x, dim)), d.rng.int(1, 3));
    },
  },
  {
    op: 'diagonal',
    draw: (d) => {
      const x = withDims(d, 2);
      return d.rng.chance(0.5)
        ? call(x, d.rng.int(-1, 1))
        : call(x, d.rng.int(-1, 1), ...twoDims(d, x));
    },
  },
  {
    op: 'asStrided',
    draw: (d) => {
      // No two elements at one place: what is written to such a view is no promise.
      const x = d.pick((t, { made }) => made && t.count >= 4);
      const half = Math.floor(x.tensor.count / 2);
      return d.rng.chance(0.5)
        ? call(x, [2, half], [half, 1])
        : call(x, [half], [d.rng.of([1, 2])], 1);
    },
  },
  {
    op: 'movedim',
    draw: (d) => {
      const x = withDims(d, 2);
      return call(x, ...twoDims(d, x));
    },
  },
  {
    op: 'split',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0);
      const dim = d.dim(x);
      const size = d.sizeAt(x, dim);
      const first = d.rng.int(0, size);
      return call(x, d.rng.chance(0.5) ? d.rng.int(1, size) : [first, size - first], dim);
    },
  },
  {
    op: 'chunk',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0);
      return call(x, d.rng.int(1, 3), d.dim(x));
    },
  },
  {
    op: 'unbind',
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0 && t.count > 0);
      return call(x, d.dim(x));
    },
  },
  {
    op: 'at',
    weight: 4,
    python: ({ args, values }) => `${args[0]}[${subscript(values.slice(1), args.slice(1))}]`,
    draw: (d) => {
      const x = d.pick((t) => t.ndim > 0);
      return call(x, ...basicIndex(d, x));
    },
  },
  { op: 'detach', draw: (d) => call(d.pick()) },
]);
