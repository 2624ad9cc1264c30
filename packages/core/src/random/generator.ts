// The random-number generator: PyTorch's CPU stream, its seeds and its saved states.
import { FormatError, ValueError } from '../errors.js';
import { MT19937, STATE_WORDS } from './mt19937.js';

/** The seed of a new `Generator`, the same as PyTorch's. */
export const DEFAULT_SEED = 67280421310721n;

// The offsets of the fields of PyTorch's CPUGeneratorImpl in the bytes of a saved state.
const STATE_BYTES = 5056;
const AT_SEED = 0;
const AT_LEFT = 8;
const AT_SEEDED = 12;
const AT_NEXT = 16;
const AT_WORDS = 24;
const AT_DOUBLE_NORMAL = 5024;
const AT_DOUBLE_NORMAL_VALID = 5040;
const AT_FLOAT_NORMAL = 5048;
const AT_FLOAT_NORMAL_VALID = 5052;

/**
 * A stream of random numbers, the same as `torch.Generator()` on the CPU: the same seed yields the same numbers, and
 * each accepts states saved by the other.
 *
 * @example
 * const generator = new Generator().manualSeed(0);
 * generator.random(); // 2357136044
 * const saved = generator.getState();
 * generator.setState(saved);
 */
export class Generator {
  /** The engine, for code that fills whole arrays. */
  readonly engine = new MT19937(Number(DEFAULT_SEED & 0xffffffffn));
  /** The second number of the last pair of normal draws, kept for the next draw. */
  nextDoubleNormal: number | undefined;
  /** Kept only because PyTorch's states contain it; nothing on the CPU uses it. */
  nextFloatNormal: number | undefined;
  private currentSeed = DEFAULT_SEED;

  /**
   * Restarts the stream from a seed, an integer from -2^63 to 2^64 - 1. A negative seed is taken modulo 2^64, and only
   * the low 32 bits select the stream, as in PyTorch. Throws `ValueError` for anything else. PyTorch:
   * `Generator.manual_seed`.
   */
  manualSeed(seed: number | bigint): this {
    const value = toSeed(seed);
    this.currentSeed = value;
    this.engine.reseed(Number(value & 0xffffffffn));
    this.nextDoubleNormal = undefined;
    this.nextFloatNormal = undefined;
    return this;
  }

  /** The seed that the stream was started with. PyTorch: `Generator.initial_seed`. */
  initialSeed(): bigint {
    return this.currentSeed;
  }

  /** Restarts from an unpredictable seed, and returns it. PyTorch: `Generator.seed`. */
  seed(): bigint {
    const words = globalThis.crypto.getRandomValues(new Uint32Array(2));
    const seed = (BigInt(words[0]) << 32n) | BigInt(words[1]);
    this.manualSeed(seed);
    return seed;
  }

  /** The next 32 bits of the stream, from 0 to 2^32 - 1. */
  random(): number {
    return this.engine.nextInt32() >>> 0;
  }

