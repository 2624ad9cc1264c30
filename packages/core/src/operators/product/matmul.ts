// Products: one contraction over labeled dimensions, on which matmul and related operators are based.
import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import type { Backward, GradNode } from '../../autograd/node.js';
import type { AxisGroup, Contraction, Epilogue } from '../../backend/contract.js';
import { type DType, dtypes, promoteTypes } from '../../dtype.js';
import { DLError, DTypeError, ShapeError } from '../../errors.js';
import { input } from '../../scalar/expr.js';
import * as s from '../../scalar/language.js';
import { lower, type Program } from '../../scalar/program.js';
import { broadcastShapes, show } from '../../shape.js';
import { allocate, checkTensor, commonBackend, type Tensor } from '../../tensor.js';
import { cast } from '../create/to-clone.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { expandTo, sumTo } from '../machinery/map-reduce.js';
import { alsoSaving, record } from '../machinery/record.js';
import { select, unsqueeze } from '../view/views.js';

/** Labels of the dimensions, one small number each, for the two operands and the result. */
export interface Labels {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}

/** The positions of one group's dimensions in the operands and the result; -1 if one lacks the dimension. */
interface Places {
  readonly a: number[];
  readonly b: number[];
  readonly out: number[];
}

/** The information derived from labels, computed once. */
interface Plan {
  readonly batch: Places;
  readonly row: Places;
  readonly column: Places;
  readonly sum: Places;
  /** For each dimension of the result, the dimension of `a` with its size (or -1 and the dimension of `b`). */
  readonly sizeA: readonly number[];
  readonly sizeB: readonly number[];
  /** The labels of the gradients' contractions. */
  readonly gradA: Labels;
  readonly gradB: Labels;
}

const plans = new WeakMap<Labels, Plan>();

/** Dimensions in both operands and the result are batch dimensions, and so on. */
function planOf(labels: Labels): Plan {
  const known = plans.get(labels);
  if (known !== undefined) return known;
  const { a, b, out } = labels;
  const places = (): Places => ({ a: [], b: [], out: [] });
  const groups = { batch: places(), row: places(), column: places(), sum: places() };
  for (const label of new Set([...out, ...a, ...b])) {
    const [i, j, k] = [a.indexOf(label), b.indexOf(label), out.indexOf(label)];
    // If a dimension is summed in only one operand, its size would be unknown to the gradient.
    if (k < 0 && (i < 0 || j < 0))
      throw new DLError('a contraction can sum only over dimensions that both operands have');
    const g = k < 0 ? groups.sum : i < 0 ? groups.column : j < 0 ? groups.row : groups.batch;
    g.a.push(i);
    g.b.push(j);
    g.out.push(k);
  }
  const plan: Plan = {
    ...groups,
    sizeA: out.map((label) => a.indexOf(label)),
    sizeB: out.map((label) => b.indexOf(label)),
    gradA: { a: out, b, out: a },
    gradB: { a, b: out, out: b },
  };
  plans.set(labels, plan);
  return plan;
}

function stridesAt(x: Tensor, places: readonly number[]): number[] {
  const strides = new Array<number>(places.length);
  for (let d = 0; d < places.length; d++) {
    const place = places[d];
    strides[d] = place < 0 ? 0 : x.strides[place];
  }
  return strides;
}

function groupOf(places: Places, a: Tensor, b: Tensor, out: Tensor): AxisGroup {
  const sizes = new Array<number>(places.a.length);
  for (let d = 0; d < sizes.length; d++) {
    const [i, j] = [places.a[d], places.b[d]];
    sizes[d] = i < 0 ? b.shape[j] : a.shape[i];
    // A kernel would read beyond the end of the smaller one.
    if (j >= 0 && b.shape[j] !== sizes[d])
      throw new DLError(
        `a contraction of ${show(a.shape)} and ${show(b.shape)} has different sizes for one label`,
      );
  }
  return {
    sizes,
    a: stridesAt(a, places.a),
    b: stridesAt(b, places.b),
    out: stridesAt(out, places.out),
  };
}

/** Sums products over the labels that the result lacks. */
function contractLabels(
  name: string,
  a: Tensor,
  b: Tensor,
  labels: Labels,
  epilogue?: Epilogue,
): Tensor {
  const backend = commonBackend(name, [a, b]);
  const plan = planOf(labels);
  const shape = plan.sizeA.map((i, d) => (i < 0 ? b.shape[plan.sizeB[d]] : a.shape[i]));
  const out = allocate(shape, a.dtype, backend);
  if (out.count > 0) {
    const spec: Contraction = {
      batch: groupOf(plan.batch, a, b, out),
      row: groupOf(plan.row, a, b, out),
      column: groupOf(plan.column, a, b, out),
      sum: groupOf(plan.sum, a, b, out),
    };
    backend.contract(spec, a, b, out, epilogue);
  }
  return out;
}

