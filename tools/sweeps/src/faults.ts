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
];
