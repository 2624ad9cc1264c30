// The operators as methods of tensors: one table defines both types and methods.
import { callable, signed } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need, Signature } from './arguments/signature.js';
import type { DType } from './dtype.js';
import { ShapeError } from './errors.js';
import { type EssentialMethods, inspect, methodOf, type SignedFunction } from './essentials.js';
import { copy_, fill_, zero_ } from './operators/create/fill-copy.js';
import { cast } from './operators/create/to-clone.js';
import * as elementwise from './operators/elementwise/all.js';
import { at, set } from './operators/index/at-set.js';
import {
  gather,
  indexSelect,
  scatter,
  scatter_,
  scatterAdd,
  scatterAdd_,
} from './operators/index/gather-scatter.js';
import { indexAdd, indexAdd_ } from './operators/index/index-add.js';
import { maskedSelect, nonzero } from './operators/index/masked-select-nonzero.js';
import { scatterReduce } from './operators/index/scatter-reduce.js';
import { argsort, sort, topk } from './operators/index/sort-topk.js';
import { take, takeAlongDim } from './operators/index/take.js';
import { unique } from './operators/index/unique.js';
import {
  argsOf,
  type Elementwise,
  type Operand,
} from './operators/machinery/elementwise-operator.js';
import { assign, beforeChange } from './operators/machinery/inplace.js';
import { refusePartialOverlap } from './operators/machinery/memory-overlap.js';
import { logSoftmax, softmax } from './operators/network/softmax.js';
import { addmm, baddbmm, kron } from './operators/product/addmm-kron.js';
import { bmm, dot, matmul, mm, mv, outer } from './operators/product/matmul.js';
import {
  bernoulli,
  bernoulli_,
  exponential_,
  multinomial,
  normal_,
  uniform_,
} from './operators/random/random-tensors.js';
import { all, any } from './operators/reduce/all-any.js';
import { allclose, equal } from './operators/reduce/allclose-equal.js';
import { bincount, countNonzero } from './operators/reduce/count.js';
import { cummax, cummin, cumsum } from './operators/reduce/cumsum-cummax.js';
import { logsumexp } from './operators/reduce/logsumexp.js';
import { kthvalue, median } from './operators/reduce/median-kthvalue.js';
import { amax, amin, argmax, argmin, max, min } from './operators/reduce/min-max.js';
import { norm } from './operators/reduce/norm.js';
import { cumprod, prod } from './operators/reduce/prod-cumprod.js';
import { mean, nansum, sum } from './operators/reduce/sum-mean.js';
import { std, variance } from './operators/reduce/var-std.js';
import { asStrided } from './operators/view/as-strided.js';
import { diag, diagonal } from './operators/view/diagonal.js';
import { flip, roll, rot90 } from './operators/view/flip-roll.js';
import { movedim, unflatten, unfold } from './operators/view/movedim-unfold.js';
import { repeat, repeatInterleave, tile } from './operators/view/repeat.js';
import { chunk, split, unbind } from './operators/view/split-chunk.js';
import { tril, triu } from './operators/view/triangle.js';
import {
  expand,
  flatten,
  narrow,
  permute,
  reshape,
  select,
  squeeze,
  t,
  transpose,
  unsqueeze,
  view,
} from './operators/view/views.js';
import { formatTensor } from './print/index.js';
import { define } from './prototype.js';
import { show } from './shape.js';
import { Tensor } from './tensor.js';
import { hostArray } from './tensor-values.js';

// `where` takes the condition first, but the method belongs to `x`.
const { where: _where, ...pointwise } = elementwise;

/** Methods `x.f(…)` that call the function `f(x, …)`. */
const table = {
  ...pointwise,
  bernoulli,
  bernoulli_,
  bmm,
  chunk,
  copy_,
  cummax,
  cummin,
  cumprod,
  cumsum,
  addmm,
  asStrided,
  baddbmm,
  bincount,
  countNonzero,
  diag,
  diagonal,
  flip,
  indexAdd,
  indexAdd_,
  kron,
  kthvalue,
  maskedSelect,
  movedim,
  multinomial,
  repeat,
  repeatInterleave,
  roll,
  rot90,
  scatter,
  scatter_,
  scatterAdd,
  scatterReduce,
  allclose,
  take,
  takeAlongDim,
  tile,
  tril,
  triu,
  unflatten,
  unfold,

  at,
  dot,
  equal,
  expand,
  exponential_,
  fill_,
  flatten,
  gather,
  indexSelect,
  logSoftmax,
  logsumexp,
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  argsort,
  matmul,
  max,
  mean,
  median,
  min,
  mm,
  mv,
  nansum,
  narrow,
  nonzero,
  norm,
  normal_,
  outer,
  permute,
  prod,
  reshape,
  scatterAdd_,
  select,
  set,
  softmax,
  sort,
  split,
  squeeze,
  std,
  sum,
  t,
  topk,
  transpose,
  unbind,
  uniform_,
  unique,
  unsqueeze,
  var: variance,
  view,
  zero_,
};

/** The functions that are methods too; `tensor-methods.ts` is generated from their types. */
export type MethodFunctions = typeof table;
/** The functions that also have a method in place, with `_` behind the name. */
export type InPlaceFunctions = typeof pointwise;

