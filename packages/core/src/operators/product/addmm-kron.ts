// Products with an added tensor, and Kronecker products.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { need } from '../../arguments/signature.js';
import type { Backward } from '../../autograd/node.js';
import { ShapeError } from '../../errors.js';
import { refuseFraction } from '../../integers.js';
import { broadcastShapes, sameShape, show } from '../../shape.js';
import { checkTensor, type Tensor } from '../../tensor.js';
import { zerosLike } from '../create/zeros-ones-full.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { inFloat32 } from '../machinery/half-types.js';
import { owned } from '../machinery/map-reduce.js';
import { alsoSaving, lasting, record } from '../machinery/record.js';
import { reshape } from '../view/views.js';
import { batchesOf, productOf, sameType } from './matmul.js';

function kronOf(a: Tensor, b: Tensor): Tensor {
  checkTensor('kron', a);
  checkTensor('kron', b);
  const rank = Math.max(a.ndim, b.ndim);
  const sizes = (x: Tensor): number[] => [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const [sa, sb] = [sizes(a), sizes(b)];
  const product = mul(
    reshape(
      a,
      sa.flatMap((n) => [n, 1]),
    ),
    reshape(
      b,
      sb.flatMap((n) => [1, n]),
    ),
  );
  return owned(
    reshape(
      product,
      sa.map((n, d) => n * sb[d]),
    ),
  );
}

/**
 * The Kronecker product (PyTorch: `torch.kron`).
 *
 * @example kron(tensor([1, 2]), tensor([1, 1])) // tensor([1., 1., 2., 2.])
 */
export const kron = /*#__PURE__*/ callable(
  'kron',
  kronOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('other', kinds.tensor)],
  {},
);

/** Options of sums with a product. */
export interface AddOptions {
  /** Factor of the first tensor. Default: 1. */
  beta?: number;
  /** Factor of the product. Default: 1. */
  alpha?: number;
}

const droppedBack: Backward = (_node, [g]) => [zerosLike(g as Tensor)];

/** Adds a tensor to the product of two others, to whose shape it must broadcast; half types are rounded once. */
function addProduct(
  operator: string,
  operands: readonly [Tensor, Tensor, Tensor],
  multiply: (a: Tensor, b: Tensor) => Tensor,
  { beta = 1, alpha = 1 }: AddOptions,
): Tensor {
  const [{ dtype }] = operands;
  refuseFraction(operator, 'beta', beta, dtype);
  refuseFraction(operator, 'alpha', alpha, dtype);
  const [, left, right] = operands;
  const out = inFloat32(operands, (x, a, b) => {
    const product = multiply(a, b);
    if (!sameShape(broadcastShapes(operator, [product.shape, x.shape]), product.shape)) {
      throw new ShapeError(
        `${operator}: x of shape ${show(x.shape)} does not broadcast to the product's shape ${show(product.shape)}`,
      );
    }
    return add(scaled(product, alpha), scaled(x, beta));
  });
  if (right.requiresGrad) alsoSaving(out, left);
  return left.requiresGrad ? alsoSaving(out, right) : out;
}

/** A factor of 0 drops the tensor, even its NaN; it stays in the graph, with a gradient of zeros. */
function scaled(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  return factor === 0 ? record('mul', zerosLike(x), [x], droppedBack) : lasting(mul(x, factor));
}

function addmmOf(x: Tensor, a: Tensor, b: Tensor, options: AddOptions = {}): Tensor {
  for (const t of [x, a, b]) checkTensor('addmm', t);
  sameType('addmm', x, a);
  if (a.ndim !== 2 || b.ndim !== 2) {
    throw new ShapeError(
      `addmm: expected two matrices, got shapes ${show(a.shape)} and ${show(b.shape)}`,
    );
  }
  return addProduct('addmm', [x, a, b], (p, q) => productOf('addmm', p, q), options);
}

/**
 * `beta · x + alpha · a·b` for matrices (PyTorch: `torch.addmm`).
 *
 * @example addmm(ones([2]), eye(2), eye(2)) // tensor([[2., 1.], [1., 2.]])
 */
export const addmm = /*#__PURE__*/ callable(
  'addmm',
  addmmOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('mat1', kinds.tensor),
    /*#__PURE__*/ need('mat2', kinds.tensor),
  ],
  { beta: kinds.number, alpha: kinds.number },
);

function addmvOf(x: Tensor, a: Tensor, b: Tensor, options: AddOptions = {}): Tensor {
  for (const t of [x, a, b]) checkTensor('addmv', t);
  sameType('addmv', x, a);
  if (a.ndim !== 2 || b.ndim !== 1) {
    throw new ShapeError(
      `addmv: expected a matrix and a vector, got shapes ${show(a.shape)} and ${show(b.shape)}`,
    );
  }
  return addProduct('addmv', [x, a, b], (p, q) => productOf('addmv', p, q), options);
}

/**
 * `beta · x + alpha · a·b` for a matrix and a vector (PyTorch: `torch.addmv`).
 *
 * @example addmv(ones([2]), eye(2), ones([2])) // tensor([2., 2.])
 */
export const addmv = /*#__PURE__*/ callable(
  'addmv',
  addmvOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('mat', kinds.tensor),
    /*#__PURE__*/ need('vec', kinds.tensor),
  ],
  { beta: kinds.number, alpha: kinds.number },
);

function baddbmmOf(x: Tensor, a: Tensor, b: Tensor, options: AddOptions = {}): Tensor {
  for (const t of [x, a, b]) checkTensor('baddbmm', t);
  sameType('baddbmm', x, a);
  return addProduct('baddbmm', [x, a, b], (p, q) => batchesOf('baddbmm', p, q), options);
}

/**
 * `beta · x + alpha · a·b` for batches of matrices (PyTorch: `torch.baddbmm`).
 *
 * @example baddbmm(zeros([1, 2, 2]), ones([1, 2, 3]), ones([1, 3, 2])).shape // [1, 2, 2]
 */
export const baddbmm = /*#__PURE__*/ callable(
  'baddbmm',
  baddbmmOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('batch1', kinds.tensor),
    /*#__PURE__*/ need('batch2', kinds.tensor),
  ],
  { beta: kinds.number, alpha: kinds.number },
);
