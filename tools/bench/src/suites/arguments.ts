// What the check of arguments costs: functions as users call them, beside what stands behind the check.
import { add, matmul, relu, softmax, sum, type Tensor, tensor, transpose, view } from '@dl/core';
import { runSteps } from '../../peers/steps.mjs';
import type { Peer, Row } from '../row.js';

/** A function behind the check, on arguments in their places. */
type Bare = (...args: readonly unknown[]) => Tensor;

/** What a public function calls once its arguments are in their places. */
const behind = (f: object): Bare => (f as { readonly bare: Bare }).bare;
/** What an elementwise operator runs on its operands. */
const operatorOf =
  (f: { readonly operator: { apply(args: readonly Tensor[]): Tensor } }): Bare =>
  (...operands) =>
    f.operator.apply(operands as readonly Tensor[]);

interface Call {
  readonly name: string;
  /** The call of a user. */
  readonly checked: (x: Tensor) => Tensor;
  readonly bare: (x: Tensor) => Tensor;
}

const bare = {
  add: operatorOf(add),
  matmul: behind(matmul),
  relu: operatorOf(relu),
  softmax: behind(softmax),
  sum: behind(sum),
  transpose: behind(transpose),
  view: behind(view),
};

const calls: readonly Call[] = [
  { name: 'relu of 2×2', checked: (x) => x.relu(), bare: (x) => bare.relu(x) },
  { name: 'add of 2×2', checked: (x) => x.add(x), bare: (x) => bare.add(x, x) },
  { name: 'view of 2×2', checked: (x) => x.view([4]), bare: (x) => bare.view(x, [4]) },
  {
    name: 'transpose of 2×2',
    checked: (x) => x.transpose(0, 1),
    bare: (x) => bare.transpose(x, 0, 1),
  },
  { name: 'sum of 2×2', checked: (x) => x.sum(), bare: (x) => bare.sum(x) },
  { name: 'sum of 2×2 over dimension 0', checked: (x) => x.sum(0), bare: (x) => bare.sum(x, 0) },
  { name: 'matmul of 2×2', checked: (x) => x.matmul(x), bare: (x) => bare.matmul(x, x) },
  { name: 'softmax of 2×2', checked: (x) => x.softmax(1), bare: (x) => bare.softmax(x, 1) },
];

const work = (call: (x: Tensor) => Tensor) => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  let last = x;
  return {
    step() {
      last = call(x);
    },
    result: () => Array.from(last.contiguous().data(), Number),
  };
};

const named = (name: string): string => `call ${name}`;

/** The rows of the suite `arguments`. */
export const argumentRows: readonly Row[] = calls.map(({ name, checked }) => ({
  suite: 'arguments',
  name: named(name),
  what: 'one call as a user writes it',
  make: () => work(checked),
}));

/** The same calls without the check, in this process: the peer of the suite. */
export function unchecked(): Peer {
  const rows = new Map(calls.map((c) => [named(c.name), work(c.bare)]));
  return {
    name: 'without the check',
    absent: null,
    async time(row, steps) {
      const found = rows.get(row.name);
      if (found === undefined) return null;
      const start = process.hrtime.bigint();
      await runSteps(found, steps);
      return Number(process.hrtime.bigint() - start) / 1e9;
    },
    async result(row, steps) {
      const found = rows.get(row.name);
      if (found === undefined) return null;
      for (let i = 0; i < steps; i++) found.step();
      return found.result();
    },
    end: async () => {},
    close: () => {},
  };
}
