// Products: tiles packed through their strides, multiplied in double precision.
import type { AxisGroup, Contraction, Epilogue, View } from '../contract.js';
import { mergeLoops, walk } from '../loops.js';
import type { Elements } from './kernels.js';
import { map } from './map.js';

/** Rows and columns of one tile: as many sums as stay in registers. */
const TILE = 4;
/** Packed elements of `b` at a time: a megabyte. */
const PACKED = 1 << 17;

let packedA = new Float64Array(0);
let packedB = new Float64Array(0);

/** Wider where the positions ask for it. */
type Positions = Int32Array | Float64Array;

/** Positions of every combination of a group's indices in one operand. */
function positions(group: AxisGroup, strides: readonly number[]): Positions {
  const loops = mergeLoops(group.sizes, [strides]);
  const inner = loops.sizes.length - 1;
  const length = loops.sizes[inner];
  const stride = loops.strides[0][inner];
  let total = 1;
  for (const n of loops.sizes) total *= n;
  const reach = group.sizes.reduce((sum, n, d) => sum + n * Math.abs(strides[d]), 0);
  const out = reach < 2 ** 31 ? new Int32Array(total) : new Float64Array(total);
  let at = 0;
  walk(loops, inner, [0], ([base]) => {
    for (let i = 0; i < length; i++) out[at++] = base + i * stride;
  });
  return out;
}

/** See `Backend.contract`. Integers wrap, as PyTorch's products of matrices do. */
export function contract(
  spec: Contraction,
  a: View,
  b: View,
  out: View,
  epilogue?: Epilogue,
): void {
  if (out.count === 0) return;
  if (out.dtype === 'int64' || out.dtype === 'int32') integers(spec, a, b, out);
  else if (!tiny(spec, a, b, out)) large(spec, a, b, out);
  if (epilogue !== undefined) {
    map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
  }
}

/** The sum of the products of two lines, each an array, the position of its start and those of its elements. */
type Line = (
  x: Elements,
  p: number,
  ps: Positions,
  y: Elements,
  q: number,
  qs: Positions,
) => number;

const line32: Line = (x, p, ps, y, q, qs) => {
  let total = 0;
  for (let k = 0; k < ps.length; k++) {
    const product = Math.imul(x[p + ps[k]], y[q + qs[k]]);
    total = (total + product) | 0;
  }
  return total;
};

// Bigints, which the loops' types do not show; an array of them takes its elements modulo 2^64.
const line64: Line = (x, p, ps, y, q, qs) => {
  let total = 0n as unknown as number;
  for (let k = 0; k < ps.length; k++) {
    total += x[p + ps[k]] * y[q + qs[k]];
  }
  return total;
};

/** Integers whose products may exceed what doubles hold exactly: modulo 2^32 or 2^64. */
function integers(spec: Contraction, a: View, b: View, out: View): void {
  const line = out.dtype === 'int64' ? line64 : line32;
  const x = a.buffer as Elements;
  const y = b.buffer as Elements;
  const target = out.buffer as Elements;
  const [rowA, rowOut] = [positions(spec.row, spec.row.a), positions(spec.row, spec.row.out)];
  const columnB = positions(spec.column, spec.column.b);
  const columnOut = positions(spec.column, spec.column.out);
  const [sumA, sumB] = [positions(spec.sum, spec.sum.a), positions(spec.sum, spec.sum.b)];
  const batch = mergeLoops(spec.batch.sizes, [spec.batch.a, spec.batch.b, spec.batch.out]);
  walk(batch, batch.sizes.length, [a.offset, b.offset, out.offset], (bases) => {
    const [baseA, baseB, baseOut] = bases as [number, number, number];
    for (let i = 0; i < rowA.length; i++) {
      const row = baseOut + rowOut[i];
      const p = baseA + rowA[i];
      for (let j = 0; j < columnB.length; j++) {
        const q = baseB + columnB[j];
        target[row + columnOut[j]] = line(x, p, sumA, y, q, sumB);
      }
    }
  });
}

/** Products below which laying out tiles costs more than it saves. */
const TINY = 512;

/** Plain loops for a small product of at most one axis a group; false for any other. */
function tiny({ batch, row, column, sum }: Contraction, a: View, b: View, out: View): boolean {
  if (
    batch.sizes.length > 0 ||
    row.sizes.length > 1 ||
    column.sizes.length > 1 ||
    sum.sizes.length > 1
  ) {
    return false;
  }
  const rows = row.sizes[0] ?? 1;
  const columns = column.sizes[0] ?? 1;
  const depth = sum.sizes[0] ?? 1;
  if (rows * columns * depth > TINY) return false;
  const [ra, ro] = [row.a[0] ?? 0, row.out[0] ?? 0];
  const [cb, co] = [column.b[0] ?? 0, column.out[0] ?? 0];
  const [sa, sb] = [sum.a[0] ?? 0, sum.b[0] ?? 0];
  const x = a.buffer as Elements;
  const y = b.buffer as Elements;
  const target = out.buffer as Elements;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let total = 0;
      let p = a.offset + i * ra;
      let q = b.offset + j * cb;
      for (let k = 0; k < depth; k++, p += sa, q += sb) {
        total += x[p] * y[q];
      }
      target[out.offset + i * ro + j * co] = total;
    }
  }
  return true;
}

