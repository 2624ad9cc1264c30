// Random numbers against PyTorch's own draws (fixtures by tools/oracle/random_goldens.py).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { DLError, FormatError, ShapeError } from '../src/errors.js';
import {
  DEFAULT_SEED,
  defaultGenerator,
  drawSeed,
  fillBernoulli,
  fillBernoulliTensor,
  fillDropoutMask,
  fillExponential,
  fillNormal,
  fillNormalSerial,
  fillRandint,
  fillUniform,
  Generator,
  type IntegerTarget,
  multinomial,
  randomSampler,
  randperm,
  shuffledOrder,
} from '../src/random/index.js';
import { toDouble } from '../src/random/uniform.js';

interface Packed {
  dtype: 'float32' | 'float64' | 'int32' | 'int64' | 'uint8';
  size: number;
  all?: string;
  sha256?: string;
  step: number;
  every?: string;
  tail?: string;
}

interface Case {
  seed: number;
  draws: Packed[];
  after: number;
}

interface Seed {
  seed: string;
  initialSeed: string;
  word: number;
  words: Packed;
}

interface State {
  seed: string;
  words: number;
  normals: number;
  sha256: string;
  state: string | null;
  head: string;
  tail: string;
  uniform: Packed;
  normal: Packed;
}

const goldens = JSON.parse(
  readFileSync(new URL('./fixtures/random.json', import.meta.url), 'utf8'),
);

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
};

/** The position of the stream, as its next word, which is not consumed. */
const after = (generator: Generator): number => generator.clone().random() % (2 ** 28 - 1);
const seeded = (seed: number | bigint): Generator => new Generator().manualSeed(seed);
const bytesOf = (x: ArrayBufferView): Uint8Array =>
  new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
const sha256 = (x: ArrayBufferView): string =>
  createHash('sha256').update(bytesOf(x)).digest('hex');
const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

function blank(packed: Packed): IntegerTarget {
  return new arrays[packed.dtype](packed.size);
}

/** The stored values of a packed array, with their positions. */
function stored(packed: Packed): [at: number, value: number | bigint][] {
  const read = (text: string): ArrayLike<number | bigint> =>
    new arrays[packed.dtype](decode(text).buffer as ArrayBuffer);
  if (packed.all !== undefined) return Array.from(read(packed.all), (v, i) => [i, v]);
  const tail = read(packed.tail!);
  return [
    ...Array.from(read(packed.every!), (v, i): [number, number | bigint] => [i * packed.step, v]),
    ...Array.from(tail, (v, i): [number, number | bigint] => [packed.size - tail.length + i, v]),
  ];
}

/** First every stored value, for a readable message; then all of them by their digest. */
function expectBits(out: ArrayBufferView & ArrayLike<number | bigint>, packed: Packed): void {
  expect(out.length).toBe(packed.size);
  for (const [at, value] of stored(packed)) {
    if (!Object.is(out[at], value)) expect(`${at}: ${out[at]}`).toBe(`${at}: ${value}`);
  }
  if (packed.all === undefined) expect(sha256(out)).toBe(packed.sha256);
}

/**
 * The largest difference from the stored values, in units in the last place: of the value, or of `scale` if that is
 * larger (a sum that cancels keeps the error of its terms).
 */
function largestUlps(out: ArrayLike<number>, packed: Packed, scale = 0): number {
  const digits = packed.dtype === 'float32' ? 24 : 53;
  let most = 0;
  for (const [at, value] of stored(packed)) {
    const exponent = Math.floor(Math.log2(Math.max(Math.abs(Number(value)), scale)));
    most = Math.max(most, Math.abs(out[at] - Number(value)) / 2 ** (exponent + 1 - digits));
  }
  largest.set(packed.dtype, Math.max(largest.get(packed.dtype) ?? 0, most));
  return most;
}

/** The largest difference so far, by dtype: printed if DL_REPORT is set. */
const largest = new Map<string, number>();
afterAll(() => {
  if (process.env.DL_REPORT) console.log('largest difference in ulps', largest);
});