/**
 * The contraction of two tensors of one dtype, recorded for gradients. Half types are multiplied in float32: backends
 * have no products of half types and would misread their bits.
 */
export function contract(name: string, a: Tensor, b: Tensor, labels: Labels): Tensor {
  const wide = productType(name, a, b);
  if (wide !== a.dtype) {
    const product = contract(name, cast(a, wide), cast(b, wide), labels);
    savingOperands(product, a, b, wide);
    return cast(product, a.dtype);
  }
  const out = contractLabels(name, a, b, labels);
  return record(name, out, [a, b], contractBack, [a, b], labels);
}

// Every operand's gradient is again a contraction, of the upstream gradient with the other operand.
const contractBack: Backward = (node, [g]) =>
  operandGradients(node, g as Tensor, node.context as Labels);

function operandGradients(node: GradNode, g: Tensor, labels: Labels): (Tensor | null)[] {
  const { gradA, gradB } = planOf(labels);
  return [
    node.wants(0) ? contract('matmul', g, node.savedTensor(1), gradA) : null,
    node.wants(1) ? contract('matmul', node.savedTensor(0), g, gradB) : null,
  ];
}

/** Throws for tensors of different dtypes. */
export function sameType(operator: string, a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return;
  throw new DTypeError(
    `${operator}: both tensors must have the same dtype, got ${a.dtype} and ${b.dtype}; convert with x.to('${promoteTypes(a.dtype, b.dtype)}')`,
  );
}

/** Checks that products of these dtypes are defined, and returns the type they are computed in. */
function productType(operator: string, a: Tensor, b: Tensor): DType {
  sameType(operator, a, b);
  if (a.dtype === 'bool') {
    throw new DTypeError(`${operator}: not defined for bool; use x.to('int32') or x.to('float32')`);
  }
  return dtypes[a.dtype].compute;
}

function inComputeType(
  operator: string,
  a: Tensor,
  b: Tensor,
  body: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const type = productType(operator, a, b);
  const product = body(cast(a, type), cast(b, type));
  savingOperands(product, a, b, type);
  return cast(product, a.dtype);
}

/** Counts an operand as saved in its original dtype, not the widened one: changing it is refused, as in PyTorch. */
function savingOperands(product: Tensor, a: Tensor, b: Tensor, type: DType): void {
  if (a.dtype === type) return;
  if (a.requiresGrad) alsoSaving(product, b);
  if (b.requiresGrad) alsoSaving(product, a);
}

const matmulOf = (a: Tensor, b: Tensor): Tensor => productOf('matmul', a, b);

/** The matrix product for another operator, whose name appears in messages. */
export function productOf(operator: string, a: Tensor, b: Tensor): Tensor {
  checkTensor(operator, a);
  checkTensor(operator, b);
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `${operator}: both tensors need at least one dimension, got shapes ${show(a.shape)} and ${show(b.shape)}; use mul() for scalars`,
    );
  }
  const innerA = a.shape[a.ndim - 1];
  const innerB = b.shape[Math.max(0, b.ndim - 2)];
  if (innerA !== innerB) {
    throw new ShapeError(
      `${operator}: shapes ${show(a.shape)} and ${show(b.shape)} do not fit: the last size of the first, ${innerA}, ` +
        `must equal the ${b.ndim === 1 ? 'size' : 'size before the last'} of the second, ${innerB}`,
    );
  }
  return inComputeType(operator, a, b, (x, y) => {
    const batchA = Math.max(0, a.ndim - 2);
    const batchB = Math.max(0, b.ndim - 2);
    if (batchA === 0 && batchB === 0) {
      return contract(operator, x, y, plainLabels[a.ndim - 1]?.[b.ndim - 1]);
    }
    const batch = Math.max(batchA, batchB);
    if (batchA > 0 && batchB > 0) {
      broadcastShapes(operator, [a.shape.slice(0, batchA), b.shape.slice(0, batchB)]);
    }
    const [one, labelsA] = batched(x, batchA, batch, y, batchB);
    const [two, labelsB] = batched(y, batchB, batch, x, batchA);
    const names = Array.from({ length: batch }, (_, i) => i);
    return contract(operator, one, two, labelsOf(names, labelsA, labelsB, a.ndim > 1, b.ndim > 1));
  });
}

