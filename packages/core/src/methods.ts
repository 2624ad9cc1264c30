// The operators as methods of tensors: one table, from which types and methods both follow.
import { callable, signed } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need, Signature } from './arguments/signature.js';
import type { DType } from './dtype.js';
import { ShapeError } from './errors.js';
import { type EssentialMethods, inspect, methodOf, type SignedFunction } from './essentials.js';
import { at, type Index, set } from './operators/at.js';
import { allclose, equal } from './operators/close.js';
import * as convert from './operators/convert.js';
import { argsOf, type Elementwise, type Operand } from './operators/define.js';
import * as einsum from './operators/einsum.js';
import * as elementwise from './operators/elementwise/all.js';
import * as extremes from './operators/extremes.js';
import * as fill from './operators/fill.js';
import {
  gather,
  indexSelect,
  scatter,
  scatter_,
  scatterAdd,
  scatterAdd_,
} from './operators/indexed.js';
import { assign, beforeChange } from './operators/inplace.js';
import { chunk, split, unbind } from './operators/join.js';
import { logsumexp, norm } from './operators/norms.js';
import { refusePartialOverlap } from './operators/overlap.js';
import type { Pair } from './operators/pair.js';
import { cumprod, prod } from './operators/prod.js';
import { bmm, dot, matmul, mm, mv, outer } from './operators/product.js';
import * as random from './operators/random.js';
import * as rearrange from './operators/rearrange.js';
import type { KeepdimOptions } from './operators/reduce.js';
import * as reduce from './operators/reduce.js';
import { argsort, cummax, cummin, cumsum, sort, topk } from './operators/scan.js';
import { scatterReduce } from './operators/scatter-reduce.js';
import * as pick from './operators/select.js';
import { logSoftmax, softmax } from './operators/softmax.js';
import { asStrided } from './operators/strided.js';
import { type UniqueOptions, unique } from './operators/unique.js';
import { std, variance } from './operators/variance.js';
import * as views from './operators/views.js';
import { formatTensor } from './print/index.js';
import { define } from './prototype.js';
import { hostArray } from './reading.js';
import { show } from './shape.js';
import { Tensor } from './tensor.js';

// `where` takes the condition first, which is not the tensor that a method belongs to.
const { where: _where, ...pointwise } = elementwise;

/** Methods `x.f(…)` that are the function `f(x, …)`. */
const table = {
  ...pointwise,
  bernoulli: random.bernoulli,
  bernoulli_: random.bernoulli_,
  bmm,
  chunk,
  copy_: fill.copy_,
  cummax,
  cummin,
  cumprod,
  cumsum,
  addmm: einsum.addmm,
  asStrided,
  baddbmm: einsum.baddbmm,
  bincount: pick.bincount,
  countNonzero: pick.countNonzero,
  diag: rearrange.diag,
  diagonal: rearrange.diagonal,
  flip: rearrange.flip,
  indexAdd: pick.indexAdd,
  indexAdd_: pick.indexAdd_,
  kron: einsum.kron,
  kthvalue: pick.kthvalue,
  maskedSelect: pick.maskedSelect,
  movedim: rearrange.movedim,
  multinomial: random.multinomial,
  repeat: rearrange.repeat,
  repeatInterleave: rearrange.repeatInterleave,
  roll: rearrange.roll,
  rot90: rearrange.rot90,
  scatter,
  scatter_,
  scatterAdd,
  scatterReduce,
  allclose,
  take: pick.take,
  takeAlongDim: pick.takeAlongDim,
  tile: rearrange.tile,
  tril: rearrange.tril,
  triu: rearrange.triu,
  unflatten: rearrange.unflatten,
  unfold: rearrange.unfold,

  dot,
  expand: views.expand,
  exponential_: random.exponential_,
  fill_: fill.fill_,
  flatten: views.flatten,
  gather,
  indexSelect,
  logSoftmax,
  logsumexp,
  all: reduce.all,
  amax: extremes.amax,
  amin: extremes.amin,
  any: reduce.any,
  argmax: extremes.argmax,
  argmin: extremes.argmin,
  argsort,
  matmul,
  mean: reduce.mean,
  mm,
  mv,
  narrow: views.narrow,
  norm,
  normal_: random.normal_,
  outer,
  permute: views.permute,
  prod,
  reshape: views.reshape,
  scatterAdd_,
  select: views.select,
  softmax,
  sort,
  split,
  squeeze: views.squeeze,
  std,
  sum: reduce.sum,
  t: views.t,
  topk,
  transpose: views.transpose,
  unbind,
  uniform_: random.uniform_,
  unsqueeze: views.unsqueeze,
  var: variance,
  view: views.view,
  zero_: fill.zero_,
};