describe('Generator', () => {
  it.each(goldens.seeds as Seed[])("seed $seed produces PyTorch's words", (golden) => {
    const generator = seeded(BigInt(golden.seed));
    expect(generator.initialSeed()).toBe(BigInt(golden.initialSeed));
    expect(after(generator)).toBe(golden.word);
    const words = new BigInt64Array(1300);
    fillRandint(words, generator, 0, 2 ** 28 - 1);
    expectBits(words, golden.words);
  });

  it('accepts numbers and bigints alike', () => {
    expect(seeded(-1).initialSeed()).toBe(2n ** 64n - 1n);
    expect(seeded(7).random()).toBe(seeded(7n).random());
    expect(seeded(2 ** 32 + 7).random()).toBe(seeded(7n).random());
  });

  it('starts from the seed of torch.Generator()', () => {
    expect(new Generator().initialSeed()).toBe(BigInt(goldens.defaultSeed));
    expect(DEFAULT_SEED).toBe(BigInt(goldens.defaultSeed));
    expect(new Generator().random()).toBe(seeded(DEFAULT_SEED).random());
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 64, -(2 ** 64), 2n ** 64n])(
    'refuses the seed %s',
    (seed) => {
      expect(() => new Generator().manualSeed(seed)).toThrow(DLError);
    },
  );

  it('seed() starts a stream that its own result restarts', () => {
    const generator = new Generator();
    const seed = generator.seed();
    expect(generator.initialSeed()).toBe(seed);
    expect(generator.random64()).toBe(seeded(seed).random64());
    expect(generator.seed()).not.toBe(seed);
  });

  it('has one default generator', () => {
    defaultGenerator().manualSeed(3);
    const out = new Float32Array(4);
    fillUniform(out);
    const own = new Float32Array(4);
    fillUniform(own, seeded(3));
    expect(out).toEqual(own);
  });

  it('random64 puts the first draw in the upper half', () => {
    const a = seeded(5);
    const b = seeded(5);
    expect(a.random64()).toBe((BigInt(b.random()) << 32n) | BigInt(b.random()));
  });
});

describe('states', () => {
  it.each(goldens.states as State[])(
    'seed $seed after $words words and $normals normals',
    (golden) => {
      const generator = seeded(BigInt(golden.seed));
      fillRandint(new BigInt64Array(golden.words), generator, 0, 2);
      fillNormal(new Float32Array(golden.normals), generator);
      const state = generator.getState();
      expect(state.subarray(0, 24)).toEqual(decode(golden.head));
      if (golden.normals === 0) expect(sha256(state)).toBe(golden.sha256);
      // The kept normal number may differ in its last bit; it is at byte 16 of the tail.
      const tail = decode(golden.tail);
      expect(state.subarray(-40, -32)).toEqual(tail.subarray(0, 8));
      expect(state.subarray(-24)).toEqual(tail.subarray(16));
      const draws = new Float32Array(5);
      fillUniform(draws, generator);
      expectBits(draws, golden.uniform);
      const normals = new Float64Array(3);
      fillNormal(normals, generator);
      expect(largestUlps(normals, golden.normal)).toBeLessThanOrEqual(2);
    },
  );

  it.each((goldens.states as State[]).filter((x) => x.state))(
    'restores and returns what PyTorch saved (seed $seed)',
    (golden) => {
      const saved = decode(golden.state!);
      const generator = new Generator().setState(saved);
      expect(generator.getState()).toEqual(saved);
      expect(sha256(saved)).toBe(golden.sha256);
      expect(generator.initialSeed()).toBe(BigInt(golden.seed));
      const draws = new Float32Array(5);
      fillUniform(draws, generator);
      expectBits(draws, golden.uniform);
    },
  );

  it('keeps both pending normals in a state and a clone', () => {
    const generator = seeded(1);
    generator.nextDoubleNormal = -0.1;
    generator.nextFloatNormal = 0.25;
    for (const copy of [generator.clone(), new Generator().setState(generator.getState())]) {
      expect(copy.nextDoubleNormal).toBe(-0.1);
      expect(copy.nextFloatNormal).toBe(0.25);
      expect(copy.getState()).toEqual(generator.getState());
    }
    expect(generator.manualSeed(1).nextDoubleNormal).toBeUndefined();
    expect(generator.nextFloatNormal).toBeUndefined();
  });

  it('a clone is independent', () => {
    const generator = seeded(1);
    const copy = generator.clone();
    const first = copy.random();
    expect(generator.random()).toBe(first);
    expect(copy.initialSeed()).toBe(1n);
  });

  it('restores a state at any offset of its buffer', () => {
    const state = seeded(9).getState();
    const moved = new Uint8Array(state.length + 3);
    moved.set(state, 3);
    expect(new Generator().setState(moved.subarray(3)).random()).toBe(seeded(9).random());
  });

  it('refuses bytes that are not a state, and stays unchanged', () => {
    const generator = seeded(4);
    const before = generator.getState();
    const damage: [offset: number, byte: number][] = [
      [8, 0],
      [9, 3],
      [11, 0x80],
      [12, 0],
      [17, 9],
      [20, 1],
    ];
    for (const [offset, byte] of damage) {
      const bad = before.slice();
      bad[offset] = byte;
      expect(() => generator.setState(bad)).toThrow(FormatError);
    }
    expect(() => generator.setState(before.subarray(1))).toThrow(/5056 bytes, got 5055/);
    // More words promised than left: PyTorch accepts this state and reads beyond its array.
    const past = seeded(4);
    past.random();
    past.engine.next = 600;
    expect(() => generator.setState(past.getState())).toThrow(/byte 16/);
    expect(generator.getState()).toEqual(before);
  });
});

