// Index tensors and masks: taking, writing, gathering, scattering.
import { isFloat, type Tensor } from '@dl/core';
import { type Draw, isLive, type Live } from '../draw.js';
import type { Value } from '../program.js';
import { type Call, type Row, rows } from './row.js';
import { basicIndex, subscript } from './views.js';

const call = (...args: Call['args']): Call => ({ args });
const thick = (d: Draw): Live => d.pick((x) => x.ndim > 0 && x.count > 0);
const thickTarget = (d: Draw): Live => d.target((x) => x.ndim > 0 && x.count > 0);

/** One index tensor or list, with slices around it. */
function advancedIndex(d: Draw, x: Live): (Value | Live)[] {
  const { shape } = x.tensor;
  const at = d.rng.int(0, shape.length - 1);
  const size = shape[at];
  const picks = d.rng.chance(0.3)
    ? Array.from({ length: d.rng.int(1, 3) }, () => d.rng.int(0, size - 1))
    : d.index(d.rng.chance(0.7) ? [d.rng.int(1, 3)] : [2, d.rng.int(1, 2)], size, true);
  const items: (Value | Live)[] = [];
  for (let n = 0; n < at; n++) {
    const m = shape[n];
    items.push(d.rng.chance(0.3) ? d.rng.int(0, m - 1) : d.rng.chance(0.7) ? ':' : `:${m}:2`);
  }
  items.push(picks);
  if (at + 1 < shape.length && d.rng.chance(0.3)) {
    items.push(d.rng.chance(0.5) ? ':' : d.index([1], shape[at + 1]));
  }
  return items;
}

/** The shape that an index picks, and whether it names a place twice. */
const python = (c: { args: readonly string[]; values: readonly Value[] }): string =>
  `${c.args[0]}[${subscript(c.values.slice(1), c.args.slice(1))}]`;

function assigned(d: Draw, x: Live, shape: readonly number[]): Value | Live {
  if (d.rng.chance(0.35)) return isFloat(x.tensor.dtype) ? d.number() : d.rng.int(0, 3);
  const kept = d.rng.chance(0.3) ? shape.slice(1) : shape;
  const { dtype } = x.tensor;
  return d.of(kept, d.rng.chance(0.85) ? { dtype } : { dtype: d.dtype() });
}

const indexRow = (op: string, draw: Row['draw'], more: Partial<Row> = {}): Row => ({
  op,
  draw,
  ...more,
});

/** A source that the target's dtype takes, of this shape. */
const source = (d: Draw, x: Live, shape: readonly number[]): Live =>
  d.of(shape, { dtype: x.tensor.dtype });

function scattered(d: Draw, x: Live): [number, Live, Live] {
  const dim = d.dim(x, true);
  const { shape } = x.tensor;
  const at = dim < 0 ? dim + shape.length : dim;
  const sizes = shape.map((n, k) => (k === at ? d.rng.int(1, 3) : d.rng.int(1, n)));
  const index = d.index(sizes, shape[at]);
  return [dim, index, source(d, x, sizes)];
}

/** The same, where no place is named twice: which write is the last one is not promised. */
function scatteredOnce(d: Draw, x: Live): [number, Live, Live] {
  const { shape } = x.tensor;
  const dim = d.dim(x, true);
  const at = dim < 0 ? dim + shape.length : dim;
  const size = shape[at];
  const count = d.rng.int(1, size);
  const sizes = shape.map((n, k) => (k === at ? count : n));
  const order = d.rng.shuffled([...Array(size).keys()]);
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  let n = 0;
  const index = d.index(sizes, size, false, () => order[Math.floor(n++ / inner) % count]);
  return [dim, index, source(d, x, sizes)];
}

/** Whether a call, which may have been spoiled, names no place twice. */
function placesOnce({ args: [x, dim, index, from] }: Call): boolean {
  const live = (v: typeof x): Tensor | null => (v !== undefined && isLive(v) ? v.tensor : null);
  const [target, positions] = [live(x), live(index)];
  if (target === null || positions === null || live(from) === null) return true;
  const { shape } = positions;
  if (typeof dim !== 'number' || !Number.isInteger(dim)) return true;
  const at = dim < 0 ? dim + shape.length : dim;
  const size = target.shape[at];
  if (size === undefined || shape.length !== target.shape.length) return true;
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const length = shape[at];
  const seen = new Set<number>();
  const values = Array.from(positions.contiguous().data() as ArrayLike<number | bigint>, Number);
  for (const [n, v] of values.entries()) {
    const line = Math.floor(n / (inner * length)) * inner + (n % inner);
    const place = line * size + (((v % size) + size) % size);
    if (seen.has(place)) return false;
    seen.add(place);
  }
  return true;
}

