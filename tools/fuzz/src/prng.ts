// The generator's own random numbers, so that programs do not depend on what they test.

/** Bits that follow from a seed, the same on every machine (mulberry32). */
export class Bits {
  private state: number;

  constructor(seed: number) {
    // Neighboring seeds are spread over all states.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  }

  /** An integer below 2^32. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}

/** What programs are drawn with. */
export class Prng extends Bits {
  constructor(seed: number) {
    super(seed);
    this.bits();
  }

  /** A number in [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True in a share of all calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    const x = list[this.int(0, list.length - 1)];
    if (x === undefined && list.length === 0) throw new RangeError('Prng.of: an empty list');
    return x;
  }

  /** The list in random order. */
  shuffled<T>(list: readonly T[]): T[] {
    const out = list.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}