function run(
  golden: Case,
  fill: (out: IntegerTarget, generator: Generator) => void,
  check: (out: IntegerTarget, packed: Packed) => void = expectBits,
): void {
  const generator = seeded(golden.seed);
  for (const packed of golden.draws) {
    const out = blank(packed);
    fill(out, generator);
    check(out, packed);
  }
  expect(after(generator)).toBe(golden.after);
}

const label = (x: object): string => JSON.stringify({ ...x, draws: undefined, after: undefined });
const table = <T extends Case>(cases: T[]): [string, T][] =>
  cases.map((x) => [`${x.draws[0].size} ${x.draws[0].dtype} ${label(x)}`, x]);

describe('uniform', () => {
  it.each(table(goldens.uniform as (Case & { low: number; high: number })[]))('%s', (_, golden) => {
    run(golden, (out, generator) =>
      fillUniform(out as Float32Array, generator, golden.low, golden.high),
    );
  });

  it('refuses reversed bounds, and bounds too far apart', () => {
    const out = new Float32Array(1);
    expect(() => fillUniform(out, seeded(0), 2, 1)).toThrow(/from 2, to 1/);
    expect(() => fillUniform(out, seeded(0), Number.NaN, 1)).toThrow(DLError);
    expect(() => fillUniform(out, seeded(0), -3e38, 3e38)).toThrow(DLError);
    expect(() => fillUniform(new Float64Array(1), seeded(0), -3e38, 3e38)).not.toThrow();
  });
});

describe('normal', () => {
  type Normal = Case & { mean: number; std: number; serial?: boolean };
  it.each(table(goldens.normal as Normal[]))('%s', (_, golden) => {
    run(
      golden,
      (out, generator) =>
        (golden.serial ? fillNormalSerial : fillNormal)(
          out as Float32Array,
          generator,
          golden.mean,
          golden.std,
        ),
      (out, packed) => {
        if (packed.dtype === 'float32') expectBits(out, packed);
        else
          expect(
            largestUlps(out as Float64Array, packed, Math.abs(golden.mean)),
          ).toBeLessThanOrEqual(4);
      },
    );
  });

  it('refuses a negative std', () => {
    for (const size of [3, 20]) {
      expect(() => fillNormal(new Float32Array(size), seeded(0), 0, -1)).toThrow(/got -1/);
      expect(() => fillNormal(new Float32Array(size), seeded(0), 0, Number.NaN)).toThrow(DLError);
    }
  });
});

