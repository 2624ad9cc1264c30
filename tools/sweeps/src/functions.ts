// The functions that are swept: every elementwise export of floats, and the forms that take options or numbers.

import type { Elementwise, Tensor } from '@dl/core';
import * as dl from '@dl/core';
import { elementwiseExports, torchOf } from 'dl-conformance/elementwise';

/** A function of one to three operands of floating-point numbers. */
export interface Swept {
  readonly name: string;
  readonly arity: number;
  /** PyTorch's expression of the operands `a`, `b`, `c`. */
  readonly torch: string;
  /** Where it is one operator: its definition, in which constants and branches are looked for. */
  readonly operator: Elementwise | null;
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /** Whether results depend on the dtype itself, such as its largest number. */
  readonly ownResults?: boolean;
}

type One = (x: Tensor) => Tensor;
const one = (name: string, torch: string, f: One): Swept => ({
  name,
  arity: 1,
  torch,
  operator: null,
  run: ([x]) => f(x),
});

// What is not an operator of its own under an exported name, or is another program when a number is given.
const forms: readonly Swept[] = [
  one('gelu tanh', "F.gelu(a, approximate='tanh')", (x) => dl.gelu(x, { approximate: 'tanh' })),
  one('softplus', 'F.softplus(a)', (x) => dl.softplus(x)),
  one('softplus beta 2', 'F.softplus(a, 2)', (x) => dl.softplus(x, 2)),
  one('elu 1', 'F.elu(a)', (x) => dl.elu(x)),
  one('leakyRelu 0.01', 'F.leaky_relu(a)', (x) => dl.leakyRelu(x)),
  { ...one('nanToNum', 'torch.nan_to_num(a)', (x) => dl.nanToNum(x)), ownResults: true },
  one('clamp -1 1', 'torch.clamp(a, -1, 1)', (x) => dl.clamp(x, -1, 1)),
  one('pow 2', 'torch.pow(a, 2)', (x) => dl.pow(x, 2)),
  one('pow 3', 'torch.pow(a, 3)', (x) => dl.pow(x, 3)),
  one('pow -1', 'torch.pow(a, -1)', (x) => dl.pow(x, -1)),
  one('pow 0.5', 'torch.pow(a, 0.5)', (x) => dl.pow(x, 0.5)),
  {
    name: 'clamp',
    arity: 3,
    torch: 'torch.clamp(a, b, c)',
    operator: null,
    run: ([x, low, high]) => dl.clamp(x, low, high),
  },
  {
    name: 'div trunc',
    arity: 2,
    torch: "torch.div(a, b, rounding_mode='trunc')",
    operator: null,
    run: ([a, b]) => dl.div(a, b, { roundingMode: 'trunc' }),
  },
];

/** All of them: an export that is added is swept without being named here. */
export const swept: readonly Swept[] = [
  ...elementwiseExports()
    .filter(({ operator }) => operator.spec.samples?.floats ?? true)
    .map(({ name, operator, run }) => ({
      name,
      arity: operator.arity,
      torch: torchOf(name, operator),
      operator,
      run,
    })),
  ...forms,
].sort((a, b) => (a.name < b.name ? -1 : 1));
