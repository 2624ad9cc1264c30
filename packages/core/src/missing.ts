// The errors for operators called as methods where only functions are loaded.
import { DLError } from './errors.js';
import { define } from './prototype.js';
import { Tensor } from './tensor.js';

/** The elementwise operators, which have a form in place each. */
const pointwise =
  'abs acos acosh add asin asinh atan atan2 atanh bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor ceil clamp clip cos cosh deg2rad digamma div elu eq erf erfc exp exp2 expm1 floor floorDivide fmod frac ge gelu gt hardswish hardtanh hypot isclose isfinite isinf isnan le leakyRelu lerp lgamma log log10 log1p log2 logicalAnd logicalNot logicalOr logicalXor logsigmoid lt maskedFill maximum minimum mish mul nanToNum ne neg pow rad2deg reciprocal relu relu6 remainder round rsqrt selu sigmoid sign silu sin sinh softplus softsign sqrt square sub tan tanh trunc';
/** What else the table of methods has; a test holds both against it. */
const others =
  'addmm all allclose amax amin any argmax argmin argsort asStrided baddbmm bernoulli bernoulli_ bincount bmm chunk copy_ countNonzero cummax cummin cumprod cumsum diag diagonal dot expand exponential_ fill_ flatten flip gather indexAdd indexSelect kron kthvalue logSoftmax logsumexp maskedSelect matmul mean mm movedim multinomial mv nansum narrow nonzero norm normal_ outer permute prod repeat repeatInterleave reshape roll rot90 scatter scatterAdd scatterAdd_ scatterReduce scatter_ select softmax sort split squeeze std sum t take takeAlongDim tile topk transpose tril triu unbind unflatten unfold uniform_ unsqueeze var view at equal indexAdd_ max median min set unique zero_';

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
    `x.${name} is not available with '@dl/core/functional' alone; call ${call}, or import '@dl/core', which adds the methods`,
  );
}

function defineMissing(name: string, call = `${name}(x, …)`): void {
  if (/T$/.test(name)) {
    const get = () => missing(name, call);
    Object.defineProperty(Tensor.prototype, name, { get, configurable: true });
  } else define(name, () => missing(name, call));
}

/** Installs the sentences; the table of methods takes their place. */
export function installMissing(): void {
  for (const name of pointwise.split(' ')) {
    defineMissing(name);
    defineMissing(`${name}_`, `copy_(x, ${name}(x, …))`);
  }
  for (const name of others.split(' ')) defineMissing(name);
  for (const [name, call] of Object.entries(instead)) defineMissing(name, call);
}