const placed = (name: string) => (c: { args: readonly string[]; rest(from: number): string }) => {
  const [x, dim, index] = c.args;
  const rest = c.rest(3);
  return `${x}.${name}(${dim}, place(${index})${rest === '' ? '' : `, ${rest}`})`;
};

const table: Row[] = [
  {
    ...indexRow('at', (d) => {
      const x = thick(d);
      return call(x, ...advancedIndex(d, x));
    }),
    weight: 3,
    python,
  },
  {
    op: 'at',
    python,
    draw: (d) => {
      const x = thick(d);
      const n = d.rng.int(1, x.tensor.ndim);
      return call(x, d.mask(x.tensor.shape.slice(0, n)));
    },
  },
  {
    op: 'set',
    silent: true,
    writes: true,
    weight: 4,
    python: (c) => {
      const [, items] = c.values;
      const list = Array.isArray(items) ? (items as readonly Value[]) : [items];
      return `${c.args[0]}[${subscript(list, splitTop(c.args[1], Array.isArray(items)))}] = ${c.args[2]}`;
    },
    draw: (d) => {
      const x = thickTarget(d);
      if (d.rng.chance(0.2))
        return {
          args: [x, [d.mask(x.tensor.shape).ref], isFloat(x.tensor.dtype) ? d.number() : 1],
        };
      const items = d.rng.chance(0.65) ? basicIndex(d, x) : distinctIndex(d, x);
      const plain = items.map((v) => (isLiveValue(v) ? v.ref : v));
      return { args: [x, plain, assigned(d, x, shapeAt(x, items))] };
    },
  },
  {
    op: 'gather',
    python: placed('gather'),
    weight: 2,
    exact: true,
    draw: (d) => {
      const x = thick(d);
      const [dim, index] = scattered(d, x);
      return call(x, dim, index);
    },
  },
  {
    op: 'scatter',
    python: placed('scatter'),
    exact: true,
    promised: placesOnce,
    draw: (d) => {
      const x = thick(d);
      const [dim, index, from] = scatteredOnce(d, x);
      return call(x, dim, index, d.rng.chance(0.3) ? 1 : from);
    },
  },
  {
    op: 'scatter_',
    python: placed('scatter_'),
    exact: true,
    promised: placesOnce,
    writes: true,
    draw: (d) => {
      const x = thickTarget(d);
      const [dim, index, from] = scatteredOnce(d, x);
      return call(x, dim, index, d.rng.chance(0.3) ? 1 : from);
    },
  },
  {
    op: 'scatterAdd',
    python: placed('scatter_add'),
    exact: true,
    draw: (d) => {
      const x = thick(d);
      return call(x, ...scattered(d, x));
    },
  },
  {
    op: 'scatterAdd_',
    python: placed('scatter_add_'),
    exact: true,
    writes: true,
    draw: (d) => {
      const x = thickTarget(d);
      if (d.rng.chance(0.1)) return call(x, 0, d.index(x.tensor.shape, x.tensor.shape[0]), x);
      return call(x, ...scattered(d, x));
    },
  },
  {
    op: 'scatterReduce',
    finite: true,
    python: placed('scatter_reduce'),
    draw: (d) => {
      const x = thick(d);
      const [dim, index, from] = scattered(d, x);
      return {
        args: [x, dim, index, from, d.rng.of(['sum', 'prod', 'mean', 'amax', 'amin'])],
        options: d.options({ includeSelf: () => false }),
      };
    },
  },
  {
    op: 'indexSelect',
    python: placed('index_select'),
    exact: true,
    draw: (d) => {
      const x = thick(d);
      const dim = d.dim(x);
      return call(x, dim, d.index([d.rng.int(1, 4)], d.sizeAt(x, dim)));
    },
  },
  ...['indexAdd', 'indexAdd_'].map(
    (op): Row =>
      ({
        op,
        python: placed(op === 'indexAdd' ? 'index_add' : 'index_add_'),
        exact: true,
        writes: op.endsWith('_') ? true : undefined,
        draw: (d) => {
          const x = op.endsWith('_') ? thickTarget(d) : thick(d);
          const dim = d.dim(x, true);
          const at = dim < 0 ? dim + x.tensor.ndim : dim;
          const size = d.sizeAt(x, dim);
          if (d.rng.chance(0.1)) return call(x, dim, d.index([size], size), x);
          const n = d.rng.int(1, 3);
          const sizes = x.tensor.shape.map((m, k) => (k === at ? n : m));
          return {
            args: [x, dim, d.index([n], size), source(d, x, sizes)],
            options: d.options({ alpha: () => 2 }, 0.2),
          };
        },
      }) as Row,
  ),
  {
    op: 'take',
    exact: true,
    python: (c) => `${c.args[0]}.take(i64(${c.args[1]}))`,
    draw: (d) => {
      const x = thick(d);
      return call(
        x,
        d.index(
          d.shape(0, 2).map((n) => Math.max(1, n)),
          x.tensor.count,
          true,
        ),
      );
    },
  },
  {
    op: 'takeAlongDim',
    exact: true,
    weight: 0.5,
    python: (c) => `${c.args[0]}.take_along_dim(i64(${c.args[1]}), ${c.args[2]})`,
    draw: (d) => {
      const x = thick(d);
      const dim = d.dim(x, true);
      const at = dim < 0 ? dim + x.tensor.ndim : dim;
      const sizes = x.tensor.shape.map((n, k) => (k === at ? d.rng.int(1, 3) : n));
      return call(x, d.index(sizes, x.tensor.shape[at]), dim);
    },
  },
  {
    op: 'maskedSelect',
    exact: true,
    draw: (d) => {
      const x = d.pick();
      return call(x, d.mask(x.tensor.shape));
    },
  },
  {
    op: 'nonzero',
    int32: 'always',
    steps: true,
    exact: true,
    draw: (d) => call(d.pick()),
  },
  {
    op: 'oneHot',
    form: 'core',
    int32: 'always',
    exact: true,
    python: (c) => `F.one_hot(i64(${c.args[0]}), ${c.args[1]})`,
    draw: (d) =>
      call(
        d.index(
          d.shape(0, 2).map((n) => Math.max(1, n)),
          4,
        ),
        d.rng.int(4, 5),
      ),
  },
  {
    op: 'embedding',
    form: 'core',
    exact: true,
    python: (c) => `F.embedding(place(${c.args[0]}), ${c.rest(1)})`,
    draw: (d) => {
      const w = d.float((x) => x.ndim === 2 && x.count > 0);
      return {
        args: [d.index([d.rng.int(1, 3), 2], w.tensor.shape[0]), w],
        options: d.options({ paddingIdx: () => 0 }, 0.3),
      };
    },
  },
  {
    op: 'bincount',
    int32: 'always',
    exact: true,

    weight: 0.4,
    draw: (d) => call(d.index([d.rng.int(1, 6)], 4)),
  },
  {
    op: 'unique',
    int32: 'integers',
    constant: true,
    exact: true,
    steps: true,

    weight: 0.4,
    draw: (d) => call(d.pick((x) => x.dtype !== 'float16' && x.dtype !== 'bfloat16')),
  },
];