  /** The next 64 bits of the stream (two draws, the upper half first), from 0 to 2^64 - 1. */
  random64(): bigint {
    const high = this.engine.nextInt32() >>> 0;
    const low = this.engine.nextInt32() >>> 0;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** The low 24 bits of one draw, as a number in [0, 1): PyTorch's float32 uniform. */
  uniform24(): number {
    return (this.engine.nextInt32() & 0xffffff) * 2 ** -24;
  }

  /** The low 53 bits of a 64-bit draw, as a number in [0, 1): PyTorch's float64 uniform. */
  uniform53(): number {
    const high = this.engine.nextInt32() & 0x1fffff;
    const low = this.engine.nextInt32() >>> 0;
    return (high * 2 ** 32 + low) * 2 ** -53;
  }

  /**
   * The whole state, in the 5056-byte format of `torch.Generator.get_state()`.
   *
   * @example
   * const before = generator.getState();
   */
  getState(): Uint8Array {
    const bytes = new Uint8Array(STATE_BYTES);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(AT_SEED, this.currentSeed, true);
    view.setInt32(AT_LEFT, this.engine.left, true);
    view.setInt32(AT_SEEDED, 1, true);
    view.setUint32(AT_NEXT, this.engine.next, true);
    for (let i = 0; i < STATE_WORDS; i++) {
      view.setInt32(AT_WORDS + 8 * i, this.engine.state[i], true);
    }
    if (this.nextDoubleNormal !== undefined) {
      view.setFloat64(AT_DOUBLE_NORMAL, this.nextDoubleNormal, true);
      view.setInt32(AT_DOUBLE_NORMAL_VALID, 1, true);
    }
    if (this.nextFloatNormal !== undefined) {
      view.setFloat32(AT_FLOAT_NORMAL, this.nextFloatNormal, true);
      view.setUint8(AT_FLOAT_NORMAL_VALID, 1);
    }
    return bytes;
  }

  /**
   * Restores a state saved by `getState`, here or in PyTorch (`Generator.set_state`). Throws `FormatError`, and leaves
   * the generator unchanged, if the bytes are not such a state.
   */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== STATE_BYTES) {
      throw new FormatError(
        `setState: a generator's state has ${STATE_BYTES} bytes, got ${bytes.length}; ` +
          'pass the result of getState() or torch.get_rng_state()',
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const left = view.getInt32(AT_LEFT, true);
    const next = view.getUint32(AT_NEXT, true);
    if (view.getInt32(AT_SEEDED, true) !== 1) {
      throw badState('the mark of a seeded state', AT_SEEDED, view.getInt32(AT_SEEDED, true), '1');
    }
    if (left < 1 || left > STATE_WORDS) {
      throw badState('the number of words left', AT_LEFT, left, `1 to ${STATE_WORDS}`);
    }
    // There must be words left for the draws before the next renewal: PyTorch would read beyond the end here.
    if (view.getUint32(AT_NEXT + 4, true) !== 0 || next + left - 1 > STATE_WORDS) {
      const got = view.getBigUint64(AT_NEXT, true);
      throw badState('the next word', AT_NEXT, got, `0 to ${STATE_WORDS + 1 - left}`);
    }
    this.currentSeed = view.getBigUint64(AT_SEED, true);
    this.engine.left = left;
    this.engine.next = next;
    for (let i = 0; i < STATE_WORDS; i++) {
      this.engine.state[i] = view.getInt32(AT_WORDS + 8 * i, true);
    }
    this.nextDoubleNormal =
      view.getInt32(AT_DOUBLE_NORMAL_VALID, true) !== 0
        ? view.getFloat64(AT_DOUBLE_NORMAL, true)
        : undefined;
    this.nextFloatNormal =
      view.getUint8(AT_FLOAT_NORMAL_VALID) !== 0
        ? view.getFloat32(AT_FLOAT_NORMAL, true)
        : undefined;
    return this;
  }

  /** A copy of this generator that continues from the same state. PyTorch: `Generator.clone_state`. */
  clone(): Generator {
    const copy = new Generator();
    copy.engine.copyFrom(this.engine);
    copy.currentSeed = this.currentSeed;
    copy.nextDoubleNormal = this.nextDoubleNormal;
    copy.nextFloatNormal = this.nextFloatNormal;
    return copy;
  }
}

let shared: Generator | undefined;

/**
 * The generator used unless another one is given. As in PyTorch, its first seed differs in every run; `manualSeed` sets
 * it. PyTorch: `torch.default_generator`.
 */
export function defaultGenerator(): Generator {
  if (shared === undefined) {
    shared = new Generator();
    shared.seed();
  }
  return shared;
}

function toSeed(seed: number | bigint): bigint {
  if (typeof seed === 'bigint' || Number.isInteger(seed)) {
    const value = BigInt(seed);
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return BigInt.asUintN(64, value);
  }
  throw new ValueError(
    `manualSeed: seed must be an integer from -2^63 to 2^64 - 1, got ${String(seed)}; ` +
      'round it, or take it modulo 2^64',
  );
}

function badState(what: string, offset: number, got: number | bigint, want: string): FormatError {
  return new FormatError(
    `setState: ${what} (byte ${offset}) is ${got}, must be ${want}; ` +
      'the bytes are not a generator state, or are damaged',
  );
}
