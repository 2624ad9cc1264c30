// The training that settings describe: built, taken a step at a time, and saved.
import { manualSeed } from '@dl/core/functional';
import { DataLoader, TensorDataset } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import type { Sequential } from '@dl/nn';
import type { Adam, SGD } from '@dl/optim';
import { type Data, makeData, type Points } from '../shared/data/index.js';
import type { Settings } from '../shared/settings.js';
import { runStep } from './device.js';
import { buildModel, buildOptimizer } from './model.js';

/**
 * A training in progress. Its steps are those of the program in `shared/code-text.ts`, in the same
 * order, so that both draw the same random numbers.
 *
 * @example
 * const trainer = new Trainer(settings);
 * while (trainer.step < 100) trainer.advance();
 */
export class Trainer {
  readonly settings: Settings;
  readonly data: Data;
  readonly model: Sequential;
  /** Steps taken. */
  step = 0;
  /** Times that all points were gone through. */
  epoch = 0;
  private readonly optimizer: Adam | SGD;
  private readonly loader: DataLoader<unknown, Batch>;
  private pass: Iterator<Batch> | null = null;

  /** The settings' device must have been started. */
  constructor(settings: Settings) {
    const { device, batchSize, seed } = settings;
    this.settings = settings;
    manualSeed(seed);
    this.data = makeData(settings);
    manualSeed(seed);
    this.model = buildModel(settings).to(device);
    this.optimizer = buildOptimizer(this.model, settings);
    const { x, y } = this.data.train;
    // An empty set cannot be shuffled, and is never gone through.
    const shuffle = sizeOf(this.data.train) > 0;
    const batches = new TensorDataset(x.to(device), y.to(device));
    this.loader = new DataLoader<unknown, Batch>(batches, { batchSize, shuffle });
  }

  /** Whether there is anything to learn from. */
  get canAdvance(): boolean {
    return sizeOf(this.data.train) > 0;
  }

  /** Takes one step: one batch forward, backward, and into the parameters. */
  advance(): void {
    const [x, y] = this.nextBatch();
    runStep(() => {
      this.optimizer.zeroGrad();
      const loss = crossEntropy(this.model.forward(x), y);
      loss.backward();
      this.optimizer.step();
    });
    // On the CPU the collector is quicker.
    if (this.settings.device !== 'cpu') for (const part of [x, y]) part.dispose();
    this.step++;
  }

  private nextBatch(): Batch {
    const found = this.pass?.next();
    if (found !== undefined && !found.done) return found.value;
    if (found !== undefined) this.epoch++;
    this.pass = this.loader[Symbol.iterator]();
    return (this.pass.next() as IteratorYieldResult<Batch>).value;
  }
}

type Batch = [Points['x'], Points['y']];

/** How many points there are. */
export const sizeOf = (points: Points): number => points.x.shape[0];
