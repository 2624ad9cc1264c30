// What every tensor can do by itself, and what it says of operators where they are no methods.
import { type BackwardOptions, backward } from './autograd/engine.js';
import type { DType, TypedArray } from './dtype.js';
import { DLError } from './errors.js';
import { clone, contiguous, cpu, data, type ToOptions, to } from './operators/convert.js';
import { makerFromBase } from './operators/strided.js';
import { setViewMaker, Tensor } from './tensor.js';

/** The methods that tensors have without the operators too. */
export interface EssentialMethods {
  /**
   * Fills `.grad` of every leaf that this tensor was computed from (PyTorch: `x.backward()`).
   * Gradients add up over calls until they are cleared.
   *
   * @param gradient the gradient of this tensor; may be left out for a scalar.
   * @throws AutogradError if nothing requires gradients or the tape was freed; ShapeError for a
   * tensor that is no scalar and no gradient.
   * @example x.mul(x).sum().backward(); x.grad
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void;
  /** A copy with memory of its own; see the function `clone`. */
  clone(): Tensor;
  /** The tensor with dense memory; itself if it has it (PyTorch: `x.contiguous()`). */
  contiguous(): Tensor;
  /** The tensor on the CPU, once the device has finished; see the function `cpu`. */
  cpu(): Promise<Tensor>;
  /** The elements as a typed array in row-major order; see the function `data`. */
  data(): TypedArray;
  /** Cuts the tensor itself off from the tape (PyTorch: `x.detach_()`). */
  detach_(): Tensor;
  /** The tensor in another dtype or on another device; see the function `to`. */
  to(target: DType | (string & {}) | ToOptions | Tensor): Tensor;
  /** The text that PyTorch prints for the tensor; with `@dl/core/functional` alone its shape and dtype. */
  toString(): string;
}

/** Node's console.log and util.inspect look for this symbol. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** Makes `value` a method of all tensors. */
export function define(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

/** The elementwise operators, which have a form in place each. */
const pointwise =
  'abs acos acosh add asin asinh atan atan2 atanh bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor ceil clamp cos cosh deg2rad digamma div elu eq erf erfc exp exp2 expm1 floor floorDivide fmod frac ge gelu gt hardswish hardtanh isclose isfinite isinf isnan le leakyRelu lerp lgamma log log10 log1p log2 logicalAnd logicalNot logicalOr logicalXor logsigmoid lt maskedFill maximum minimum mish mul nanToNum ne neg pow rad2deg reciprocal relu relu6 remainder round rsqrt selu sigmoid sign silu sin sinh softplus softsign sqrt square sub tan tanh trunc';
/** What else the table of methods has; a test holds both against it. */
const others =
  'addmm all allclose amax amin any argmax argmin argsort asStrided baddbmm bernoulli bernoulli_ bincount bmm chunk copy_ countNonzero cummax cummin cumprod cumsum diag diagonal dot expand exponential_ fill_ flatten flip gather indexAdd indexSelect kron kthvalue logSoftmax logsumexp maskedSelect matmul mean mm movedim multinomial mv narrow nonzero norm normal_ outer permute prod repeat repeatInterleave reshape roll rot90 scatter scatterAdd scatterAdd_ scatterReduce scatter_ select softmax sort split squeeze std sum t take takeAlongDim tile topk transpose tril triu unbind unflatten unfold uniform_ unsqueeze var view at equal indexAdd_ max median min set unique zero_';

/** What stands for a method that is no function's namesake. */
const instead: Readonly<Record<string, string>> = {
  T: 't(x)',
  mT: 'transpose(x, -2, -1)',
  bool: "x.to('bool')",
  double: "x.to('float64')",
  float: "x.to('float32')",
  half: "x.to('float16')",
  int: "x.to('int32')",
  long: "x.to('int64')",
  expandAs: 'expand(x, y.shape)',
  viewAs: 'view(x, y.shape)',
  where: 'where(condition, x, y)',
};

/** Throws the sentence on a method that is not there. */
function missing(name: string, call: string): never {
  throw new DLError(
    `x.${name}: operators are no methods with '@dl/core/functional' alone; call ${call}, or import '@dl/core', which makes them methods`,
  );
}

function defineMissing(name: string, call = `${name}(x, …)`): void {
  if (/T$/.test(name)) {
    const get = () => missing(name, call);
    Object.defineProperty(Tensor.prototype, name, { get, configurable: true });
  } else define(name, () => missing(name, call));
}

/** Installs what all tensors have; called once, where the class is defined for users. */
export function installEssentials(): void {
  setViewMaker(makerFromBase);
  for (const name of pointwise.split(' ')) {
    defineMissing(name);
    defineMissing(`${name}_`, `copy_(x, ${name}(x, …))`);
  }
  for (const name of others.split(' ')) defineMissing(name);
  for (const [name, call] of Object.entries(instead)) defineMissing(name, call);
  const methods: {
    [K in keyof EssentialMethods]: (
      this: Tensor,
      ...args: Parameters<EssentialMethods[K]>
    ) => unknown;
  } = {
    backward(gradient, options) {
      backward(this, gradient, options);
    },
    clone() {
      return clone(this);
    },
    contiguous() {
      return contiguous(this);
    },
    cpu() {
      return cpu(this);
    },
    data() {
      return data(this);
    },
    detach_() {
      this.gradFn = null;
      this.base = null;
      return this;
    },
    to(target) {
      return to(this, target);
    },
    toString() {
      return `tensor(..., size=(${this.shape.join(', ')}), dtype=${this.dtype}, device='${this.device}')`;
    },
  };
  for (const [name, f] of Object.entries(methods)) define(name, f);
  define(inspect, methods.toString);
}