describe('integers', () => {
  it.each(table(goldens.randint as (Case & { low: string; high: string })[]))('%s', (_, golden) => {
    run(golden, (out, generator) =>
      fillRandint(out, generator, BigInt(golden.low), BigInt(golden.high)),
    );
  });

  it('refuse empty ranges, fractions and values that do not fit', () => {
    const fill = (out: IntegerTarget, low: number | bigint, high: number | bigint) => () =>
      fillRandint(out, seeded(0), low, high);
    expect(fill(new Int32Array(1), 3, 3)).toThrow(/low 3, high 3/);
    expect(fill(new Int32Array(1), 0.5, 3)).toThrow(/low must be an integer/);
    expect(fill(new Int32Array(1), 0, 2 ** 31 + 1)).toThrow(/int32/);
    expect(fill(new Int32Array(1), 0, 2 ** 31)).not.toThrow();
    expect(fill(new Uint8Array(1), 0, 257)).toThrow(/uint8/);
    expect(fill(new Uint8Array(1), -1, 2)).toThrow(/uint8/);
    expect(fill(new BigInt64Array(1), 0n, 2n ** 64n)).toThrow(/int64/);
  });

  it('convert an int64 to float32 with one rounding', () => {
    // Half a float32 unit above 2^60, and one more: if it is rounded to a double first, the one is lost.
    const value = 2n ** 60n + 2n ** 36n + 1n;
    expect(Math.fround(Number(value))).toBe(2 ** 60);
    for (const sign of [1n, -1n]) {
      expect(Math.fround(toDouble(sign * value, 24))).toBe(Number(sign) * (2 ** 60 + 2 ** 37));
      expect(Math.fround(toDouble(sign * (value - 1n), 24))).toBe(Number(sign) * 2 ** 60);
      expect(toDouble(sign * value, 53)).toBe(Number(sign * value));
    }
  });

  it.each(table(goldens.randperm as (Case & { n: number })[]))('randperm %s', (_, golden) => {
    const generator = seeded(golden.seed);
    for (const packed of golden.draws) expectBits(randperm(golden.n, generator), packed);
    expect(after(generator)).toBe(golden.after);
  });

  it('randperm refuses invalid sizes', () => {
    for (const n of [-1, 1.5, 2 ** 31, Number.NaN]) expect(() => randperm(n)).toThrow(DLError);
  });
});

describe('bernoulli and dropout', () => {
  it.each(table(goldens.bernoulli.scalar as (Case & { p: number })[]))('%s', (_, golden) => {
    run(golden, (out, generator) => fillBernoulli(out as Float32Array, generator, golden.p));
  });

  it.each(table(goldens.bernoulli.tensor as (Case & { p: number })[]))('tensor %s', (_, golden) => {
    const p = blank(golden.draws[0]) as Float32Array;
    fillUniform(p, seeded(golden.p));
    run(golden, (out, generator) => fillBernoulliTensor(out as Float32Array, generator, p));
  });

  it.each(table(goldens.dropout as (Case & { p: number })[]))('dropout %s', (_, golden) => {
    run(golden, (out, generator) => fillDropoutMask(out as Float32Array, generator, golden.p));
  });

  it('refuse invalid probabilities before anything is drawn', () => {
    const generator = seeded(0);
    const before = generator.getState();
    const out = new Float32Array(2);
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(() => fillBernoulli(out, generator, p)).toThrow(DLError);
      expect(() => fillDropoutMask(out, generator, p)).toThrow(DLError);
      expect(() => fillBernoulliTensor(out, generator, Float32Array.of(0.5, p))).toThrow(DLError);
    }
    expect(() => fillBernoulliTensor(out, generator, new Float32Array(3))).toThrow(DLError);
    expect(generator.getState()).toEqual(before);
  });
});