/** The arguments behind the tensor, form by form. */
type Rest<A> = A extends readonly [unknown?, ...infer R] ? R : never;
type Bound<F> = F extends (...args: infer A) => infer O ? (...rest: Rest<A>) => O : never;
type Table = typeof table;
type InPlace = typeof pointwise;
type BoundTable = { [K in keyof Table]: Bound<Table[K]> };
type BoundInPlace = { [K in keyof InPlace as `${K}_`]: Bound<InPlace[K]> };

/** The operators that tensors have as methods; each does what the function of its name does. */
export interface TensorMethods extends EssentialMethods, BoundTable, BoundInPlace {
  /** Element-wise comparison of shape and values (PyTorch: `torch.equal`). */
  equal(other: Tensor): boolean;
  /** See the function `median`. */
  median(): Tensor;
  median(dim: number, options?: KeepdimOptions): Pair;
  median(options: KeepdimOptions & { dim: number }): Pair;
  /** See the function `nonzero`. */
  nonzero(options?: { asTuple?: false }): Tensor;
  nonzero(options: { asTuple: true }): Tensor[];
  nonzero(options: { asTuple?: boolean }): Tensor | Tensor[];
  /** See the function `unique`. */
  unique(options?: UniqueOptions & { returnInverse?: false; returnCounts?: false }): Tensor;
  unique(options: UniqueOptions & { returnInverse: true }): Tensor[];
  unique(options: UniqueOptions & { returnCounts: true }): Tensor[];
  unique(options: UniqueOptions): Tensor | Tensor[];
  /** See the function `max`. */
  max(): Tensor;
  max(dim: number, options?: KeepdimOptions): Pair;
  max(options: KeepdimOptions & { dim: number }): Pair;
  max(other: Tensor): Tensor;
  /** See the function `min`. */
  min(): Tensor;
  min(dim: number, options?: KeepdimOptions): Pair;
  min(options: KeepdimOptions & { dim: number }): Pair;
  min(other: Tensor): Tensor;
  /** Elements, as Python's `x[...]`; see the function `at`. */
  at(...items: Index[]): Tensor;
  /** Assigns to elements, as Python's `x[...] = value`; see the function `set`. */
  set(items: readonly Index[] | Index, value: Operand): Tensor;
  /** Elements of this tensor where the condition holds, else of another (PyTorch: `x.where`). */
  where(condition: Tensor, other: Operand): Tensor;
  /** The last two dimensions exchanged (PyTorch: `x.mT`). */
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
  callable(name, (x: Tensor) => convert.cast(x, dtype), [self], {});

/** Methods that are no function of their name. */
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
    (x: Tensor, other: Tensor) => views.view(x, other.shape),
    [self, /*#__PURE__*/ need('other', kinds.tensor)],
    {},
  ),
  callable(
    'expandAs',
    (x: Tensor, other: Tensor) => views.expand(x, other.shape),
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
  const functions: Record<string, unknown> = {
    ...table,
    equal,
    at,
    set,
    max: extremes.max,
    median: pick.median,
    nonzero: pick.nonzero,
    min: extremes.min,
    unique,
  };
  for (const [name, f] of Object.entries(functions)) define(name, methodOf(f as SignedFunction));
  for (const [name, f] of Object.entries(pointwise)) {
    define(`${name}_`, inPlaceMethod(name, f as unknown as Pointwise));
  }
  for (const f of own) define(f.name, methodOf(f as SignedFunction));
  Object.defineProperty(Tensor.prototype, 'mT', {
    get(this: Tensor) {
      // PyTorch gives a number itself back.
      if (this.ndim === 0) return this;
      if (this.ndim === 1) {
        throw new ShapeError(
          `mT: a vector of shape ${show(this.shape)} is not a matrix; use unsqueeze(-1) for a column`,
        );
      }
      return views.transpose(this, -2, -1);
    },
    configurable: true,
  });
  Object.defineProperty(Tensor.prototype, 'T', {
    get(this: Tensor) {
      return views.t(this);
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

/** The in-place form: directly where the call is the bare operator, else computed and written back. */
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
