// Known faults of the library's elementwise functions: each entry must fail until it is fixed, and is deleted then.
import type { Cause } from './cause.js';

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
    why: "lerp on webgpu: WGSL's fma may round the product before the sum, where PyTorch's is fused.",
    cases: ['lerp | forward | webgpu | -1.78..2.571 | float32 25 10'],
  },
];