describe('exponential and multinomial', () => {
  it.each(table(goldens.exponential as (Case & { rate: number })[]))('%s', (_, golden) => {
    run(
      golden,
      (out, generator) => fillExponential(out as Float32Array, generator, golden.rate),
      (out, packed) => expect(largestUlps(out as Float32Array, packed)).toBeLessThanOrEqual(2),
    );
  });

  type Multinomial = Case & {
    type: 'float32' | 'float64';
    weights: number | number[];
    rows: number;
    categories: number;
    numSamples: number;
    replacement: boolean;
  };
  it.each(table(goldens.multinomial as Multinomial[]))('%s', (_, golden) => {
    const { rows, categories, numSamples, replacement } = golden;
    const weights = new arrays[golden.type](rows * categories);
    if (typeof golden.weights === 'number') fillUniform(weights, seeded(golden.weights));
    else weights.set(golden.weights);
    const generator = seeded(golden.seed);
    for (const packed of golden.draws) {
      const out = multinomial(weights, rows, categories, numSamples, replacement, generator);
      expectBits(BigInt64Array.from(out, BigInt), packed);
    }
    expect(after(generator)).toBe(golden.after);
  });

  it('refuse bad arguments', () => {
    const out = new Float32Array(2);
    for (const rate of [0, -1, Number.NaN]) {
      expect(() => fillExponential(out, seeded(0), rate)).toThrow(DLError);
    }
    const draw = (weights: number[], samples: number, replacement = false) => {
      return () => multinomial(Float32Array.from(weights), 1, 2, samples, replacement, seeded(0));
    };
    expect(draw([1, 2, 3], 1)).toThrow(ShapeError);
    expect(draw([1, -2], 1)).toThrow(/got -2 at row 0, category 1/);
    expect(draw([1, Number.POSITIVE_INFINITY], 1)).toThrow(DLError);
    expect(draw([0, 0], 2, true)).toThrow(/must have a positive sum/);
    expect(draw([1, 1], 3)).toThrow(/without replacement/);
    expect(draw([1, 1], 0)).toThrow(DLError);
    expect(draw([1, 1], 3, true)).not.toThrow();
  });
});

describe('the order of a data loader', () => {
  interface Order {
    n: number;
    own: boolean;
    shuffle: boolean;
    epochs: { order: Packed; afterDefault: number; afterOwn: number | null }[];
  }
  it.each(
    (goldens.order as Order[]).map((x): [string, Order] => [
      `${x.n} items, shuffle ${x.shuffle}, own generator ${x.own}`,
      x,
    ]),
  )('%s', (_, { n, own, shuffle, epochs }) => {
    defaultGenerator().manualSeed(61);
    const generator = own ? seeded(67) : undefined;
    for (const epoch of epochs) {
      if (shuffle) {
        expectBits(shuffledOrder(n, generator), epoch.order);
      } else {
        drawSeed(generator);
        expectBits(
          Int32Array.from({ length: n }, (_, i) => i),
          epoch.order,
        );
      }
      expect(after(defaultGenerator())).toBe(epoch.afterDefault);
      if (generator) expect(after(generator)).toBe(epoch.afterOwn);
    }
  });

  it.each(goldens.early as { own: boolean; n: number; after: number[] }[])(
    'is drawn at the same time as in PyTorch (own generator $own)',
    ({ own, n, after: at }) => {
      defaultGenerator().manualSeed(61);
      const generator = own ? seeded(67) : undefined;
      const stream = generator ?? defaultGenerator();
      const seen = [after(stream)];
      drawSeed(generator);
      const order = randomSampler(n, { generator });
      seen.push(after(stream));
      // Batches of 4, 4 and 2: the loader requests an eleventh index to see that there is none.
      for (const size of [4, 4, 3]) {
        for (let i = 0; i < size; i++) order.next();
        seen.push(after(stream));
      }
      seen.push(after(stream));
      expect(seen).toEqual(at);
    },
  );

  interface Sampler {
    n: number;
    samples: number;
    replacement: boolean;
    own: boolean;
    runs: Packed[];
    afterDefault: number;
    afterOwn: number | null;
  }
  it.each(
    (goldens.sampler as Sampler[]).map((x): [string, Sampler] => [
      `${x.samples} of ${x.n}, replacement ${x.replacement}, own generator ${x.own}`,
      x,
    ]),
  )('RandomSampler: %s', (_, x) => {
    defaultGenerator().manualSeed(71);
    const generator = x.own ? seeded(73) : undefined;
    const { n, samples: numSamples, replacement } = x;
    for (const packed of x.runs) {
      const run = Int32Array.from(randomSampler(n, { generator, numSamples, replacement }));
      expectBits(run, packed);
    }
    expect(after(defaultGenerator())).toBe(x.afterDefault);
    if (generator) expect(after(generator)).toBe(x.afterOwn);
  });

  it('refuses zero samples', () => {
    expect(() => randomSampler(0)).toThrow(DLError);
    expect(() => randomSampler(5, { numSamples: 1.5 })).toThrow(DLError);
  });
});
