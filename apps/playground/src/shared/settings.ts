// What a user chooses: the settings, their bounds, and the check of whatever claims to be some.

/** The data sets, in the order they are offered in. */
export const dataKinds = ['points', 'flower', 'circles', 'spirals', 'iris', 'drawn'] as const;
export type DataKind = (typeof dataKinds)[number];

/** What stands between two layers. */
export const activations = ['ReLU', 'Tanh', 'Sigmoid', 'GELU'] as const;
export type Activation = (typeof activations)[number];

export const optimizers = ['sgd', 'momentum', 'adam'] as const;
export type OptimizerKind = (typeof optimizers)[number];

export const devices = ['cpu', 'webgpu'] as const;
export type DeviceName = (typeof devices)[number];

/** A point that somebody drew: both places from -1 to 1, and its class. */
export interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  readonly kind: number;
}

/** All that decides what a training does. */
export interface Settings {
  readonly data: DataKind;
  /** Points to learn from, for the data sets that are made up; half as many are made to test on. */
  readonly count: number;
  /** How far these points are scattered, from 0 to 0.5. */
  readonly noise: number;
  readonly drawn: readonly DrawnPoint[];
  /** Sizes of the hidden layers, from the inputs on. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly optimizer: OptimizerKind;
  readonly lr: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly device: DeviceName;
}

/** What may be chosen. */
export const bounds = {
  count: { least: 20, most: 1000 },
  noise: { least: 0, most: 0.5 },
  batchSize: { least: 1, most: 1000 },
  layers: { least: 0, most: 6 },
  units: { least: 1, most: 32 },
  seed: { least: 0, most: 2 ** 31 - 1 },
  drawn: { least: 0, most: 2000 },
  kinds: 3,
} as const;

export const learningRates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] as const;
export const batchSizes = [1, 4, 8, 16, 32, 64, 128, 256] as const;

export const defaults: Settings = {
  data: 'circles',
  count: 200,
  noise: 0.1,
  drawn: [],
  hidden: [8, 4],
  activation: 'Tanh',
  optimizer: 'momentum',
  lr: 0.03,
  batchSize: 16,
  seed: 0,
  device: 'cpu',
};

/** How many classes the points of these settings have. */
export function classesOf(settings: Settings): number {
  if (settings.data === 'iris') return 3;
  if (settings.data !== 'drawn') return 2;
  return Math.max(2, ...settings.drawn.map((point) => point.kind + 1));
}

/** The sizes of all layers, inputs and outputs included. */
export const sizesOf = (settings: Settings): number[] => [
  2,
  ...settings.hidden,
  classesOf(settings),
];

/** How many numbers the network learns. */
export function parametersOf(settings: Settings): number {
  const sizes = sizesOf(settings);
  return sizes.slice(1).reduce((sum, size, i) => sum + (sizes[i] + 1) * size, 0);
}

function inside(value: number, { least, most }: { least: number; most: number }): boolean {
  return value >= least && value <= most;
}

const wholeInside = (value: number, bound: { least: number; most: number }): boolean =>
  Number.isInteger(value) && inside(value, bound);

/**
 * What is wrong with settings, as a sentence; null if nothing is. The page cannot make wrong ones, but
 * the worker does not take its word for it.
 */
export function problemOf(settings: Settings): string | null {
  const range = ({ least, most }: { least: number; most: number }): string =>
    `from ${least} to ${most}`;
  if (!dataKinds.includes(settings.data)) return `There is no data set '${settings.data}'.`;
  if (!wholeInside(settings.count, bounds.count) || settings.count % 4 !== 0) {
    return `The number of points must be a multiple of 4 ${range(bounds.count)}.`;
  }
  if (!inside(settings.noise, bounds.noise)) return `The noise must be ${range(bounds.noise)}.`;
  if (!wholeInside(settings.drawn.length, bounds.drawn)) {
    return `At most ${bounds.drawn.most} points can be drawn.`;
  }
  const stray = settings.drawn.find(
    ({ x, y, kind }) =>
      !inside(x, { least: -1, most: 1 }) ||
      !inside(y, { least: -1, most: 1 }) ||
      !wholeInside(kind, { least: 0, most: bounds.kinds - 1 }),
  );
  if (stray !== undefined) return 'A drawn point is outside the picture.';
  if (!wholeInside(settings.hidden.length, bounds.layers)) {
    return `There can be ${range(bounds.layers)} hidden layers.`;
  }
  if (!settings.hidden.every((size) => wholeInside(size, bounds.units))) {
    return `A layer's size must be an integer ${range(bounds.units)}.`;
  }
  if (!activations.includes(settings.activation)) {
    return `There is no activation '${settings.activation}'.`;
  }
  if (!optimizers.includes(settings.optimizer)) {
    return `There is no optimizer '${settings.optimizer}'.`;
  }
  if (!(settings.lr > 0 && Number.isFinite(settings.lr))) {
    return 'The learning rate must be a positive number.';
  }
  if (!wholeInside(settings.batchSize, bounds.batchSize)) {
    return `The batch size must be an integer ${range(bounds.batchSize)}.`;
  }
  if (!wholeInside(settings.seed, bounds.seed)) {
    return `The seed must be an integer ${range(bounds.seed)}.`;
  }
  if (!devices.includes(settings.device)) return `There is no device '${settings.device}'.`;
  return null;
}