/**
 * The matrix product (PyTorch: `torch.matmul`). The product of two vectors is their dot product. A vector is a row
 * before a matrix and a column after it. Further dimensions are batch dimensions, which broadcast.
 *
 * @throws ShapeError if the inner sizes differ; DTypeError if the dtypes do.
 * @example matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])) // tensor([3., 7.])
 */
export const matmul = /*#__PURE__*/ callable(
  'matmul',
  matmulOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('other', kinds.tensor)],
  {},
);

const [ROW, COLUMN, INNER] = [-1, -2, -3];

/** The labels of a product, by its batch labels and by whether each operand is a matrix. */
const labelsOf = (
  batch: readonly number[],
  batchA: readonly number[],
  batchB: readonly number[],
  rows: boolean,
  columns: boolean,
): Labels => ({
  a: [...batchA, ...(rows ? [ROW] : []), INNER],
  b: [...batchB, INNER, ...(columns ? [COLUMN] : [])],
  out: [...batch, ...(rows ? [ROW] : []), ...(columns ? [COLUMN] : [])],
});

/** The labels of products without batches, by the operands' dimensions minus one. */
const plainLabels = /*#__PURE__*/ [false, true].map((rows) =>
  [false, true].map((columns) => labelsOf([], [], [], rows, columns)),
);

/** Drops batch dimensions of size 1 if the other operand's is larger: they need no axis. */
function batched(
  x: Tensor,
  count: number,
  total: number,
  other: Tensor,
  otherCount: number,
): [Tensor, number[]] {
  const labels: number[] = [];
  let out = x;
  for (let d = 0, at = 0; d < count; d++) {
    const place = total - count + d;
    const across = place - (total - otherCount);
    const repeated = x.shape[d] === 1 && across >= 0 && other.shape[across] !== 1;
    if (repeated) out = select(out, at, 0);
    else {
      labels.push(place);
      at++;
    }
  }
  return [out, labels];
}

function checkRank(operator: string, x: Tensor, rank: number, what: string): void {
  checkTensor(operator, x);
  if (x.ndim !== rank) {
    throw new ShapeError(
      `${operator}: expected ${what} (${rank} dimensions), got shape ${show(x.shape)}; use matmul()`,
    );
  }
}

function mmOf(a: Tensor, b: Tensor): Tensor {
  checkRank('mm', a, 2, 'a matrix');
  checkRank('mm', b, 2, 'a matrix');
  return productOf('mm', a, b);
}

/**
 * The product of two matrices (PyTorch: `torch.mm`).
 *
 * @throws ShapeError for other ranks.
 * @example mm(eye(2), tensor([[1, 2], [3, 4]]))
 */
export const mm = /*#__PURE__*/ callable(
  'mm',
  mmOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('mat2', kinds.tensor)],
  {},
);

const bmmOf = (a: Tensor, b: Tensor): Tensor => batchesOf('bmm', a, b);

/** Products of batches of matrices for another operator, whose name appears in messages. */
export function batchesOf(operator: string, a: Tensor, b: Tensor): Tensor {
  checkRank(operator, a, 3, 'a batch of matrices');
  checkRank(operator, b, 3, 'a batch of matrices');
  if (a.shape[0] !== b.shape[0]) {
    throw new ShapeError(
      `${operator}: batch sizes of ${show(a.shape)} and ${show(b.shape)} differ; use matmul(), which broadcasts`,
    );
  }
  return productOf(operator, a, b);
}

/**
 * Products of two batches of matrices, `[b, n, k]` and `[b, k, m]` (PyTorch: `torch.bmm`).
 *
 * @throws ShapeError for other ranks or different batch sizes.
 * @example bmm(ones([2, 3, 4]), ones([2, 4, 5])).shape // [2, 3, 5]
 */
export const bmm = /*#__PURE__*/ callable(
  'bmm',
  bmmOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('mat2', kinds.tensor)],
  {},
);

function mvOf(a: Tensor, b: Tensor): Tensor {
  checkRank('mv', a, 2, 'a matrix');
  checkRank('mv', b, 1, 'a vector');
  return productOf('mv', a, b);
}

/**
 * A matrix times a vector (PyTorch: `torch.mv`).
 *
 * @example mv(tensor([[1, 2], [3, 4]]), tensor([1, 1])) // tensor([3., 7.])
 */
export const mv = /*#__PURE__*/ callable(
  'mv',
  mvOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('vec', kinds.tensor)],
  {},
);

function dotOf(a: Tensor, b: Tensor): Tensor {
  checkRank('dot', a, 1, 'a vector');
  checkRank('dot', b, 1, 'a vector');
  return productOf('dot', a, b);
}

/**
 * The dot product of two vectors (PyTorch: `torch.dot`).
 *
 * @example dot(tensor([1, 2]), tensor([3, 4])) // tensor(11.)
 */
