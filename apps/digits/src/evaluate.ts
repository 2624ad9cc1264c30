// The test: the network's predictions for images that it was not trained on.
import { fromTypedArray, noGrad, scope } from '@dl/core';
import type { Module } from '@dl/nn';
import { CLASSES, type Digits, PIXELS } from './mnist.js';
import { normalize } from './model.js';

/** An image that was classified wrongly. */
export interface Mistake {
  /** Its index. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** The probability of the prediction. */
  readonly confidence: number;
}

/** The result of a test. */
export interface Evaluation {
  /** From 0 to 1. */
  readonly accuracy: number;
  readonly predictions: Uint8Array;
  /** `confusion[label][predicted]` is a number of images. */
  readonly confusion: readonly (readonly number[])[];
  /** The most confident first. */
  readonly mistakes: readonly Mistake[];
}

/** Number of images in a batch. */
const BATCH = 500;

/** The network's ten outputs for each image, row by row. */
export async function computeLogits(
  model: Module,
  digits: Digits,
  device: string,
): Promise<Float32Array> {
  const logits = new Float32Array(digits.count * CLASSES);
  const training = model.training;
  model.eval();
  try {
    for (let first = 0; first < digits.count; first += BATCH) {
      const count = Math.min(BATCH, digits.count - first);
      const pixels = digits.images.subarray(first * PIXELS, (first + count) * PIXELS);
      const rows = scope(() => {
        const x = fromTypedArray(pixels, [count, PIXELS]).to(device);
        return noGrad(() => model.forward(normalize(x)));
      });
      logits.set((await rows.cpu()).data() as Float32Array, first * CLASSES);
      rows.dispose();
    }
  } finally {
    model.train(training);
  }
  return logits;
}

/** Compares outputs with the truth. */
export function judge(logits: Float32Array, digits: Digits): Evaluation {
  const predictions = new Uint8Array(digits.count);
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const mistakes: Mistake[] = [];
  for (let index = 0; index < digits.count; index++) {
    const row = logits.subarray(index * CLASSES, (index + 1) * CLASSES);
    const label = digits.labels[index];
    let predicted = 0;
    row.forEach((value, digit) => {
      if (value > row[predicted]) predicted = digit;
    });
    predictions[index] = predicted;
    const counts = confusion[label];
    counts[predicted] = counts[predicted] + 1;
    if (predicted !== label) {
      const most = row[predicted];
      const confidence = 1 / row.reduce((sum, value) => sum + Math.exp(value - most), 0);
      mistakes.push({ index, label, predicted, confidence });
    }
  }
  mistakes.sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  return { accuracy: 1 - mistakes.length / digits.count, predictions, confusion, mistakes };
}

/** The fraction of images that the network classifies correctly. */
export async function testAccuracy(model: Module, digits: Digits, device: string): Promise<number> {
  return judge(await computeLogits(model, digits, device), digits).accuracy;
}

/** Whether two arrays hold the same bits, NaNs included. */
export function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bits = (x: Float32Array): Uint32Array => new Uint32Array(x.buffer, x.byteOffset, x.length);
  const [left, right] = [bits(a), bits(b)];
  return left.length === right.length && left.every((value, i) => value === right[i]);
}
