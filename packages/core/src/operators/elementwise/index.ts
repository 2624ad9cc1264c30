// All elementwise operators.
export * from './activations.js';
export * from './arithmetic.js';
export * from './bits.js';
export * from './compare.js';
export * from './math.js';
export * from './rounding.js';