export const dot = /*#__PURE__*/ callable(
  'dot',
  dotOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('tensor', kinds.tensor)],
  {},
);

function outerOf(a: Tensor, b: Tensor): Tensor {
  checkRank('outer', a, 1, 'a vector');
  checkRank('outer', b, 1, 'a vector');
  return mul(unsqueeze(a, 1), unsqueeze(b, 0));
}

/**
 * The outer product of two vectors, of shape `[n, m]` (PyTorch: `torch.outer`).
 *
 * @example outer(tensor([1, 2]), tensor([3, 4])) // tensor([[3., 4.], [6., 8.]])
 */
export const outer = /*#__PURE__*/ callable(
  'outer',
  outerOf,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ need('vec2', kinds.tensor)],
  {},
);

const biasPrograms = new Map<DType, Program>();

function biasProgram(dtype: DType): Program {
  let program = biasPrograms.get(dtype);
  if (program === undefined) {
    program = lower([s.add(input(0, dtype), input(1, dtype))], [dtype, dtype], []);
    biasPrograms.set(dtype, program);
  }
  return program;
}

function linearOf(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkTensor('linear', x);
  checkTensor('linear', weight);
  if (bias !== null) checkTensor('linear', bias);
  const features = x.shape[x.ndim - 1];
  // A one-dimensional weight has one output feature, without a dimension for it.
  if (weight.ndim === 1 && features === weight.shape[0] && (bias === null || bias.ndim === 0)) {
    for (const p of [weight, bias]) if (p !== null) productType('linear', x, p);
    const product = matmul(x, weight);
    return bias === null ? product : add(product, bias);
  }
  if (weight.ndim !== 2 || features !== weight.shape[1]) {
    throw new ShapeError(
      `linear: input of shape ${show(x.shape)} does not fit a weight of shape ${show(weight.shape)}: ` +
        `the input's last size must be ${weight.shape[1]}${features === undefined ? '' : `, it is ${features}`}`,
    );
  }
  if (bias !== null && (bias.ndim !== 1 || bias.shape[0] !== weight.shape[0])) {
    throw new ShapeError(
      `linear: bias of shape ${show(bias.shape)} does not fit a weight of shape ${show(weight.shape)}: expected [${weight.shape[0]}]`,
    );
  }
  if (bias !== null && bias.dtype !== x.dtype) productType('linear', x, bias);
  return inComputeType('linear', x, weight, (a, w) => {
    const labels = linearLabels(x.ndim);
    if (bias === null) return contract('linear', a, w, labels);
    const offset = cast(bias, a.dtype);
    const shape = [...x.shape.slice(0, -1), weight.shape[0]];
    const epilogue: Epilogue = {
      program: biasProgram(a.dtype),
      inputs: [expandTo(offset.detach(), shape)],
      params: [],
    };
    const out = contractLabels('linear', a, w, labels, epilogue);
    // As in PyTorch, the gradient of the bias needs neither input nor weight.
    const saved =
      a.requiresGrad || w.requiresGrad
        ? [w.requiresGrad ? a : null, a.requiresGrad ? w : null]
        : [];
    return record('linear', out, [a, w, offset], linearBack, saved, { labels, shape: bias.shape });
  });
}

/**
 * `x · weightᵀ + bias`, over the last dimension (PyTorch: `F.linear`).
 *
 * @param x `[..., inFeatures]`
 * @param weight `[outFeatures, inFeatures]`
 * @param bias `[outFeatures]`, or null.
 * @throws ShapeError if the sizes do not fit.
 * @example linear(tensor([[1, 2]]), tensor([[3, 4]]), tensor([1])) // tensor([[12.]])
 */
export const linear = /*#__PURE__*/ callable(
  'linear',
  linearOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ need('weight', kinds.tensor),
    /*#__PURE__*/ may('bias', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
  ],
  {},
);

const linearBack: Backward = (node, grads) => {
  const { labels, shape } = node.context as { labels: Labels; shape: readonly number[] };
  const g = grads[0] as Tensor;
  return [...operandGradients(node, g, labels), node.wants(2) ? sumTo(g, shape) : null];
};

const linearByRank: Labels[] = [];

/** The labels of `x · weightᵀ` for an `x` with this number of dimensions. */
function linearLabels(rank: number): Labels {
  let labels = linearByRank[rank];
  if (labels === undefined) {
    const rows = Array.from({ length: rank - 1 }, (_, i) => i);
    labels = { a: [...rows, INNER], b: [COLUMN, INNER], out: [...rows, COLUMN] };
    linearByRank[rank] = labels;
  }
  return labels;
}
