// Random tensors, drawn from PyTorch's CPU stream on every device.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { checkDType, type DType, dtypes, isFloat, type TypedArray } from '../../dtype.js';
import { DTypeError, ShapeError, ValueError } from '../../errors.js';
import {
  defaultGenerator,
  fillBernoulli,
  fillBernoulliTensor,
  fillExponential,
  fillNormal,
  fillNormalSerial,
  fillRandint,
  fillUniform,
  type Generator,
  multinomial as multinomialRows,
  randperm as permutation,
} from '../../random/index.js';
import { broadcastShapes, checkShape, numelOf, type Shape, show } from '../../shape.js';
import { refuseLater, type Synchronous } from '../../synchronous.js';
import { checkTensor, Tensor, wrap } from '../../tensor.js';
import { hostArray } from '../../tensor-values.js';
import { finish, makerKinds, recorded, type TensorOptions } from '../create/creation-options.js';
import { cast, denseArray, onDeviceOf } from '../create/to-clone.js';
import { add, mul } from '../elementwise/arithmetic.js';
import { checkWritable, overwrite, replaced } from '../machinery/inplace.js';
import { fillsMemory } from '../machinery/memory-overlap.js';
import { inMemoryOrder } from './memory-order.js';

/** Options of functions that draw random tensors. */
export interface RandomOptions extends TensorOptions {
  /** The random generator. Default: the global one, which `manualSeed` seeds. */
  generator?: Generator;
}

const randomKinds = /*#__PURE__*/ kinds.joined({ generator: kinds.generator }, makerKinds);

/** `rand` and `randn`, whose shape may be written out as separate arguments. */
interface RandomShapeMaker {
  (shape: Shape, options?: RandomOptions): Tensor;
  (...shape: readonly number[]): Tensor;
  (...shape: readonly [...number[], RandomOptions]): Tensor;
}

