// Numbers by chance, the same in every run with the same seed.

/** Draws; what is drawn depends on the seed alone. */
export class Draw {
  private state: number;

  constructor(seed: number) {
    // Neighboring seeds are to differ from their first number on.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  }

  /** An integer from 0 to `n` - 1 (mulberry32). */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
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
