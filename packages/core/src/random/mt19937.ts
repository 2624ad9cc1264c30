// The Mersenne Twister MT19937, which produces the same 32-bit words as PyTorch's CPU engine.

/** Number of words of state. */
export const STATE_WORDS = 624;
const SHIFT = 397;

/**
 * The engine of {@link Generator}: `nextInt32` returns the next 32 bits as a signed integer.
 *
 * `left` and `next` have the same meaning as in PyTorch, because its saved states contain them: `left` counts down to
 * the draw that renews the block, `next` is the index of the next word.
 */
export class MT19937 {
  readonly state: Int32Array = new Int32Array(STATE_WORDS);
  left = 1;
  next = 0;

  constructor(seed: number) {
    this.reseed(seed);
  }

  /** Restarts from a seed, of which the low 32 bits are used. */
  reseed(seed: number): void {
    const state = this.state;
    let word = seed | 0;
    state[0] = word;
    for (let i = 1; i < STATE_WORDS; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) | 0;
      state[i] = word;
    }
    this.left = 1;
    this.next = 0;
  }

  /** The next 32 random bits, as a signed integer (`>>> 0` makes it unsigned). */
  nextInt32(): number {
    if (--this.left === 0) this.renew();
    let y = this.state[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  copyFrom(other: MT19937): void {
    this.state.set(other.state);
    this.left = other.left;
    this.next = other.next;
  }

  private renew(): void {
    const s = this.state;
    let i = 0;
    for (; i < STATE_WORDS - SHIFT; i++) s[i] = s[i + SHIFT] ^ twist(s[i], s[i + 1]);
    for (; i < STATE_WORDS - 1; i++) s[i] = s[i + SHIFT - STATE_WORDS] ^ twist(s[i], s[i + 1]);
    s[i] = s[i + SHIFT - STATE_WORDS] ^ twist(s[i], s[0]);
    this.left = STATE_WORDS;
    this.next = 0;
  }
}

function twist(u: number, v: number): number {
  return (((u & 0x80000000) | (v & 0x7fffffff)) >>> 1) ^ (-(v & 1) & 0x9908b0df);
}