/** The signatures of `randint`. */
interface Randint {
  (high: number, shape: Shape, options?: RandomOptions): Tensor;
  (low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
  (high: number, options: RandomOptions & { shape: Shape }): Tensor;
  (low: number, high: number, options: RandomOptions & { shape: Shape }): Tensor;
  (low: number, options: RandomOptions & { high: number; shape: Shape }): Tensor;
}

type FloatArray = Float32Array | Float64Array;
type Fill<A extends TypedArray> = (out: A, generator: Generator) => void;

/** The floating-point type in which numbers for a dtype are drawn: half types use float32. */
function drawType(operator: string, dtype: DType): 'float32' | 'float64' {
  if (!isFloat(dtype)) {
    throw new DTypeError(
      `${operator}: draws floating-point numbers, got dtype ${dtype}; use randint() for integers`,
    );
  }
  return dtypes[dtype].compute as 'float32' | 'float64';
}

function drawFloats(
  operator: string,
  shape: Shape,
  options: RandomOptions,
  fill: Fill<FloatArray>,
): Tensor {
  checkShape(operator, shape);
  const dtype = checkDType(operator, options.dtype ?? 'float32');
  const type = drawType(operator, dtype);
  const array = new dtypes[type].array(numelOf(shape)) as FloatArray;
  fill(array, options.generator ?? defaultGenerator());
  return finish(operator, cast(wrap(array, [...shape], type), dtype), options);
}

const uniform: Fill<FloatArray> = (out, g) => fillUniform(out, g, 0, 1);
const standardNormal: Fill<FloatArray> = (out, g) => fillNormal(out, g, 0, 1);

const randOf = (shape: Shape, options: RandomOptions = {}): Tensor =>
  drawFloats('rand', shape, options, uniform);

/**
 * Uniform numbers from [0, 1) (PyTorch: `torch.rand`), float32 by default. After `manualSeed` they equal PyTorch's, bit
 * for bit.
 *
 * @example manualSeed(0); rand([2]) // tensor([0.4963, 0.7682])
 */
export const rand = /*#__PURE__*/ callable(
  'rand',
  randOf,
  [/*#__PURE__*/ need('shape', kinds.integers)],
  randomKinds,
) as RandomShapeMaker;

const randnOf = (shape: Shape, options: RandomOptions = {}): Tensor =>
  drawFloats('randn', shape, options, standardNormal);

/**
 * Standard normal numbers (PyTorch: `torch.randn`), float32 by default. After `manualSeed` they equal PyTorch's.
 *
 * @example manualSeed(0); randn([2]) // tensor([ 1.5410, -0.2934])
 */
export const randn = /*#__PURE__*/ callable(
  'randn',
  randnOf,
  [/*#__PURE__*/ need('shape', kinds.integers)],
  randomKinds,
) as RandomShapeMaker;

const like = (x: Tensor, options: RandomOptions): RandomOptions => ({
  dtype: x.dtype,
  device: x.device,
  ...options,
});

const randLikeOf = (x: Tensor, options: RandomOptions = {}): Tensor =>
  inMemoryOrder(x, (shape) => drawFloats('randLike', shape, like(x, options), uniform));

/**
 * Uniform numbers with the shape, dtype and device of a tensor (PyTorch: `torch.rand_like`).
 *
 * @example randLike(zeros([2, 3])).shape // [2, 3]
 */
export const randLike = /*#__PURE__*/ callable(
  'randLike',
  randLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  randomKinds,
);

const randnLikeOf = (x: Tensor, options: RandomOptions = {}): Tensor =>
  inMemoryOrder(x, (shape) => drawFloats('randnLike', shape, like(x, options), standardNormal));

/**
 * Standard normal numbers with the shape, dtype and device of a tensor (PyTorch: `torch.randn_like`).
 *
 * @example randnLike(zeros([2, 3])).shape // [2, 3]
 */
export const randnLike = /*#__PURE__*/ callable(
  'randnLike',
  randnLikeOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  randomKinds,
);

function randintOf(
  first: number,
  second?: number | Shape,
  third?: Shape,
  options: RandomOptions = {},
): Tensor {
  const hasLow = typeof second === 'number';
  const [low, high] = hasLow ? [first, second] : [0, first];
  const sizes = third ?? (hasLow ? undefined : second);
  if (sizes === undefined) {
    throw new ValueError('randint: shape is missing; it must be a list of integers');
  }
  if (third !== undefined && second !== undefined && !hasLow) {
    throw new ValueError('randint: shape is given twice');
  }
  const shape = checkShape('randint', sizes);
  const dtype = checkDType('randint', options.dtype ?? 'int32');
  const direct = dtype !== 'float16' && dtype !== 'bfloat16' && dtype !== 'bool';
  const type = direct ? dtype : 'int32';
  const array = new dtypes[type].array(numelOf(shape));
  fillRandint(array as Int32Array, options.generator ?? defaultGenerator(), low, high);
  return finish('randint', cast(wrap(array, [...shape], type), dtype), options);
}

/**
 * Integers from [low, high) (PyTorch: `torch.randint`), int32 by default; `randint(high, shape)`
 * starts at 0.
 *
 * @throws ValueError if the range is empty or does not fit the dtype.
 * @example manualSeed(0); randint(10, [3]) // tensor([4, 9, 3], dtype=torch.int32)
 */
export const randint = /*#__PURE__*/ callable(
  'randint',
  randintOf,
  [
    /*#__PURE__*/ need('low', kinds.integer),
    /*#__PURE__*/ may('high', /*#__PURE__*/ kinds.either(kinds.integer, kinds.list)),
    /*#__PURE__*/ may('shape', kinds.list),
  ],
  randomKinds,
) as Randint;

function randpermOf(n: number, options: RandomOptions = {}): Tensor {
  const dtype = checkDType('randperm', options.dtype ?? 'int32');
  const order = permutation(n, options.generator ?? defaultGenerator());
  return finish('randperm', cast(wrap(order, [n], 'int32'), dtype), options);
}

/**
 * The numbers 0 to n - 1 in random order (PyTorch: `torch.randperm`), int32 by default.
 *
 * @example manualSeed(0); randperm(4) // tensor([2, 0, 1, 3], dtype=torch.int32)
 */
export const randperm = /*#__PURE__*/ callable(
  'randperm',
  randpermOf,
  [/*#__PURE__*/ need('n', kinds.integer)],
  randomKinds,
);

function bernoulliOf(p: Tensor, options: { generator?: Generator } = {}): Tensor {
  checkTensor('bernoulli', p);
  const type = drawType('bernoulli', p.dtype);
  const probabilities = denseArray('bernoulli', cast(p.detach(), type)) as FloatArray;
  const array = new dtypes[type].array(p.count) as FloatArray;
  fillBernoulliTensor(array, options.generator ?? defaultGenerator(), probabilities);
  return cast(wrap(array, p.shape, type), p.dtype);
}

/**
 * Zeros and ones, each one with the probability at the same position of the tensor (PyTorch: `torch.bernoulli`).
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example bernoulli(full([3], 0.5))
 */
export const bernoulli = /*#__PURE__*/ callable(
  'bernoulli',
  bernoulliOf,
  [/*#__PURE__*/ need('p', kinds.tensor)],
  { generator: kinds.generator },
);

function multinomialOf(
  weights: Tensor,
  numSamples: number,
  replacement = false,
  options: { generator?: Generator } = {},
): Tensor {
  checkTensor('multinomial', weights);
  const type = drawType('multinomial', weights.dtype);
  if (weights.ndim !== 1 && weights.ndim !== 2) {
    throw new ShapeError(
      `multinomial: weights must have 1 or 2 dimensions, got shape ${show(weights.shape)}`,
    );
  }
  const rows = weights.ndim === 2 ? weights.shape[0] : 1;
  const categories = weights.shape[weights.ndim - 1];
  const array = denseArray('multinomial', cast(weights.detach(), type)) as FloatArray;
  const generator = options.generator ?? defaultGenerator();
  const drawn = multinomialRows(array, rows, categories, numSamples, replacement, generator);
  return wrap(drawn, weights.ndim === 2 ? [rows, numSamples] : [numSamples], 'int32');
}

/**
 * Indices drawn from the multinomial distribution of the weights in each row (PyTorch: `torch.multinomial`). int32 of
 * shape `[numSamples]` or `[rows, numSamples]`.
 *
 * @throws ValueError for negative weights, rows that sum to 0, or more samples than categories
 *   without replacement.
 * @example multinomial(tensor([0, 10, 3, 0]), 2)
 */
export const multinomial = /*#__PURE__*/ callable(
  'multinomial',
  multinomialOf,
  [
    /*#__PURE__*/ need('weights', kinds.tensor),
    /*#__PURE__*/ need('numSamples', kinds.integer),
    /*#__PURE__*/ may('replacement', kinds.boolean),
  ],
  { generator: kinds.generator },
);

function normalOf(
  mean: Tensor | number,
  std: Tensor | number,
  shape?: Shape | null,
  options: RandomOptions = {},
): Tensor {
  if (typeof mean === 'number' && typeof std === 'number') {
    if (!shape)
      throw new ShapeError('normal: two plain numbers need a shape, such as { shape: [3] }');
    return drawFloats('normal', shape, options, (out, g) => fillNormal(out, g, mean, std));
  }
  if (shape !== null && shape !== undefined) {
    throw new ShapeError('normal: the tensors determine the shape; leave it out');
  }
  const given = [mean, std].filter((x): x is Tensor => x instanceof Tensor);
  const spread = typeof std === 'number' ? std : std.detach();
  const center = typeof mean === 'number' ? mean : mean.detach();
  const first = given[0];
  const sizes =
    given.length === 2
      ? broadcastShapes(
          'normal',
          given.map((x) => x.shape),
        )
      : first.shape;
  const noise = drawFloats(
    'normal',
    sizes,
    like(first, { ...options, requiresGrad: false }),
    standardNormal,
  );
  return recorded('normal', add(mul(noise, spread), center), options);
}

/**
 * Normally distributed numbers with a given mean and standard deviation (PyTorch: `torch.normal`). Either may be a
 * tensor; with two plain numbers a shape is required.
 *
 * @throws ValueError for a negative standard deviation.
 * @example normal(0, 2, [3])
 */
export const normal = /*#__PURE__*/ callable(
  'normal',
  normalOf,
  [
    /*#__PURE__*/ need('mean', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
    /*#__PURE__*/ need('std', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.number)),
    /*#__PURE__*/ may('shape', /*#__PURE__*/ kinds.orNull(kinds.list)),
  ],
  randomKinds,
);

function fillInPlace(
  operator: string,
  x: Tensor,
  generator: Generator | undefined,
  fill: Fill<FloatArray>,
): Tensor {
  checkTensor(operator, x);
  const type = drawType(operator, x.dtype);
  checkWritable(operator, x);
  replaced(operator, x);
  const source = generator ?? defaultGenerator();
  if (x.device === 'cpu' && x.dtype === type && fillsMemory(x)) {
    // In memory order, even for a transposed tensor, as in PyTorch.
    const array = hostArray(operator, x) as FloatArray;
    fill(array.subarray(x.offset, x.offset + x.count) as FloatArray, source);
    return x;
  }
  const array = new dtypes[type].array(x.count) as FloatArray;
  fill(array, source);
  const values = wrap(array, x.shape, type);
  overwrite(x, onDeviceOf(x, values));
  return x;
}

/** Options of in-place random fills. */
export interface FillOptions {
  /** The random generator. Default: the global one. */
  generator?: Generator;
}

const uniform_Of = (x: Tensor, from = 0, to = 1, options: FillOptions = {}): Tensor =>
  fillInPlace('uniform_', x, options.generator, (out, g) => fillUniform(out, g, from, to));

/**
 * Fills the tensor with uniform numbers from [from, to) (PyTorch: `Tensor.uniform_`).
 *
 * @throws ValueError if `from` is larger than `to`.
 * @example empty([3]).uniform_(-1, 1)
 */
export const uniform_ = /*#__PURE__*/ callable(
  'uniform_',
  uniform_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('from', kinds.number),
    /*#__PURE__*/ may('to', kinds.number),
  ],
  { generator: kinds.generator },
);