function large(spec: Contraction, a: View, b: View, out: View): void {
  const rowA = positions(spec.row, spec.row.a);
  const rowOut = positions(spec.row, spec.row.out);
  const columnB = positions(spec.column, spec.column.b);
  const columnOut = positions(spec.column, spec.column.out);
  const sumA = positions(spec.sum, spec.sum.a);
  const sumB = positions(spec.sum, spec.sum.b);
  const batch = mergeLoops(spec.batch.sizes, [spec.batch.a, spec.batch.b, spec.batch.out]);
  const [rows, columns, depth] = [rowA.length, columnB.length, sumA.length];

  const chunk = Math.max(TILE, Math.floor(PACKED / Math.max(1, depth) / TILE) * TILE);
  if (packedA.length < depth * TILE) packedA = new Float64Array(depth * TILE);
  const needed = depth * Math.min(chunk, Math.ceil(columns / TILE) * TILE);
  if (packedB.length < needed) packedB = new Float64Array(needed);

  walk(batch, batch.sizes.length, [a.offset, b.offset, out.offset], ([baseA, baseB, baseOut]) => {
    for (let j0 = 0; j0 < columns; j0 += chunk) {
      const j1 = Math.min(columns, j0 + chunk);
      for (let j = j0; j < j1; j += TILE) {
        pack(packedB, (j - j0) * depth, b.buffer as Elements, baseB, columnB, j, j1, sumB);
      }
      for (let i = 0; i < rows; i += TILE) {
        pack(packedA, 0, a.buffer as Elements, baseA, rowA, i, rows, sumA);
        for (let j = j0; j < j1; j += TILE) {
          tile(packedA, packedB, (j - j0) * depth, depth);
          unpack(out.buffer as Elements, baseOut, rowOut, i, columnOut, j);
        }
      }
    }
  });
}

/** Up to four rows (or columns) interleaved, so that a tile reads both operands in order. */
function pack(
  to: Float64Array,
  at: number,
  from: Elements,
  base: number,
  lines: Positions,
  first: number,
  end: number,
  sums: Positions,
): void {
  const depth = sums.length;
  const width = Math.min(TILE, end - first);
  // A line that is missing repeats the first one; what comes of it is never written out.
  const line = (l: number): number => base + lines[first + (l < width ? l : 0)];
  const [l0, l1, l2, l3] = [line(0), line(1), line(2), line(3)];
  for (let k = 0, p = at; k < depth; k++, p += TILE) {
    const s = sums[k];
    to[p] = from[l0 + s];
    to[p + 1] = from[l1 + s];
    to[p + 2] = from[l2 + s];
    to[p + 3] = from[l3 + s];
  }
}

const result = new Float64Array(TILE * TILE);

/** Writes the tile's result, or what of it lies within the matrix. */
function unpack(
  to: Elements,
  base: number,
  rows: Positions,
  row: number,
  columns: Positions,
  column: number,
): void {
  const height = Math.min(TILE, rows.length - row);
  const width = Math.min(TILE, columns.length - column);
  for (let r = 0; r < height; r++) {
    const at = base + rows[row + r];
    for (let c = 0; c < width; c++) to[at + columns[column + c]] = result[r * TILE + c];
  }
}

/** `result = Aᵀ·B` for one packed tile of each. */
function tile(A: Float64Array, B: Float64Array, q: number, depth: number): void {
  // Two rows at a time: eight sums and six factors fit the processor's registers.
  for (let r = 0; r < TILE; r += 2) {
    let c00 = 0,
      c01 = 0,
      c02 = 0,
      c03 = 0;
    let c10 = 0,
      c11 = 0,
      c12 = 0,
      c13 = 0;
    for (let k = 0, p = r, s = q; k < depth; k++, p += TILE, s += TILE) {
      const a0 = A[p];
      const a1 = A[p + 1];
      const b0 = B[s];
      const b1 = B[s + 1];
      const b2 = B[s + 2];
      const b3 = B[s + 3];
      c00 += a0 * b0;
      c01 += a0 * b1;
      c02 += a0 * b2;
      c03 += a0 * b3;
      c10 += a1 * b0;
      c11 += a1 * b1;
      c12 += a1 * b2;
      c13 += a1 * b3;
    }
    const o = r * TILE;
    result[o] = c00;
    result[o + 1] = c01;
    result[o + 2] = c02;
    result[o + 3] = c03;
    result[o + 4] = c10;
    result[o + 5] = c11;
    result[o + 6] = c12;
    result[o + 7] = c13;
  }
}