/** Lists in Python that are not split at the top: `[':', 0, v3]` is written item by item. */
function splitTop(text: string, list: boolean): string[] {
  if (!list) return [text];
  const items: string[] = [];
  let depth = 0;
  let from = 1;
  for (let i = 1; i < text.length - 1; i++) {
    const c = text[i];
    if (c === '[' || c === '(') depth++;
    else if (c === ']' || c === ')') depth--;
    else if (c === ',' && depth === 0) {
      items.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  items.push(text.slice(from, -1).trim());
  return items;
}

const isLiveValue = (v: Value | Live): v is Live =>
  typeof v === 'object' && v !== null && 'tensor' in v;

/** One index tensor that names no place twice, at a random dimension. */
function distinctIndex(d: Draw, x: Live): (Value | Live)[] {
  const { shape } = x.tensor;
  const at = d.rng.int(0, shape.length - 1);
  const size = shape[at];
  const items: (Value | Live)[] = Array.from({ length: at }, () => ':');
  items.push(d.distinct(d.rng.int(1, size), size));
  return items;
}

/** The shape that an index gives, by looking. */
function shapeAt(x: Live, items: readonly (Value | Live)[]): readonly number[] {
  const plain = items.map((v) => (isLiveValue(v) ? v.tensor : v)) as (
    | number
    | string
    | null
    | Tensor
  )[];
  return x.tensor.detach().at(...plain).shape;
}

export const indexing = rows({}, table);
