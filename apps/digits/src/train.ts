// The training: steps, epochs, and where it may be interrupted.
import { setImmediate } from 'node:timers/promises';
import { noGrad, type Tensor } from '@dl/core';
import type { DataLoader } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import type { Module } from '@dl/nn';
import type { SGD } from '@dl/optim';
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
  /** What the learning rate is multiplied with after each epoch. */
  readonly decay: number;
  readonly loader: DataLoader<Tensor[]>;
  readonly epochs: number;
  readonly device: string;
  /** Ends the training after the step at hand. */
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Tests the model between epochs. */
  test(): Promise<number>;
  onEpoch(result: EpochResult): void;
}

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
    const x = normalize(pixels.to(device));
    const y = labels.to(device);
    optimizer.zeroGrad();
    const logits = model.forward(x);
    const loss = crossEntropy(logits, y);
    loss.backward();
    optimizer.step();
    const correct = noGrad(() => logits.argmax(1).eq(y).sum());
    yield { loss: loss.detach(), correct, size: x.size(0) };
  }
}

/** Trains until the epochs are over or the signal says to stop. */
export async function train(training: Training): Promise<History> {
  const { model, optimizer, decay, loader, device, signal } = training;
  const history = { losses: [] as number[], epochs: [] as EpochResult[], interrupted: false };
  const steps = loader.length;
  for (let epoch = 1; epoch <= training.epochs; epoch++) {
    const start = performance.now();
    const sum = { loss: 0, correct: 0, size: 0 };
    const pending: Step[] = [];
    let step = 0;
    for (const result of trainSteps(model, optimizer, loader, device)) {
      step++;
      pending.push(result);
      if (step % STRETCH !== 0 && step !== steps) continue;
      for (const { loss, correct, size } of pending) {
        const value = (await loss.cpu()).item();
        history.losses.push(value);
        sum.loss += value * size;
        sum.correct += (await correct.cpu()).item();
        sum.size += size;
      }
      pending.length = 0;
      training.onProgress({ epoch, step, steps, loss: history.losses.at(-1) as number });
      // Signals arrive between turns of the event loop, and a training by itself is one long turn.
      await setImmediate();
      if (signal.aborted) return { ...history, interrupted: true };
    }
    const seconds = (performance.now() - start) / 1000;
    const result: EpochResult = {
      epoch,
      lr: optimizer.paramGroups[0]?.lr as number,
      loss: sum.loss / sum.size,
      trainAccuracy: sum.correct / sum.size,
      testAccuracy: await training.test(),
      seconds,
    };
    history.epochs.push(result);
    training.onEpoch(result);
    await setImmediate();
    if (signal.aborted && epoch < training.epochs) return { ...history, interrupted: true };
    for (const group of optimizer.paramGroups) group.lr *= decay;
  }
  return history;
}
