// The data sets: what each is called, where its points lie, and how they are made.
import { type Tensor, tensor, view } from '@dl/core/functional';
import type { DrawnPoint, Settings } from '../settings.js';
import { circles } from './circles.js';
import { flower } from './flower.js';
import { iris } from './iris.js';
import { points } from './points.js';
import { spirals } from './spirals.js';
import { split } from './split.js';

/** Points and their classes: `x` is `[count, 2]`, `y` is `[count]` of int32. */
export interface Points {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Points to learn from, and points to test on. */
export interface Data {
  readonly train: Points;
  readonly test: Points;
}

/** The data sets that are made up at random. */
const made = { points, flower, circles, spirals } as const;

/** Points that were drawn by hand. */
export function drawnPoints(drawn: readonly DrawnPoint[]): Points {
  return {
    x: view(tensor(drawn.map(({ x, y }) => [x, y])), [-1, 2]),
    y: tensor(
      drawn.map(({ kind }) => kind),
      { dtype: 'int32' },
    ),
  };
}

/**
 * The points that settings ask for. Draws from the global random stream: seed it first.
 *
 * @example manualSeed(settings.seed); const { train, test } = makeData(settings);
 */
export function makeData(settings: Settings): Data {
  const { data, count, noise } = settings;
  if (data === 'iris' || data === 'drawn') {
    const [train, test] = split(data === 'iris' ? iris() : drawnPoints(settings.drawn));
    return { train, test };
  }
  return { train: made[data](count, noise), test: made[data](count / 2, noise) };
}