/** The methods without a function of the same name. */
export interface OwnMethods extends EssentialMethods {
  /** Elements of this tensor where the condition holds, otherwise of another (PyTorch: `x.where`). */
  where(condition: Tensor, other: Operand): Tensor;
  /** The last two dimensions swapped (PyTorch: `x.mT`). */
  readonly mT: Tensor;
  /** The tensor in the shape of another one (PyTorch: `x.view_as`). */
  viewAs(other: Tensor): Tensor;
  /** The tensor repeated to the shape of another one (PyTorch: `x.expand_as`). */
  expandAs(other: Tensor): Tensor;
  /** The transpose of a matrix (PyTorch: `x.T`). */
  readonly T: Tensor;
  /** As float32 (PyTorch: `x.float()`). */
  float(): Tensor;
  /** As float64 (PyTorch: `x.double()`). */
  double(): Tensor;
  /** As int32, the index type (PyTorch: `x.int()`). */
  int(): Tensor;
  /** As int64 (PyTorch: `x.long()`). */
  long(): Tensor;
  /** As bool (PyTorch: `x.bool()`). */
  bool(): Tensor;
  /** As float16 (PyTorch: `x.half()`). */
  half(): Tensor;
}

const self = /*#__PURE__*/ need('x', kinds.tensor);
const asType = (name: string, dtype: DType) =>
  callable(name, (x: Tensor) => cast(x, dtype), [self], {});

/** Methods without a function of the same name. */
const own: readonly { readonly name: string }[] = [
  callable(
    'where',
    (x: Tensor, condition: Tensor, other: Operand) => elementwise.where(condition, x, other),
    [
      self,
      /*#__PURE__*/ need('condition', kinds.tensor),
      /*#__PURE__*/ need('other', kinds.operand),
    ],
    {},
  ),
  callable(
    'viewAs',
    (x: Tensor, other: Tensor) => view(x, other.shape),
    [self, /*#__PURE__*/ need('other', kinds.tensor)],
    {},
  ),
  callable(
    'expandAs',
    (x: Tensor, other: Tensor) => expand(x, other.shape),
    [self, /*#__PURE__*/ need('other', kinds.tensor)],
    {},
  ),
  asType('float', 'float32'),
  asType('double', 'float64'),
  asType('int', 'int32'),
  asType('long', 'int64'),
  asType('bool', 'bool'),
  asType('half', 'float16'),
  callable('toString', print, [self], {}),
];

/** Installs the methods; called once by the package's entry. */
export function installMethods(): void {
  for (const [name, f] of Object.entries<unknown>(table)) {
    define(name, methodOf(f as SignedFunction));
  }
  for (const [name, f] of Object.entries(pointwise)) {
    define(`${name}_`, inPlaceMethod(name, f as unknown as Pointwise));
  }
  for (const f of own) define(f.name, methodOf(f as SignedFunction));
  Object.defineProperty(Tensor.prototype, 'mT', {
    get(this: Tensor) {
      // PyTorch returns a scalar itself.
      if (this.ndim === 0) return this;
      if (this.ndim === 1) {
        throw new ShapeError(
          `mT: a vector of shape ${show(this.shape)} is not a matrix; use unsqueeze(-1) for a column`,
        );
      }
      return transpose(this, -2, -1);
    },
    configurable: true,
  });
  Object.defineProperty(Tensor.prototype, 'T', {
    get(this: Tensor) {
      return t(this);
    },
    configurable: true,
  });
  define(inspect, function (this: Tensor) {
    return print(this);
  });
}

interface Pointwise extends SignedFunction {
  readonly operator?: Elementwise;
}

/**
 * The in-place form: runs directly if the call is the bare operator, otherwise computes the result and writes it back.
 */
function inPlaceMethod(
  plainName: string,
  f: Pointwise,
): (this: Tensor, ...operands: unknown[]) => Tensor {
  const { operator } = f;
  const name = `${plainName}_`;
  const signature = new Signature(name, f.signature.places, f.signature.options);
  const method = function (this: Tensor, ...operands: unknown[]): Tensor {
    if (operator?.arity === operands.length + 1 && operands.every(kinds.operand.is)) {
      return operator.applyInPlace(argsOf(name, [this, ...operands]));
    }
    const [, ...given] = signature.take([this, ...operands]);
    const others = given.filter((x): x is Tensor => x instanceof Tensor);
    for (const x of others) refusePartialOverlap(name, this, x);
    return assign(name, this, f(beforeChange(this, ...others), ...given) as Tensor);
  };
  return signed(method, signature);
}

function print(x: Tensor): string {
  if (x.device !== 'cpu') {
    return `tensor(..., device='${x.device}', size=(${x.shape.join(', ')}), dtype=${x.dtype}); await x.cpu() to see the values`;
  }
  const array = hostArray('toString', x);
  return formatTensor({
    shape: x.shape,
    dtype: x.dtype,
    at: (index) => x.elementAt(array, index),
    device: x.device,
    requiresGrad: x.requiresGrad,
    ...(x.gradFn === null ? {} : { gradFn: gradName(x.gradFn.name) }),
  });
}

/** `mul` as PyTorch names it in `grad_fn`: `MulBackward0`. */
function gradName(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}Backward0`;
}
