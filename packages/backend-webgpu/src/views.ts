// Views as kernels iterate over them: dimensions merged where every operand allows it.
import { type Loops, mergeLoops } from '@dl/core/functional';

/** The loops over `shape` for operands with these strides: none for a single element. */
export function loopsOf(shape: readonly number[], operands: readonly (readonly number[])[]): Loops {
  const loops = mergeLoops(shape, operands);
  return loops.sizes.length === 1 && loops.sizes[0] === 1
    ? { sizes: [], strides: operands.map(() => []) }
    : loops;
}

/** Memory that is accessed in vectors of four: a buffer with this number of elements, and the offset in it. */
interface Placed {
  readonly buffer: object;
  readonly offset: number;
}

/** Loops in which an element is a group of four adjacent ones, see `inFours`. */
export interface Fours {
  /** As given; strides and offsets of wide operands count groups of four. */
  readonly loops: readonly Loops[];
  readonly offsets: readonly number[];
  /** The operands whose elements are groups of four; the others repeat one element. */
  readonly wide: readonly boolean[];
}

/**
 * The loops with the innermost one in steps of four adjacent elements, or null if the operands' layout does not allow
 * it. `padded` allows a single loop whose last step has fewer than four.
 */
export function inFours(
  [first, ...others]: readonly [Loops, ...Loops[]],
  operands: readonly Placed[],
  padded = false,
): Fours | null {
  const inner = first.sizes.length - 1;
  if (inner < 0) return null;
  const size = first.sizes[inner];
  if (size % 4 !== 0 && !(padded && inner === 0)) return null;
  const wide = operands.map((_, k) => first.strides[k][inner] === 1);
  const fits = operands.every(({ buffer, offset }, k) => {
    const mine = first.strides[k];
    if (!wide[k]) {
      // A buffer is bound once.
      const clash = operands.some((o, j) => wide[j] && o.buffer === buffer);
      return mine[inner] === 0 && !clash;
    }
    const rest = [...mine.slice(0, inner), ...others.flatMap((l) => l.strides[k])];
    return offset % 4 === 0 && rest.every((s) => s % 4 === 0);
  });
  if (!fits) return null;
  const quarter = (l: Loops, of: boolean): Loops => ({
    sizes: l.sizes.map((s, d) => (of && d === inner ? Math.ceil(s / 4) : s)),
    strides: l.strides.map((list, k) =>
      list.map((s, d) => (wide[k] && !(of && d === inner) ? s / 4 : s)),
    ),
  });
  return {
    loops: [quarter(first, true), ...others.map((l) => quarter(l, false))],
    offsets: operands.map(({ offset }, k) => (wide[k] ? offset / 4 : offset)),
    wide,
  };
}
