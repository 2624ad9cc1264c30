// Products: one contraction over named axes, from which matmul and its relatives follow.
import type { Backward } from '../autograd/node.js';
import type { AxisGroup, Contraction, Epilogue } from '../backend/contract.js';
import { type DType, dtypes } from '../dtype.js';
import { DTypeError, ShapeError } from '../errors.js';
import { input } from '../scalar/expr.js';
import * as s from '../scalar/language.js';
import { lower, type Program } from '../scalar/program.js';
import { broadcastShapes, show } from '../shape.js';
import { allocate, checkTensor, commonBackend, type Tensor } from '../tensor.js';
import { cast } from './convert.js';
import { record } from './record.js';
import { expandTo, sumTo } from './run.js';
import { select, unsqueeze } from './views.js';

/** Names of axes, one small number each, for the two operands and the result. */
export interface Labels {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}

interface Group {
  readonly sizes: number[];
  readonly a: number[];
  readonly b: number[];
  readonly out: number[];
}

const group = (): Group => ({ sizes: [], a: [], b: [], out: [] });

/** The contraction that labels describe: axes in both and the result are batch, and so on. */
function contractionOf(labels: Labels, a: Tensor, b: Tensor, out: Tensor): Contraction {
  const groups = { batch: group(), row: group(), column: group(), sum: group() };
  const all = new Set([...labels.out, ...labels.a, ...labels.b]);
  for (const label of all) {
    const [i, j, k] = [labels.a.indexOf(label), labels.b.indexOf(label), labels.out.indexOf(label)];
    const g: AxisGroup & Group =
      k < 0 ? groups.sum : i < 0 ? groups.column : j < 0 ? groups.row : groups.batch;
    g.sizes.push((i >= 0 ? a.shape[i] : b.shape[j]) as number);
    g.a.push(i < 0 ? 0 : (a.strides[i] as number));
    g.b.push(j < 0 ? 0 : (b.strides[j] as number));
    g.out.push(k < 0 ? 0 : (out.strides[k] as number));
  }
  return groups;
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
  const shape = labels.out.map((label) => {
    const i = labels.a.indexOf(label);
    return (i >= 0 ? a.shape[i] : b.shape[labels.b.indexOf(label)]) as number;
  });
  const out = allocate(shape, a.dtype, backend);
  if (out.count > 0) backend.contract(contractionOf(labels, a, b, out), a, b, out, epilogue);
  return out;
}

// Every operand's gradient is again a contraction, of the upstream gradient with the other one.
export function contract(name: string, a: Tensor, b: Tensor, labels: Labels): Tensor {
  const out = contractLabels(name, a, b, labels);
  return record(name, out, [a, b], contractBack, [a, b], labels);
}

const contractBack: Backward = (node, [g]) => {
  const { a, b, out } = node.context as Labels;
  return [
    node.wants(0)
      ? contract('matmul', g as Tensor, node.savedTensor(1), { a: out, b, out: a })
      : null,
    node.wants(1)
      ? contract('matmul', node.savedTensor(0), g as Tensor, { a, b: out, out: b })
      : null,
  ];
};

/** Checks that products of these dtypes are defined, and gives the type they are computed in. */
function productType(operator: string, a: Tensor, b: Tensor): DType {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `${operator}: both tensors must have one dtype, got ${a.dtype} and ${b.dtype}; use b.to('${a.dtype}')`,
    );
  }
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
  return cast(body(cast(a, type), cast(b, type)), a.dtype);
}

/**
 * The matrix product (PyTorch: `torch.matmul`). Two vectors give their dot product; a vector beside
 * a matrix stands as a row in front and as a column behind; further dimensions are batches, which
 * broadcast.
 *
 * @throws ShapeError if the inner sizes differ; DTypeError if the dtypes do.
 * @example matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])) // tensor([3., 7.])
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor('matmul', a);
  checkTensor('matmul', b);
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `matmul: both tensors need at least one dimension, got ${show(a.shape)} and ${show(b.shape)}; use mul() for scalars`,
    );
  }
  const innerA = a.shape[a.ndim - 1] as number;
  const innerB = b.shape[Math.max(0, b.ndim - 2)] as number;
  if (innerA !== innerB) {
    throw new ShapeError(
      `matmul: shapes ${show(a.shape)} and ${show(b.shape)} do not fit: the last size of the first, ${innerA}, ` +
        `must equal the ${b.ndim === 1 ? 'size' : 'size before the last'} of the second, ${innerB}`,
    );
  }
  return inComputeType('matmul', a, b, (x, y) => {
    const [row, column, inner] = [-1, -2, -3];
    const batchA = Math.max(0, a.ndim - 2);
    const batchB = Math.max(0, b.ndim - 2);
    const batch = Math.max(batchA, batchB);
    if (batchA > 0 && batchB > 0) {
      broadcastShapes('matmul', [a.shape.slice(0, batchA), b.shape.slice(0, batchB)]);
    }
    const [one, labelsA] = batched(x, batchA, batch, y, batchB);
    const [two, labelsB] = batched(y, batchB, batch, x, batchA);
    const names = Array.from({ length: batch }, (_, i) => i);
    return contract('matmul', one, two, {
      a: [...labelsA, ...(a.ndim > 1 ? [row] : []), inner],
      b: [...labelsB, inner, ...(b.ndim > 1 ? [column] : [])],
      out: [...names, ...(a.ndim > 1 ? [row] : []), ...(b.ndim > 1 ? [column] : [])],
    });
  });
}

/** Drops batch dimensions of size 1 that the other operand has larger: they need no axis. */
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