const normal_Of = (x: Tensor, mean = 0, std = 1, options: FillOptions = {}): Tensor =>
  fillInPlace('normal_', x, options.generator, (out, g) =>
    (x.dense ? fillNormal : fillNormalSerial)(out, g, mean, std),
  );

/**
 * Fills the tensor with normally distributed numbers (PyTorch: `Tensor.normal_`).
 *
 * @throws ValueError for a negative standard deviation.
 * @example empty([3]).normal_(0, 0.02)
 */
export const normal_ = /*#__PURE__*/ callable(
  'normal_',
  normal_Of,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('mean', kinds.number),
    /*#__PURE__*/ may('std', kinds.number),
  ],
  { generator: kinds.generator },
);

const bernoulli_Of = (x: Tensor, p = 0.5, options: FillOptions = {}): Tensor =>
  fillInPlace('bernoulli_', x, options.generator, (out, g) => fillBernoulli(out, g, p));

/**
 * Fills the tensor with ones with probability `p`, and zeros otherwise (PyTorch: `Tensor.bernoulli_`).
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example empty([3]).bernoulli_(0.5)
 */
export const bernoulli_ = /*#__PURE__*/ callable(
  'bernoulli_',
  bernoulli_Of,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('p', kinds.number)],
  { generator: kinds.generator },
);

