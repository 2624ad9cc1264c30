// Single operators: products, elementwise functions, reductions, and moving elements about.
import {
  amax,
  argmax,
  bmm,
  cat,
  fromTypedArray,
  gelu,
  layerNorm,
  matmul,
  scope,
  sigmoid,
  softmax,
  sum,
  type Tensor,
  tensor,
} from '@dl/core';
import type { Row } from '../row.js';

/** Sines that a peer can make again: `sin(i · 0.37 + seed)`, in double precision, rounded once. */
export function sines(shape: readonly number[], seed: number, device: string): Tensor {
  const n = shape.reduce((total, s) => total * s, 1);
  const values = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37 + seed));
  return fromTypedArray(values).view(shape).to(device);
}

/** A row that runs one function on the same tensors; three of the result's elements are compared. */
function row(
  suite: string,
  name: string,
  what: string,
  make: (device: string) => () => Tensor,
  cost: Pick<Row, 'flops' | 'bytes' | 'together'> = {},
): Row {
  return {
    suite,
    name,
    what,
    ...cost,
    make(device) {
      const run = make(device);
      // There a scope changes nothing.
      const onCpu = device === 'cpu';
      let last: Tensor | null = null;
      return {
        step() {
          // What the peers do too, by counting references or by their own dispose().
          last?.dispose();
          last = onCpu ? run() : scope(run);
        },
        async result() {
          const values = (await (last as Tensor).cpu()).contiguous().data();
          return [0, values.length >> 1, values.length - 1].map((i) => Number(values[i]));
        },
      };
    },
  };
}

function product(m: number, n: number, k: number, turned: string): Row {
  const make = (device: string): (() => Tensor) => {
    const a = turned[0] === 't' ? sines([k, m], 0, device).t() : sines([m, k], 0, device);
    const b = turned[1] === 't' ? sines([n, k], 1, device).t() : sines([k, n], 1, device);
    return () => matmul(a, b);
  };
  // A product with one row is bound by reading the matrix.
  const cost = m === 1 ? { bytes: 4 * n * k } : { flops: 2 * m * n * k };
  return row('matmul', `matmul ${m}x${n}x${k} ${turned}`, 'one matrix product', make, cost);
}

const products: readonly Row[] = [
  ...[64, 256, 512, 1024, 2048, 1009].map((n) => product(n, n, n, 'nn')),
  ...['nt', 'tn', 'tt'].map((turned) => product(512, 512, 512, turned)),
  product(127, 513, 300, 'nn'),
  product(1, 4096, 4096, 'nn'),
  row(
    'matmul',
    'bmm 64x(128x64x128)',
    '64 products of 128 × 64 by 64 × 128',
    (device) => {
      const a = sines([64, 128, 64], 0, device);
      const b = sines([64, 64, 128], 1, device);
      return () => bmm(a, b);
    },
    { flops: 2 * 64 * 128 * 64 * 128 },
  ),
];

const functions: { readonly [name: string]: (x: Tensor, y: Tensor) => Tensor } = {
  add: (x, y) => x.add(y),
  mul: (x, y) => x.mul(y),
  exp: (x) => x.exp(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => sigmoid(x),
  gelu: (x) => gelu(x),
};

const elementwise: readonly Row[] = [1_000_000, 1000].flatMap((n) =>
  Object.entries(functions).map(([name, run]) =>
    row(
      'elementwise',
      `${name} ${n}`,
      `${name} over ${n} elements`,
      (device) => {
        const [x, y] = [sines([n], 0, device), sines([n], 1, device)];
        return () => run(x, y);
      },
      n > 1000 ? { bytes: 4 * n * (run.length + 1) } : { together: 32 },
    ),
  ),
);

const reductions: { readonly [name: string]: (x: Tensor, dim: number) => Tensor } = {
  sum: (x, dim) => sum(x, dim),
  amax: (x, dim) => amax(x, dim),
  argmax: (x, dim) => argmax(x, dim),
  softmax: (x, dim) => softmax(x, dim),
};

const reduction: readonly Row[] = [
  ...Object.entries(reductions).flatMap(([name, run]) =>
    [0, 1].map((dim) =>
      row(
        'reduction',
        `${name} 1000x1000 dim ${dim}`,
        `${name} over one axis`,
        (device) => {
          const x = sines([1000, 1000], 0, device);
          return () => run(x, dim);
        },
        { bytes: name === 'softmax' ? 8e6 : 4e6 },
      ),
    ),
  ),
  row('reduction', 'layer norm 1000x1000', 'layer norm over the last axis', (device) => {
    const x = sines([1000, 1000], 0, device);
    return () => layerNorm(x, [1000]);
  }),
];

const moving: readonly Row[] = [
  row('moving', 'transpose-copy 1000x1000', 'a transposed matrix made contiguous', (device) => {
    const x = sines([1000, 1000], 0, device);
    return () => x.t().contiguous();
  }),
  row('moving', 'cat 2x500000', 'two vectors joined', (device) => {
    const [x, y] = [sines([500_000], 0, device), sines([500_000], 1, device)];
    return () => cat([x, y]);
  }),
  row('moving', 'gather 1000000', 'a million elements picked by a permutation', (device) => {
    const n = 1_000_000;
    const x = sines([n], 0, device);
    const index = tensor(
      Array.from({ length: n }, (_, i) => (i * 7919) % n),
      { dtype: 'int32', device },
    );
    return () => x.indexSelect(0, index);
  }),
  row('moving', 'sort 1000000', 'a million floats sorted', (device) => {
    const x = sines([1_000_000], 0, device);
    return () => x.sort().values;
  }),
];

/** The rows of the suites `matmul`, `elementwise`, `reduction` and `moving`. */
export const kernels: readonly Row[] = [...products, ...elementwise, ...reduction, ...moving];
