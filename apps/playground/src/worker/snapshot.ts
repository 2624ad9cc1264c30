// What is to be seen of a training at one step: losses, the decision boundary, weights, gradients.
import {
  argmax,
  cat,
  eq,
  mean,
  narrow,
  noGrad,
  reshape,
  type Tensor,
  t,
  tensor,
  view,
} from '@dl/core/functional';
import { crossEntropy } from '@dl/losses';
import { Linear } from '@dl/nn';
import { catalog } from '../shared/catalog.js';
import type { Points } from '../shared/data/index.js';
import type { LayerSnapshot, Snapshot } from '../shared/messages.js';
import { classesOf } from '../shared/settings.js';
import { readBack, runStep } from './device.js';
import { sizeOf, type Trainer } from './trainer.js';

/** Places for each axis at which the classes' probabilities are computed. */
const SIDE = 40;
/** Places for each axis at which the hidden units are looked at. */
const UNIT_SIDE = 12;

/** The middles of `side * side` squares that fill the picture, rows from the top. */
function grid(side: number, reach: number): Tensor {
  const place = (i: number): number => ((2 * i + 1) / side - 1) * reach;
  const index = Array.from({ length: side }, (_, i) => i);
  return tensor(index.flatMap((row) => index.map((column) => [place(column), -place(row)])));
}

/**
 * Looks at a training. The points and the picture's grid go through the network together, and all that
 * is wanted comes back from the device in one go.
 *
 * @example const snapshot = await new Observer(trainer, run).look();
 */
export class Observer {
  private readonly trainer: Trainer;
  private readonly run: number;
  private readonly inputs: Tensor;
  private readonly rows: { readonly train: number; readonly test: number; readonly grid: number };

  constructor(trainer: Trainer, run: number) {
    const { data, settings } = trainer;
    const { reach } = catalog[settings.data];
    this.trainer = trainer;
    this.run = run;
    this.rows = { train: sizeOf(data.train), test: sizeOf(data.test), grid: SIDE * SIDE };
    const parts = [data.train.x, data.test.x, grid(SIDE, reach), grid(UNIT_SIDE, reach)];
    this.inputs = cat(parts).to(settings.device);
  }

  /** The training as it is now. */
  async look(): Promise<Snapshot> {
    const begin = performance.now();
    const { trainer, rows, run } = this;
    const { data, settings, step, epoch } = trainer;
    const classes = classesOf(settings);
    const seen = rows.train + rows.test;
    const { packed, sizes } = runStep(() => noGrad(() => this.compute(seen + rows.grid)));
    const parts = takeApart(await readBack(packed), sizes);
    packed.dispose();
    const logits = parts.shift() as Float32Array;
    const hidden = parts.splice(0, settings.hidden.length);
    const of = (first: number, count: number): Float32Array =>
      logits.subarray(first * classes, (first + count) * classes);
    const train = judge(of(0, rows.train), data.train, classes);
    const test = judge(of(rows.train, rows.test), data.test, classes);
    return {
      run,
      step,
      epoch,
      trainLoss: train?.loss ?? Number.NaN,
      trainAccuracy: train?.accuracy ?? Number.NaN,
      testLoss: test?.loss ?? null,
      testAccuracy: test?.accuracy ?? null,
      boundary: probabilities(of(seen, rows.grid), classes),
      side: SIDE,
      classes,
      layers: this.layers(parts),
      units: hidden.map((map, i) => spread(map, settings.hidden[i])),
      unitSide: UNIT_SIDE,
      cost: performance.now() - begin,
    };
  }

  /** The outputs, the hidden units' maps, and every parameter with its gradient, in one tensor. */
  private compute(shown: number): { packed: Tensor; sizes: number[] } {
    const maps: Tensor[] = [];
    let x = this.inputs;
    for (const module of this.trainer.model) {
      // An activation's outputs for the last rows, each unit's values side by side.
      const activated = !(module instanceof Linear);
      x = module.forward(x);
      if (activated) maps.push(t(narrow(x, 0, shown, UNIT_SIDE * UNIT_SIDE)));
    }
    const parameters = [...this.trainer.model.parameters()];
    const gradients = parameters.map(({ grad }) => grad).filter((grad) => grad !== null);
    const parts = [x, ...maps, ...parameters, ...gradients].map((part) => reshape(part, [-1]));
    return { packed: cat(parts), sizes: parts.map((part) => part.numel()) };
  }

  private layers(parts: readonly Float32Array[]): LayerSnapshot[] {
    const linear = [...this.trainer.model].filter((module) => module instanceof Linear);
    const hasGradients = parts.length > linear.length * 2;
    return linear.map(({ inFeatures, outFeatures }, i) => {
      const at = linear.length * 2 + 2 * i;
      return {
        inputs: inFeatures,
        outputs: outFeatures,
        weight: parts[2 * i],
        bias: parts[2 * i + 1],
        weightGrad: hasGradients ? parts[at] : null,
        biasGrad: hasGradients ? parts[at + 1] : null,
      };
    });
  }
}

/** Copies of neighboring parts of an array. */
function takeApart(values: Float32Array, sizes: readonly number[]): Float32Array[] {
  let at = 0;
  return sizes.map((size) => {
    const part = values.slice(at, at + size);
    at += size;
    return part;
  });
}

/** How well outputs fit the points that they are for; null without points. */
function judge(
  logits: Float32Array,
  points: Points,
  classes: number,
): { loss: number; accuracy: number } | null {
  const count = sizeOf(points);
  if (count === 0) return null;
  const answers = view(tensor(logits), [count, classes]);
  const right = mean(eq(argmax(answers, 1), points.y).to('float32'));
  return { loss: crossEntropy(answers, points.y).item(), accuracy: right.item() };
}

/** Softmax of each row, from 0 to 255. */
function probabilities(logits: Float32Array, classes: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[row + k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(logits[row + k] - most);
    for (let k = 0; k < classes; k++) out[row + k] = (255 * Math.exp(logits[row + k] - most)) / sum;
  }
  return out;
}

/** Each unit's activations, stretched to reach from 0 to 255; a unit that never changes is 128. */
function spread(map: Float32Array, count: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(map.length);
  const size = map.length / count;
  for (let unit = 0; unit < count; unit++) {
    const values = map.subarray(unit * size, (unit + 1) * size);
    const least = values.reduce((a, b) => Math.min(a, b));
    const range = values.reduce((a, b) => Math.max(a, b)) - least;
    values.forEach((value, i) => {
      out[unit * size + i] = range > 0 ? ((value - least) / range) * 255 : 128;
    });
  }
  return out;
}
