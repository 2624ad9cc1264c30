// Numbers by chance, the same in every run with the same seed.
import { Bits } from '../prng.js';

/** What files are damaged with. */
export class Draw extends Bits {
  /** An integer from 0 to `n` - 1. */
  below(n: number): number {
    return this.bits() % n;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of a list, which must not be empty. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** Numbers at which readers go wrong. */
export const EDGES: readonly number[] = [
  ...[0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000],
  ...[0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
];
