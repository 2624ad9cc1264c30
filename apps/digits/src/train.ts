// The training: steps, epochs, and where it may be interrupted.
import { setImmediate } from 'node:timers/promises';
import { noGrad, scope, type Tensor } from '@dl/core';
import type { DataLoader } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import type { Module } from '@dl/nn';
import type { LRScheduler, SGD } from '@dl/optim';
import { normalize } from './model.js';

/** What a step leaves: tensors on the training's device, not yet waited for. */
export interface Step {
  readonly loss: Tensor;
  /** How many pictures of the batch were read correctly before the step. */
  readonly correct: Tensor;
  /** Pictures in the batch. */
  readonly size: number;
}

/** An epoch that was gone through to its end. */
export interface EpochResult {
  /** Counted from 1. */
  readonly epoch: number;
  readonly lr: number;
  /** Mean over the epoch's pictures, each at the time of its step. */
  readonly loss: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number | null;
  readonly seconds: number;
}

/** How far the training is. */
export interface Progress {
  readonly epoch: number;
  /** Steps of this epoch that are done. */
  readonly step: number;
  readonly steps: number;
  /** The latest loss. */
  readonly loss: number;
}

/** What a training needs. */
export interface Training {
  readonly model: Module;
  readonly optimizer: SGD;
  /** Sets the learning rate of each epoch. */
  readonly scheduler: LRScheduler;
  readonly loader: DataLoader<Tensor[]>;
  readonly epochs: number;
  readonly device: string;
  /** Ends the training after the step at hand. */
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Tests the model between epochs. */
  test(): Promise<number>;
  onEpoch(result: EpochResult): void;
  /** Keeps the training as it is: after each epoch, and when it is interrupted. */
  onCheckpoint(sofar: Sofar): Promise<void>;
}

/** How far a training is, as plain data: with the parts' own states, all that it takes to go on. */
export interface Sofar {
  /** The epoch at hand, counted from 1. */
  epoch: number;
  /** Its steps that are done. */
  step: number;
  /** Sums over their pictures. */
  sum: { loss: number; correct: number; size: number };
  /** Seconds that they took. */
  seconds: number;
  losses: number[];
  epochs: EpochResult[];
}

const nothing = () => ({ loss: 0, correct: 0, size: 0 });

/** Before the first step. */
export const beginning = (): Sofar => ({
  epoch: 1,
  step: 0,
  sum: nothing(),
  seconds: 0,
  losses: [],
  epochs: [],
});

/** How a training went. */
export interface History {
  readonly losses: number[];
  readonly epochs: EpochResult[];
  readonly interrupted: boolean;
}

/** Steps that run between two looks at the signal and the screen. */
const STRETCH = 10;

/** One epoch, step by step. Nothing in it waits; a step is taken whenever the next one is asked for. */
export function* trainSteps(
  model: Module,
  optimizer: SGD,
  loader: Iterable<readonly Tensor[]>,
  device: string,
): Generator<Step, void, undefined> {
  for (const [pixels, labels] of loader) {
    // On a device with memory of its own, what the step made goes when it is over.
    yield scope(() => {
      const x = normalize(pixels.to(device));
      const y = labels.to(device);
      optimizer.zeroGrad();
      const logits = model.forward(x);
      const loss = crossEntropy(logits, y);
      loss.backward();
      optimizer.step();
      const correct = noGrad(() => logits.argmax(1).eq(y).sum());
      return { loss: loss.detach(), correct, size: x.size(0) };
    });
  }
}

/** Trains until the epochs are over or the signal says to stop. */
export async function train(training: Training, sofar = beginning()): Promise<History> {
  const { model, optimizer, scheduler, loader, device, signal } = training;
  const steps = loader.length;
  const { losses, epochs, sum } = sofar;
  const interrupt = async (): Promise<History> => {
    await training.onCheckpoint(sofar);
    return { losses, epochs, interrupted: true };
  };
  for (; sofar.epoch <= training.epochs; sofar.epoch++) {
    const { epoch } = sofar;
    const start = performance.now() - 1000 * sofar.seconds;
    const pending: Step[] = [];
    for (const result of trainSteps(model, optimizer, loader, device)) {
      sofar.step++;
      pending.push(result);
      if (sofar.step % STRETCH !== 0 && sofar.step !== steps) continue;
      for (const { loss, correct, size } of pending) {
        const value = (await loss.cpu()).item();
        losses.push(value);
        sum.loss += value * size;
        sum.correct += (await correct.cpu()).item();
        sum.size += size;
        loss.dispose();
        correct.dispose();
      }
      pending.length = 0;
      sofar.seconds = (performance.now() - start) / 1000;
      training.onProgress({ epoch, step: sofar.step, steps, loss: losses.at(-1) as number });
      // Signals arrive between turns of the event loop, and a training by itself is one long turn.
      await setImmediate();
      if (signal.aborted && sofar.step < steps) return interrupt();
    }
    const result: EpochResult = {
      epoch,
      lr: optimizer.paramGroups[0]?.lr,
      loss: sum.loss / sum.size,
      trainAccuracy: sum.correct / sum.size,
      testAccuracy: await training.test(),
      seconds: sofar.seconds,
    };
    epochs.push(result);
    training.onEpoch(result);
    scheduler.step();
    Object.assign(sum, nothing());
    Object.assign(sofar, { step: 0, seconds: 0 });
    const next = { ...sofar, epoch: epoch + 1 };
    await training.onCheckpoint(next);
    await setImmediate();
    if (signal.aborted && epoch < training.epochs) return { losses, epochs, interrupted: true };
  }
  return { losses, epochs, interrupted: false };
}
