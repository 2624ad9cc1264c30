// Products over named or numbered axes: einsum, tensordot, Kronecker products, sums with a matrix.
import { callable, variadic } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import type { Backward } from '../autograd/node.js';
import { promoteTypes } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { refuseFraction } from '../integers.js';
import { broadcastShapes, distinctDims, type Shape, sameShape, show } from '../shape.js';
import { checkTensor, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { zerosLike } from './create.js';
import { add, mul } from './elementwise/arithmetic.js';
import { batchesOf, contract, productOf, sameType } from './product.js';
import { diagonal } from './rearrange.js';
import { alsoSaving, lasting, record } from './record.js';
import { sum } from './reduce.js';
import { owned } from './run.js';
import { permute, reshape, select } from './views.js';
import { inFloat32 } from './wide.js';

interface Operand {
  readonly x: Tensor;
  /** Names of the dimensions; batch dimensions of `...` are numbers from the right. */
  readonly names: readonly string[];
}

function einsumOf(equation: string, ...operands: (Tensor | readonly Tensor[])[]): Tensor {
  const tensors = operands.flat() as Tensor[];
  for (const x of tensors) checkTensor('einsum', x);
  const [left = '', right, extra] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if ([...terms, right ?? ''].some((term) => !/^[a-zA-Z]*(?:\.\.\.[a-zA-Z]*)?$/.test(term))) {
    throw new ValueError(
      `einsum: '${equation}' may have letters alone and one '...' in each term; write it as 'ij,jk->ik'`,
    );
  }
  if (extra !== undefined || terms.length !== tensors.length) {
    throw new ValueError(
      `einsum: '${equation}' has ${terms.length} terms for ${tensors.length} tensors; write it as 'ij,jk->ik'`,
    );
  }
  const sizes = new Map<string, number>();
  let list: Operand[] = terms.map((term, i) => parseTerm(equation, term, tensors[i]));
  for (const { x, names } of list) {
    names.forEach((name, d) => {
      const n = x.shape[d];
      const known = sizes.get(name) ?? 1;
      if (known !== 1 && n !== 1 && known !== n) {
        throw new ShapeError(
          `einsum: '${equation}': dimension '${name}' has sizes ${known} and ${n}`,
        );
      }
      sizes.set(name, known === 0 || n === 0 ? 0 : Math.max(known, n));
    });
  }
  const out = outputNames(equation, right, list);
  for (const name of out) {
    if (!sizes.has(name))
      throw new ValueError(`einsum: '${equation}': the result names '${name}', no tensor does`);
  }
  list = list.map((o) => withoutRepeats(o));
  let acc = list[0];
  for (let i = 1; i < list.length; i++) {
    const later = new Set([...out, ...list.slice(i + 1).flatMap((o) => o.names)]);
    acc = multiply(acc, list[i], later, sizes);
  }
  // Names that only one tensor has and the result lacks are summed.
  const gone = acc.names.flatMap((n, d) => (out.includes(n) ? [] : [d]));
  const summed = gone.length > 0 ? sum(acc.x, gone) : acc.x;
  const kept = acc.names.filter((n) => out.includes(n));
  const result = permute(
    summed,
    out.map((n) => kept.indexOf(n)),
  );
  return list.length > 1 || gone.length > 0 ? owned(result) : result;
}

/**
 * Sums of products over named dimensions (PyTorch: `torch.einsum`), as in `'ij,jk->ik'`. Without an
 * arrow the result has the names that occur once, in alphabetical order; `...` stands for batches.
 *
 * @throws ValueError for a malformed equation; ShapeError if sizes do not fit.
 * @example einsum('ij,jk->ik', a, b) // matmul(a, b)
 */
export const einsum = /*#__PURE__*/ variadic(
  'einsum',
  einsumOf,
  [/*#__PURE__*/ need('equation', kinds.string)],
  /*#__PURE__*/ need('operand', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
);

function parseTerm(equation: string, term: string, x: Tensor): Operand {
  const names: string[] = [];
  const letters = term.replace('...', '').length;
  if (!term.includes('...') && letters !== x.ndim) {
    throw new ShapeError(
      `einsum: '${equation}': term '${term}' names ${letters} dimensions, its tensor has shape ${show(x.shape)}`,
    );
  }
  if (letters > x.ndim) {
    throw new ShapeError(
      `einsum: '${equation}': term '${term}' names more dimensions than ${show(x.shape)} has`,
    );
  }
  for (let i = 0; i < term.length; i++) {
    if (term[i] !== '.') {
      names.push(term[i]);
      continue;
    }
    const batch = x.ndim - letters;
    for (let k = batch; k > 0; k--) names.push(`.${k}`);
    i += 2;
  }
  return { x, names };
}

function outputNames(
  equation: string,
  right: string | undefined,
  list: readonly Operand[],
): string[] {
  const all = list.flatMap((o) => o.names);
  const batch = [...new Set(all.filter((n) => n[0] === '.'))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
  if (right === undefined) {
    const once = [...new Set(all)].filter(
      (n) => n[0] !== '.' && all.filter((m) => m === n).length === 1,
    );
    return [...batch, ...once.sort()];
  }
  const names: string[] = [];
  for (let i = 0; i < right.length; i++) {
    if (right[i] === '.') {
      names.push(...batch);
      i += 2;
    } else names.push(right[i]);
  }
  if (new Set(names).size !== names.length) {
    throw new ValueError(`einsum: '${equation}': a name stands twice in the result`);
  }
  return names;
}

/** Takes the diagonal of dimensions that have one name. */
function withoutRepeats({ x, names }: Operand): Operand {
  for (let i = 0; i < names.length; i++) {
    const j = names.indexOf(names[i], i + 1);
    if (j < 0) continue;
    if (x.shape[i] !== x.shape[j]) {
      throw new ShapeError(
        `einsum: dimension '${names[i]}' of one tensor has sizes ${x.shape[i]} and ${x.shape[j]}`,
      );
    }
    const rest = names.filter((_, d) => d !== i && d !== j);
    return withoutRepeats({ x: diagonal(x, 0, i, j), names: [...rest, names[i]] });
  }
  return { x, names };
}

/** Multiplies two operands, summing what both have and nobody needs later. */
function multiply(
  a: Operand,
  b: Operand,
  later: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Operand {
  // A size of 1 beside a larger one needs no axis.
  const repeats = ({ x, names }: Operand, name: string): boolean =>
    x.shape[names.indexOf(name)] === 1 && sizes.get(name) !== 1;
  const [one, two] = [a, b].map((o) => {
    let { x } = o;
    const names: string[] = [];
    const other = o === a ? b : a;
    for (const name of o.names) {
      const at = names.length;
      const shared = other.names.includes(name);
      // What stands alone, if only since the other one repeats, and is not needed, is summed at once.
      const alone = !shared || (repeats(other, name) && !repeats(o, name));
      if (alone && !later.has(name)) x = sum(x, at);
      else if (shared && repeats(o, name)) x = select(x, at, 0);
      else names.push(name);
    }
    return { x, names };
  }) as unknown as readonly [Operand, Operand];
  const all = [...new Set([...one.names, ...two.names])];
  const out = all.filter((n) => later.has(n));
  const label = (n: string): number => all.indexOf(n);
  // Sums of narrow integers are wider than what they are multiplied by.
  const type = a.x.dtype === b.x.dtype ? promoteTypes(one.x.dtype, two.x.dtype) : null;
  const [p, q] = [one.x, two.x].map((o) => (type === null ? o : cast(o, type))) as [Tensor, Tensor];
  const x = contract('einsum', p, q, {
    a: one.names.map(label),
    b: two.names.map(label),
    out: out.map(label),
  });
  return { x, names: out };
}

function tensordotOf(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  checkTensor('tensordot', a);
  checkTensor('tensordot', b);
  const range = (n: number, from: number): number[] =>
    Array.from({ length: n }, (_, i) => from + i);
  if (typeof dims === 'number' && (dims < 0 || dims > Math.min(a.ndim, b.ndim))) {
    throw new ValueError(
      `tensordot: dims must be from 0 to ${Math.min(a.ndim, b.ndim)} for shapes ${show(a.shape)} and ${show(b.shape)}, got ${dims}`,
    );
  }
  const [left, right] =
    typeof dims === 'number' ? [range(dims, a.ndim - dims), range(dims, 0)] : [dims[0], dims[1]];
  const da = distinctDims('tensordot', left, a.ndim);
  const db = distinctDims('tensordot', right, b.ndim);
  // A size of 1 stands beside any other, as if the other had been summed.
  const ones = (x: Tensor, mine: Shape, other: Tensor, theirs: Shape): number[] =>
    mine.filter((d, i) => x.shape[d] !== 1 && other.shape[theirs[i]] === 1);
  const [sumA, sumB] = [ones(a, da, b, db), ones(b, db, a, da)];
  if (sumA.length > 0 || sumB.length > 0) {
    const summed = (x: Tensor, d: readonly number[]): Tensor =>
      d.length === 0 ? x : sum(x, d, { keepdim: true });
    return tensordotOf(summed(a, sumA), summed(b, sumB), [da, db]);
  }
  if (da.length !== db.length || da.some((d, i) => a.shape[d] !== b.shape[db[i]])) {
    throw new ShapeError(
      `tensordot: dimensions ${show(da)} of ${show(a.shape)} and ${show(db)} of ${show(b.shape)} must have equal sizes`,
    );
  }
  const labelsA = range(a.ndim, 0);
  const labelsB = b.shape.map((_, d) => {
    const i = db.indexOf(d);
    return i < 0 ? a.ndim + d : da[i];
  });
  const out = [...labelsA.filter((d) => !da.includes(d)), ...labelsB.filter((n) => n >= a.ndim)];
  return contract('tensordot', a, b, { a: labelsA, b: labelsB, out });
}

/**
 * The product summed over some dimensions of each tensor (PyTorch: `torch.tensordot`): over the last
 * `dims` of the first and the first `dims` of the second, or over two lists.
 *
 * @throws ShapeError if summed sizes differ; IndexError for a dimension given twice.
 * @example tensordot(zeros([2, 3, 4]), zeros([3, 4, 5]), 2).shape // [2, 5]
 */
export const tensordot = /*#__PURE__*/ callable(
  'tensordot',
  tensordotOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('other', kinds.tensor),
    /*#__PURE__*/ may('dims', /*#__PURE__*/ kinds.either(kinds.integer, kinds.pairOfLists)),
  ],
  {},
);

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

/** Adds a tensor that broadcasts to the product of two others; half types are rounded once. */
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

/** A factor of 0 drops the tensor, even where it is NaN; it stays in the graph, with a gradient of zeros. */
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
