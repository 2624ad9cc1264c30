// Generated from methods.ts and the functions' descriptions: node tools/scripts/tensor-methods.mjs --write

/** Names of elementwise operators, each of which has a form in place, `name_`, too. */
export const elementwiseNames =
  'abs acos acosh add asin asinh atan atan2 atanh bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor ceil clamp clip cos cosh deg2rad digamma div elu eq erf erfc exp exp2 expm1 floor floorDivide fmod frac ge gelu gt hardswish hardtanh hypot isclose isfinite isinf isnan le leakyRelu lerp lgamma log log10 log1p log2 logicalAnd logicalNot logicalOr logicalXor logsigmoid lt maskedFill maximum minimum mish mul nanToNum ne neg pow rad2deg reciprocal relu relu6 remainder round rsqrt selu sigmoid sign silu sin sinh softplus softsign sqrt square sub tan tanh trunc';

/** Names of the other methods that are operators. */
export const otherNames =
  'T addmm all allclose amax amin any argmax argmin argsort asStrided at baddbmm bernoulli bernoulli_ bincount bmm bool chunk copy_ countNonzero cummax cummin cumprod cumsum diag diagonal dot double equal expand expandAs exponential_ fill_ flatten flip float gather half indexAdd indexAdd_ indexSelect int kron kthvalue logSoftmax logsumexp long mT maskedSelect matmul max mean median min mm movedim multinomial mv nansum narrow nonzero norm normal_ outer permute prod repeat repeatInterleave reshape roll rot90 scatter scatterAdd scatterAdd_ scatterReduce scatter_ select set softmax sort split squeeze std sum t take takeAlongDim tile topk transpose tril triu unbind unflatten unfold uniform_ unique unsqueeze var view viewAs where zero_';
