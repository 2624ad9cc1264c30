// What is timed: products, elementwise work, reductions, whole training steps.
import {
  fromTypedArray,
  gelu,
  layerNorm,
  matmul,
  scope,
  softmax,
  type Tensor,
  tensor,
} from '@dl/core';
import { crossEntropy } from '@dl/losses';
import type { Module } from '@dl/nn';
import { SGD } from '@dl/optim';
import { digitsNet, fillWithSines, leNet } from 'dl-bench/nets';
import type { Row } from './bench.js';

/** Sines that the peer can make again, in double precision, rounded once. */
export function sines(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((total, s) => total * s, 1);
  const values = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37 + seed));
  return fromTypedArray(values).view(shape);
}

function row(
  name: string,
  inputs: () => Tensor[],
  run: (...xs: Tensor[]) => Tensor,
  cost: Partial<Row> = {},
): Row {
  return {
    name,
    ...cost,
    make() {
      const xs = inputs().map((x) => x.to('cuda'));
      let last = run(...xs);
      return {
        step() {
          last.dispose();
          last = scope(() => run(...xs));
        },
        result: () => last,
        end: () => {
          for (const x of [...xs, last]) x.dispose();
        },
      };
    },
  };
}

function training(
  name: string,
  shape: readonly number[],
  build: () => Module & { forward(x: Tensor): Tensor },
): Row {
  return {
    name,
    tolerance: 1e-3,
    make() {
      const x = sines(shape, 0).to('cuda');
      const classes = Array.from({ length: shape[0] }, (_, i) => (i * 7) % 10);
      const y = tensor(classes, { dtype: 'int32' }).to('cuda');
      const net = build();
      fillWithSines(net.parameters(), 0.05);
      net.to('cuda');
      const optimizer = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
      let last: Tensor | null = null;
      return {
        step() {
          last?.dispose();
          last = scope(() => {
            optimizer.zeroGrad();
            const loss = crossEntropy(net.forward(x), y);
            loss.backward();
            optimizer.step();
            return loss.detach();
          });
        },
        result: () => last as Tensor,
        end: () => {
          last?.dispose();
        },
      };
    },
  };
}

/** Elementwise work, reductions and copies of `many` elements, or of as many rows as `wide` says. */
function passes(many: number, wide: readonly [number, number]): Row[] {
  const elements = wide[0] * wide[1];
  const one = (): Tensor[] => [sines([many], 0)];
  const matrix = (): Tensor[] => [sines(wide, 0)];
  return [
    row(
      'add',
      () => [sines([many], 0), sines([many], 1)],
      (a, b) => a.add(b),
      { bytes: 12 * many },
    ),
    row('gelu', one, (a) => gelu(a), { bytes: 8 * many }),
    row('sum', one, (a) => a.sum(), { bytes: 4 * many, tolerance: 1e-2 }),
    row('sum of columns', matrix, (a) => a.sum(0), { bytes: 4 * elements, tolerance: 1e-3 }),
    row('softmax of rows', matrix, (a) => softmax(a, 1), { bytes: 8 * elements }),
    row('layerNorm of rows', matrix, (a) => layerNorm(a, [wide[1]]), { bytes: 8 * elements }),
    row('transposed copy', matrix, (a) => a.t().contiguous(), { bytes: 8 * elements }),
  ];
}

/** A product of square matrices. */
const product = (name: string, n: number): Row =>
  row(name, () => [sines([n, n], 0), sines([n, n], 1)], matmul, {
    flops: 2 * n ** 3,
    tolerance: 1e-2,
  });

/** The rows; `quick` ones are small, for an emulated device. */
export function rows(quick: boolean): Row[] {
  const batch = quick ? 4 : 64;
  return [
    product('matmul, large', quick ? 64 : 4096),
    product('matmul, middle', quick ? 48 : 1024),
    ...passes(quick ? 4096 : 2 ** 25, quick ? [8, 32] : [8192, 1024]),
    training('digits step', [batch, 784], digitsNet),
    training('LeNet step', [batch, 1, 28, 28], leNet),
  ];
}