/**
 * The product of two matrices (PyTorch: `torch.mm`).
 *
 * @throws ShapeError for other ranks.
 * @example mm(eye(2), tensor([[1, 2], [3, 4]]))
 */
export function mm(a: Tensor, b: Tensor): Tensor {
  checkRank('mm', a, 2, 'a matrix');
  checkRank('mm', b, 2, 'a matrix');
  return matmul(a, b);
}

/**
 * Products of two batches of matrices, `[b, n, k]` and `[b, k, m]` (PyTorch: `torch.bmm`).
 *
 * @throws ShapeError for other ranks or different batches.
 * @example bmm(ones([2, 3, 4]), ones([2, 4, 5])).shape // [2, 3, 5]
 */
export function bmm(a: Tensor, b: Tensor): Tensor {
  checkRank('bmm', a, 3, 'a batch of matrices');
  checkRank('bmm', b, 3, 'a batch of matrices');
  if (a.shape[0] !== b.shape[0]) {
    throw new ShapeError(
      `bmm: batches of ${show(a.shape)} and ${show(b.shape)} differ; matmul() broadcasts them`,
    );
  }
  return matmul(a, b);
}

/**
 * A matrix times a vector (PyTorch: `torch.mv`).
 *
 * @example mv(tensor([[1, 2], [3, 4]]), tensor([1, 1])) // tensor([3., 7.])
 */
export function mv(a: Tensor, b: Tensor): Tensor {
  checkRank('mv', a, 2, 'a matrix');
  checkRank('mv', b, 1, 'a vector');
  return matmul(a, b);
}

/**
 * The dot product of two vectors (PyTorch: `torch.dot`).
 *
 * @example dot(tensor([1, 2]), tensor([3, 4])) // tensor(11.)
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkRank('dot', a, 1, 'a vector');
  checkRank('dot', b, 1, 'a vector');
  return matmul(a, b);
}

/**
 * All products of two vectors, `[n, m]` (PyTorch: `torch.outer`).
 *
 * @example outer(tensor([1, 2]), tensor([3, 4])) // tensor([[3., 4.], [6., 8.]])
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkRank('outer', a, 1, 'a vector');
  checkRank('outer', b, 1, 'a vector');
  return matmul(unsqueeze(a, 1), unsqueeze(b, 0));
}

const biasPrograms = new Map<DType, Program>();

function biasProgram(dtype: DType): Program {
  let program = biasPrograms.get(dtype);
  if (program === undefined) {
    program = lower([s.add(input(0, dtype), input(1, dtype))], [dtype, dtype], []);
    biasPrograms.set(dtype, program);
  }
  return program;
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
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkTensor('linear', x);
  checkTensor('linear', weight);
  if (bias !== null) checkTensor('linear', bias);
  const features = x.shape[x.ndim - 1];
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
    const [inner, column] = [-1, -2];
    const rows = Array.from({ length: x.ndim - 1 }, (_, i) => i);
    const labels: Labels = { a: [...rows, inner], b: [column, inner], out: [...rows, column] };
    if (bias === null) return contract('linear', a, w, labels);
    const offset = cast(bias, a.dtype);
    const shape = [...x.shape.slice(0, -1), weight.shape[0] as number];
    const epilogue: Epilogue = {
      program: biasProgram(a.dtype),
      inputs: [expandTo(offset.detach(), shape)],
      params: [],
    };
    const out = contractLabels('linear', a, w, labels, epilogue);
    return record('linear', out, [a, w, offset], linearBack, [a, w], { labels, shape: bias.shape });
  });
}

const linearBack: Backward = (node, grads) => {
  const { labels, shape } = node.context as { labels: Labels; shape: readonly number[] };
  const { a, b, out } = labels;
  const g = grads[0] as Tensor;
  return [
    node.wants(0) ? contract('matmul', g, node.savedTensor(1), { a: out, b, out: a }) : null,
    node.wants(1) ? contract('matmul', node.savedTensor(0), g, { a, b: out, out: b }) : null,
    node.wants(2) ? sumTo(g, shape) : null,
  ];
};
