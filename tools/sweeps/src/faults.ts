// Known faults of the library's elementwise functions: each entry must fail until it is fixed, and is deleted then.
import type { Cause } from './exceptions.js';

export const faults: readonly Cause[] = [
  {
    why: "Core's own erf in float64: the series loses up to 8 ulp between 1 and 3, and gelu's 1 + erf(x) multiplies that.",
    cases: [
      'erf | forward | plain | -2.719..2.719 | float64 9.3 17',
      'gelu | forward | plain | -4.125..-0.9765 | float64 1.1e5 49',
      'gelu | d/da | plain | -4.125..-1.414 | float64 6.5e3 50',
    ],
  },
  {
    why: 'erfc is 1 - erf(x), which cancels from 0.5 on and is 0 where erf rounds to 1.',
    cases: [
      'erfc | forward | every | -2.391..26.97 | float32 2.1e7 255, float64 1.1e16 275, bfloat16 2.8e2 46',
    ],
  },
  {
    why: "gelu on webgpu: 1 + erf(x) cancels, with an erf of less precision than PyTorch's.",
    cases: [
      'gelu | forward | webgpu | -5.375..-1.085 | float32 1.8e7 9',
      'gelu | d/da | webgpu | -5..-4.031 | float32 3.7e5 6',
    ],
  },
  {
    why: 'acosh: (x - 1)(x + 1) overflows, so that large values are Infinity; left of the domain infinities come instead of NaN.',
    cases: [
      'acosh | forward | every | -Infinity..Infinity | float32 Infinity 690, float64 Infinity 293, float16 Infinity 13, bfloat16 Infinity 267',
    ],
  },
  {
    why: "acosh's gradient at -1: the root of -0 is -0, so that it is -Infinity instead of Infinity.",
    cases: [
      'acosh | d/da | every | -1..-1 | float32 Infinity 1, float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
    ],
  },
  {
    why: 'sinh and cosh: e^(|x| - ln 2) rounds its argument, an error that grows with |x|; and sinh(-0) is 0.',
    cases: [
      'cosh | forward | every | -482..482 | float32 30 605, float64 21 548',
      'cosh | d/da | host | -482..482 | float32 Infinity 15, float64 Infinity 275',
      'cosh | d/da | webgpu | -82.5..82.5 | float32 22 14',
      'sinh | forward | host | -482..482 | float32 Infinity 15, float64 Infinity 275',
      'sinh | forward | webgpu | -82.5..82.5 | float32 22 14',
      'sinh | d/da | every | -482..482 | float32 30 605, float64 21 548',
    ],
  },
  {
    why: "A result for -0, or one that underflows, has the other sign than PyTorch's.",
    cases: [
      'asinh | forward | host | 0..0 | float32 Infinity 1, float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
      'pow | d/da | host | -Infinity..0.2039 | float32 Infinity 3',
      'relu | forward | host | 0..0 | float32 Infinity 1, float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
      'relu6 | forward | host | 0..0 | float32 Infinity 1, float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
    ],
  },
  {
    why: "atan2's gradient: a² + b² underflows to 0, and at the origin 0 / 0 is NaN, where PyTorch has 0.",
    cases: [
      'atan2 | d/da | host | -1.176e-38..1.001e-30 | float32 Infinity 30, float64 Infinity 28, float16 Infinity 5, bfloat16 Infinity 14',
      'atan2 | d/da | webgpu | -2.424e-06..1.001e-30 | float32 Infinity 13',
      'atan2 | d/db | host | 0..0 | float32 Infinity 30, float64 Infinity 28, float16 Infinity 5, bfloat16 Infinity 14',
      'atan2 | d/db | webgpu | 0..0 | float32 Infinity 12',
    ],
  },
  {
    why: "lgamma and digamma near their zeros and poles: reflection, recurrence and Stirling's series without care for what cancels; lgamma(5e-324) is Infinity.",
    cases: [
      'digamma | forward | host | -0.3614..2.829 | float64 9.1 18',
      'lgamma | forward | plain addon:avx512 addon:avx2 addon:portable | -8.389e06..10.01 | float64 3.6e17 1150',
      'lgamma | d/da | host | -0.3614..2.829 | float64 9.1 18',
    ],
  },
  {
    why: 'lgamma and digamma on webgpu: the same in float32, and subnormal operands are taken for poles of the other sign.',
    cases: [
      'digamma | forward | webgpu | -5.243e05..3.001 | float32 Infinity 40',
      'lgamma | forward | webgpu | -15.01..7.5 | float32 1.8e7 1308',
      'lgamma | d/da | webgpu | -5.243e05..3.001 | float32 Infinity 42',
    ],
  },
  {
    why: "digamma's gradient at -Infinity is Infinity on GPU devices, where PyTorch has NaN.",
    cases: [
      'digamma | d/da | webgpu cuda | -Infinity..1.085e-19 | float32 Infinity 2',
      'digamma | d/da | cuda | -Infinity..-Infinity | float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
    ],
  },
  {
    why: "div's gradient with respect to the divisor is (g / b)(a / b): it overflows, or is Infinity · 0, where a / b² is a number.",
    cases: [
      'div | d/db | host | -4.204e-45..4.204e-45 | float32 Infinity 23, float64 Infinity 23, bfloat16 Infinity 5',
      'div | d/db | webgpu | -Infinity..Infinity | float32 Infinity 5',
    ],
  },
  {
    why: "div with roundingMode 'trunc': the gradient is 0 times that of the quotient, so NaN or -0, where PyTorch has 0.",
    cases: [
      'div trunc | d/da | host | -Infinity..Infinity | float32 Infinity 1183, float64 Infinity 1183, float16 Infinity 281, bfloat16 Infinity 667',
      'div trunc | d/da | webgpu | -Infinity..Infinity | float32 Infinity 87',
      'div trunc | d/db | host | -Infinity..Infinity | float32 Infinity 1443, float64 Infinity 1440, float16 Infinity 308, bfloat16 Infinity 650',
      'div trunc | d/db | webgpu | -Infinity..Infinity | float32 Infinity 210',
    ],
  },
  {
    why: "div with roundingMode 'trunc' does not truncate bfloat16: its test for floating-point dtypes is startsWith('float').",
    cases: ['div trunc | forward | host | -100..15.75 | bfloat16 1.4e40 328'],
  },
  {
    why: "elu with a number, and selu: the gradient alpha + result cancels, and is 0 where e^x is not; PyTorch's has e^x.",
    cases: [
      'elu 1 | d/da | every | -720.1..-2.094 | float32 2.1e7 459, float64 1.1e16 441, bfloat16 3.1e2 98',
    ],
  },
  {
    why: 'The gradients of softplus and logsigmoid are 1 / (1 + e^x): 0 once e^x overflows, where the dtype has subnormal numbers left.',
    cases: [
      'logsigmoid | d/da | host | 88.99..720.1 | float32 2e6 26, float64 1.4e15 14, bfloat16 30 1',
      'softplus | d/da | host | -720.1..-88.99 | float32 2e6 26, float64 1.4e15 15, bfloat16 30 1',
      'softplus beta 2 | d/da | host | -368.9..-45.25 | float32 4.3e5 21, float64 1.4e15 10, bfloat16 1.5 1',
    ],
  },
  {
    why: "hardswish's gradient for NaN is 1, PyTorch's NaN.",
    cases: [
      'hardswish | d/da | every | -Infinity..Infinity | float32 Infinity 1, float64 Infinity 1, float16 Infinity 1, bfloat16 Infinity 1',
    ],
  },
  {
    why: "lerp rounds the product before the sum, where PyTorch's is fused, and zeros get another sign.",
    cases: [
      'lerp | forward | host | -3..1000 | float32 Infinity 19, float64 Infinity 20, float16 Infinity 11, bfloat16 Infinity 11',
      'lerp | forward | webgpu | -1.78..2.571 | float32 25 10',
    ],
  },
  {
    why: "lerp's gradient comes from both branches of its select: an infinite factor meets the 0 of the branch not taken, which gives NaN.",
    cases: [
      'lerp | d/da | every | -Infinity..Infinity | float32 Infinity 332, float64 Infinity 332, float16 Infinity 332, bfloat16 Infinity 332',
      'lerp | d/db | host | -Infinity..Infinity | float32 Infinity 497, float64 Infinity 497, float16 Infinity 497, bfloat16 Infinity 497',
      'lerp | d/db | webgpu | -Infinity..Infinity | float32 Infinity 332',
      'lerp | d/dc | every | -Infinity..Infinity | float32 Infinity 525, float64 Infinity 525, float16 Infinity 525, bfloat16 Infinity 525',
    ],
  },
  {
    why: 'maximum and minimum: if one operand is NaN, the gradient goes to the other one; PyTorch gives it to both or the NaN.',
    cases: [
      'maximum | d/da | every | -Infinity..Infinity | float32 1.1e7 75, float64 5.5e15 75, float16 1.3e3 36, bfloat16 1.6e2 45',
      'minimum | d/da | every | -Infinity..Infinity | float32 1.1e7 75, float64 5.5e15 75, float16 1.3e3 36, bfloat16 1.6e2 45',
    ],
  },
  {
    why: 'pow(x, 0.5): PyTorch takes the square root, so that -Infinity gives NaN and -0 gives -0.',
    cases: [
      'pow 0.5 | forward | host | -Infinity..0 | float32 Infinity 2, float64 Infinity 2, float16 Infinity 2, bfloat16 Infinity 2',
      'pow 0.5 | forward | webgpu | -Infinity..-1.401e-45 | float32 Infinity 9',
      'pow 0.5 | d/da | host | -Infinity..0 | float32 Infinity 2, float64 Infinity 2, float16 Infinity 2, bfloat16 Infinity 2',
      'pow 0.5 | d/da | webgpu | -Infinity..0 | float32 Infinity 10',
    ],
  },
  {
    why: "remainder's gradient with respect to the divisor is -floor(a / b) of the rounded quotient: wrong where it underflows to 0, and infinite for an infinite a, where PyTorch has NaN.",
    cases: [
      'remainder | d/db | every | -Infinity..Infinity | float32 Infinity 148, float64 Infinity 151, float16 Infinity 38, bfloat16 Infinity 52',
    ],
  },
  {
    why: 'log1p on webgpu (log1p_ in prelude.ts): (1 + x) - 1 is folded to x by the shader compiler, so that nothing corrects the rounding of 1 + x; asinh, atanh, softplus, logsigmoid and mish have it too.',
    cases: [
      'asinh | forward | webgpu | -0.2284..0.2284 | float32 1.1e7 1267',
      'mish | d/da | webgpu | -16.63..8.42 | float32 6.7e8 316',
      'atanh | forward | webgpu | -0.09965..0.09965 | float32 5.1e6 677',
      'log1p | forward | webgpu | -0.09965..0.1258 | float32 1.1e7 684',
      'logsigmoid | forward | webgpu | 2.079..16.63 | float32 1e7 236',
      'mish | forward | webgpu | -90.51..-0.5937 | float32 2e7 256',
      'softplus | forward | webgpu | -16.63..-2.093 | float32 1e7 234',
      'softplus beta 2 | forward | webgpu | -8.301..-1.026 | float32 9.8e6 225',
    ],
  },
  {
    why: 'log on webgpu: a subnormal operand is flushed in comparisons and not in its bits, so that log(-1e-45) is a number.',
    cases: [
      'log | forward | webgpu | -1.176e-38..1.176e-38 | float32 Infinity 14',
      'log10 | forward | webgpu | -1.176e-38..1.176e-38 | float32 Infinity 14',
      'log2 | forward | webgpu | -1.176e-38..1.176e-38 | float32 Infinity 14',
    ],
  },
  {
    why: 'sin, cos and tan on webgpu: the reduction by three parts of pi/2 leaves too few digits near its multiples and past 10,000.',
    cases: [
      'cos | forward | webgpu | -1.613e04..1.613e04 | float32 51 10',
      'cos | d/da | webgpu | -838.9..710 | float32 40 12',
      'sin | forward | webgpu | -838.9..710 | float32 40 12',
      'sin | d/da | webgpu | -1.613e04..1.613e04 | float32 51 10',
      'tan | forward | webgpu | -1.613e04..1.613e04 | float32 40 14',
      'tan | d/da | webgpu | -1.343e08..1.343e08 | float32 44 20',
    ],
  },
  {
    why: "pow on webgpu: b log(a) has one float's digits for the fraction, so that large powers lose up to 20 ulp.",
    cases: [
      'pow | d/da | webgpu | 2.311e-24..134.1 | float32 43 33',
      'pow | forward | webgpu | 0.00901..134.1 | float32 40 27',
      'pow | d/db | webgpu | 0.00901..3.403e38 | float32 1.4e7 26',
    ],
  },
  {
    why: "tanh on webgpu nears 1 with less precision than PyTorch's, and what is left of 1 - tanh², or 1 + tanh, multiplies that.",
    cases: [
      'gelu tanh | d/da | webgpu | -4..4.844 | float32 6.5e4 64',
      'tanh | d/da | webgpu | -8..8 | float32 1.2e7 88',
      'gelu tanh | forward | webgpu | -4..-1.311 | float32 5.4e4 22',
    ],
  },
];