const exponential_Of = (x: Tensor, lambda = 1, options: FillOptions = {}): Tensor =>
  fillInPlace('exponential_', x, options.generator, (out, g) => fillExponential(out, g, lambda));

/**
 * Fills the tensor with exponentially distributed numbers of a given rate (PyTorch: `Tensor.exponential_`).
 *
 * @throws ValueError unless the rate is positive.
 * @example empty([3]).exponential_(1)
 */
export const exponential_ = /*#__PURE__*/ callable(
  'exponential_',
  exponential_Of,
  [/*#__PURE__*/ need('x', kinds.tensor), /*#__PURE__*/ may('lambda', kinds.number)],
  { generator: kinds.generator },
);

function manualSeedOf(seed: number | bigint): Generator {
  const generator = defaultGenerator();
  generator.manualSeed(seed);
  return generator;
}

/**
 * Seeds the global generator, from which all devices draw, and returns it (PyTorch: `torch.manual_seed`).
 *
 * @throws ValueError unless the seed is an integer that fits 64 bits.
 * @example manualSeed(0); rand([1]) // tensor([0.4963])
 */
export const manualSeed = /*#__PURE__*/ callable(
  'manualSeed',
  manualSeedOf,
  [/*#__PURE__*/ need('seed', /*#__PURE__*/ kinds.either(kinds.integer, kinds.bigint))],
  {},
);

const initialSeedOf = (): bigint => defaultGenerator().initialSeed();

/**
 * The seed of the global generator (PyTorch: `torch.initial_seed`).
 *
 * @example manualSeed(7); initialSeed() // 7n
 */
export const initialSeed = /*#__PURE__*/ callable('initialSeed', initialSeedOf, [], {});

const getRngStateOf = (): Uint8Array => defaultGenerator().getState();

/**
 * The state of the global generator, in PyTorch's byte format (PyTorch: `torch.get_rng_state`).
 *
 * @example const state = getRngState(); rand([1]); setRngState(state);
 */
export const getRngState = /*#__PURE__*/ callable('getRngState', getRngStateOf, [], {});

const setRngStateOf = (state: Uint8Array): void => {
  defaultGenerator().setState(state);
};

/**
 * Restores a state of the global generator (PyTorch: `torch.set_rng_state`).
 *
 * @throws FormatError if the bytes are not a generator's state.
 * @example setRngState(getRngState())
 */
export const setRngState = /*#__PURE__*/ callable(
  'setRngState',
  setRngStateOf,
  [/*#__PURE__*/ need('state', kinds.bytes)],
  {},
);

function forkRngOf(body: () => unknown): unknown {
  const state = defaultGenerator().getState();
  try {
    const result = body();
    refuseLater('forkRng', result);
    return result;
  } finally {
    defaultGenerator().setState(state);
  }
}

/**
 * Runs `body` and then restores the state of the global generator (PyTorch: `torch.random.fork_rng`).
 *
 * @throws AutogradError if the body returns a promise or a generator.
 * @example forkRng(() => rand([1]));
 */
export const forkRng = /*#__PURE__*/ callable(
  'forkRng',
  forkRngOf,
  [/*#__PURE__*/ need('body', kinds.callback)],
  {},
) as <T>(body: Synchronous<T>) => T;
