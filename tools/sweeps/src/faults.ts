// Known faults of the library's elementwise functions: each entry must fail until it is fixed, and is deleted then.
import type { Cause } from './exceptions.js';

export const faults: readonly Cause[] = [
  {
    why: "A result for -0, or one that underflows, has the other sign than PyTorch's.",
    cases: ['pow | d/da | host | -Infinity..0.2039 | float32 Infinity 3'],
  },
  {
    why: 'lgamma between its zeros in (-3, -2): parts of size 1 cancel, to -0.12 at the extreme.',
    cases: ['lgamma | forward | plain addon | -2.83..-2.499 | float64 11 9'],
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
    why: "lerp on webgpu: WGSL's fma may round the product before the sum, where PyTorch's is fused.",
    cases: ['lerp | forward | webgpu | -1.78..2.571 | float32 25 10'],
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
];
