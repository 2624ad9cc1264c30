// Products whose strides are those of matrices, as cuBLAS takes them.
import { type AxisGroup, type Contraction, mergeLoops, type View } from '@dl/core/functional';
import type { CudaBuffer } from '../runtime.js';
import { LARGEST } from './source-pieces.js';

/** A product for cuBLAS, as `Runtime.gemm` takes it after the device. */
export interface Gemm {
  readonly float64: boolean;
  readonly numbers: readonly number[];
}

interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly out: number;
}

/** A group as one axis, if its strides allow; strides of an axis of one element are 0. */
function single(group: AxisGroup): Axis | null {
  const { sizes, strides } = mergeLoops(group.sizes, [group.a, group.b, group.out]);
  if (sizes.length > 1) return null;
  const [a, b, out] = strides.map((s) => s[0]);
  return { size: sizes[0], a, b, out };
}

/** How a matrix lies: `leading` is the step between its columns (or, transposed, rows). */
interface Lying {
  readonly transposed: boolean;
  readonly leading: number;
}

/**
 * A column-major matrix of `m` by `k` elements with these strides, or null. Elements of an axis of size 1
 * are nowhere but at the start, so its stride is free.
 */
function lying(m: number, k: number, alongM: number, alongK: number): Lying | null {
  const fits = (leading: number, least: number): boolean =>
    leading >= Math.max(1, least) && leading <= LARGEST;
  if (m === 1 || alongM === 1) {
    const leading = k === 1 ? Math.max(1, m) : alongK;
    if (fits(leading, m === 1 ? 1 : m)) return { transposed: false, leading };
  }
  if (k === 1 || alongK === 1) {
    const leading = m === 1 ? Math.max(1, k) : alongM;
    if (fits(leading, k === 1 ? 1 : k)) return { transposed: true, leading };
  }
  return null;
}

/** The product as cuBLAS takes it, or null where its strides are not those of matrices. */
export function gemmOf(spec: Contraction, a: View, b: View, out: View, tf32: boolean): Gemm | null {
  if (out.dtype !== 'float32' && out.dtype !== 'float64') return null;
  const [batch, row, column, sum] = [spec.batch, spec.row, spec.column, spec.sum].map(single);
  if (!batch || !row || !column || !sum) return null;
  const sizes = [row.size, column.size, sum.size, batch.size];
  if (sizes.some((n) => n < 1 || n > LARGEST)) return null;
  // cuBLAS is column-major: a row-major output is the transposed product with operands exchanged.
  const tries = [
    { m: column, n: row, first: b, second: a, swapped: true },
    { m: row, n: column, first: a, second: b, swapped: false },
  ];
  for (const { m, n, first, second, swapped } of tries) {
    const [x, y] = swapped ? (['b', 'a'] as const) : (['a', 'b'] as const);
    const one = lying(m.size, sum.size, m[x], sum[x]);
    const two = lying(sum.size, n.size, sum[y], n[y]);
    const result = lying(m.size, n.size, m.out, n.out);
    if (one === null || two === null || result === null || result.transposed) continue;
    return {
      float64: out.dtype === 'float64',
      numbers: [
        out.dtype === 'float64' ? 1 : 0,
        tf32 ? 1 : 0,
        one.transposed ? 1 : 0,
        two.transposed ? 1 : 0,
        m.size,
        n.size,
        sum.size,
        one.leading,
        batch[x],
        two.leading,
        batch[y],
        result.leading,
        batch.out,
        batch.size,
        ...[first, second, out].flatMap((v) => [(v.buffer as CudaBuffer).handle, v.offset]),
      ],
    };
  }
  return null;
}
