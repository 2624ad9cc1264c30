// What the rows of JavaScript peers share: the same inputs and starting weights as ours.

export const sizeOf = (shape) => shape.reduce((n, s) => n * s, 1);

/** `sin(i · 0.37 + seed)`, in double precision, rounded once. */
export const sines = (shape, seed) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 0.37 + seed));

/** The k-th parameter's starting weights. */
export const weights = (shape, k, scale) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + k) * scale);

/** The first, middle and last of a result's elements, which are compared. */
export const three = (values) =>
  [0, values.length >> 1, values.length - 1].map((i) => Number(values[i]));

/** The products that are measured: rows, columns, summed, and which operand lies transposed. */
export const products = [
  ...[64, 256, 512, 1024, 2048, 1009].map((n) => [n, n, n, 'nn']),
  [512, 512, 512, 'nt'],
  [512, 512, 512, 'tn'],
  [512, 512, 512, 'tt'],
  [127, 513, 300, 'nn'],
  [1, 4096, 4096, 'nn'],
];

export const points = Array.from({ length: 400 }, (_, i) => [Math.sin(i), Math.cos(1.7 * i)]);
export const sides = points.map(([a, b]) => (a * b > 0 ? 1 : 0));
export const labels = Array.from({ length: 64 }, (_, i) => (i * 7) % 10);
export const picks = (n) => Int32Array.from({ length: n }, (_, i) => (i * 7919) % n);
