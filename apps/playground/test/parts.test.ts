// The pure parts: settings and their check, the curve's memory, the digit's picture, the colors.
import { fromTypedArray, tensor } from '@dl/core';
import { Conv2d, Linear, ReLU, Sequential } from '@dl/nn';
import { describe, expect, it } from 'vitest';
import { digitsModel, layerSizes, readDigit } from '../src/files/digits.js';
import { niceStep } from '../src/page/loss-view.js';
import { rgbOf } from '../src/page/theme.js';
import { makeData } from '../src/shared/data/index.js';
import { digitPicture } from '../src/shared/digit-picture.js';
import { History } from '../src/shared/history.js';
import { buffersOf, problemOfCommand } from '../src/shared/messages.js';
import {
  classesOf,
  dataKinds,
  defaults,
  parametersOf,
  problemOf,
  type Settings,
} from '../src/shared/settings.js';

const settings = (changes: object): Settings => ({ ...defaults, ...changes }) as Settings;

describe('settings', () => {
  it('count what is learned', () => {
    expect(parametersOf(defaults)).toBe(3 * 8 + 9 * 4 + 5 * 2);
    expect(parametersOf(settings({ hidden: [], data: 'iris' }))).toBe(9);
    const drawn = [{ x: 0, y: 0, kind: 2 }];
    expect(classesOf(settings({ data: 'drawn', drawn }))).toBe(3);
  });

  it('are right as they come', () => {
    for (const data of dataKinds) expect(problemOf(settings({ data }))).toBeNull();
  });

  it.each([
    [{ data: 'moons' }, 'data set'],
    [{ count: 30 }, 'multiple of 4'],
    [{ noise: Number.NaN }, 'noise'],
    [{ hidden: [0] }, "layer's size"],
    [{ hidden: [1, 1, 1, 1, 1, 1, 1] }, 'hidden layers'],
    [{ activation: 'Softmax' }, 'activation'],
    [{ optimizer: 'lion' }, 'optimizer'],
    [{ lr: 0 }, 'learning rate'],
    [{ lr: Number.POSITIVE_INFINITY }, 'learning rate'],
    [{ batchSize: 1.5 }, 'batch size'],
    [{ seed: -1 }, 'seed'],
    [{ device: 'tpu' }, 'device'],
    [{ drawn: [{ x: 2, y: 0, kind: 0 }] }, 'outside'],
  ])('with %j are refused', (changes, text) => {
    expect(problemOf(settings(changes))).toContain(text);
  });
});

describe('messages', () => {
  it('are checked', () => {
    expect(problemOfCommand({ type: 'pace', pace: 0 })).toContain('pace');
    const pixels = new Uint8Array(5);
    expect(problemOfCommand({ type: 'readDigit', id: 1, pixels })).toContain('784');
    expect(problemOfCommand({ type: 'play' })).toBeNull();
  });

  it('hand over each buffer once', () => {
    const values = new Float32Array(4);
    const state = [
      { name: 'a', shape: [2], values: values.subarray(0, 2) },
      { name: 'b', shape: [2], values: values.subarray(2) },
    ];
    expect(buffersOf({ type: 'state', name: 'x', state })).toEqual([values.buffer]);
  });
});

describe('the curve', () => {
  it('keeps its ends and no more points than can be seen', () => {
    const history = new History();
    for (let step = 0; step <= 20_000; step++) history.add({ step, train: 1, test: null });
    const steps = history.all.map((point) => point.step);
    expect(steps.length).toBeLessThanOrEqual(1200);
    expect(steps.length).toBeGreaterThan(300);
    expect([steps[0], steps.at(-1)]).toEqual([0, 20_000]);
    expect(steps.every((step, i) => i === 0 || step > steps[i - 1])).toBe(true);
  });

  it('has ticks at round steps', () => {
    expect([4, 10, 99, 1000, 18_000].map(niceStep)).toEqual([1, 2, 20, 200, 5000]);
  });
});

describe('colors', () => {
  it('are read long and short, as style sheets are written and as builds shorten them', () => {
    expect(rgbOf('#2166ac')).toEqual([33, 102, 172]);
    expect(rgbOf('#fff')).toEqual([255, 255, 255]);
    expect(rgbOf('#1af')).toEqual([17, 170, 255]);
  });
});

describe('a data set', () => {
  it.each(dataKinds.filter((kind) => kind !== 'drawn'))('%s has points of all classes', (data) => {
    const { train, test } = makeData(settings({ data }));
    const [learned, held] = data === 'iris' ? [120, 30] : [200, 100];
    expect([train.x.shape, train.y.shape]).toEqual([[learned, 2], [learned]]);
    expect(test.x.shape).toEqual([held, 2]);
    const kinds = new Set(train.y.toArray() as number[]);
    expect(kinds.size).toBe(data === 'iris' ? 3 : 2);
  });
});

describe("a digit's picture", () => {
  it('is in the middle and as large as those of MNIST, wherever and however large it was drawn', () => {
    const side = 140;
    for (const [left, top, size] of [
      [0, 0, 40],
      [90, 60, 20],
      [20, 20, 100],
    ]) {
      const ink = new Uint8Array(side * side);
      for (let y = top; y < top + size; y++) ink.fill(255, y * side + left, y * side + left + size);
      const picture = digitPicture(ink, side);
      const rows = Array.from({ length: 28 }, (_, r) => picture?.subarray(28 * r, 28 * r + 28));
      rows.forEach((row, r) => {
        row?.forEach((value, c) => {
          const inside = r >= 4 && r < 24 && c >= 4 && c < 24;
          expect(value).toBe(inside ? 255 : 0);
        });
      });
    }
    expect(digitPicture(new Uint8Array(side * side), side)).toBeNull();
  });
});

describe('a digits model', () => {
  const net = (): Sequential => new Sequential(new Linear(784, 5), new ReLU(), new Linear(5, 10));

  it('is built from a state dict, also one inside a whole training', () => {
    const model = net();
    for (const value of [model.stateDict(), { model: model.stateDict(), epoch: 3 }]) {
      const built = digitsModel(value, 'a.pth');
      expect(layerSizes(built)).toEqual([784, 5, 10]);
      const shares = readDigit(built, new Uint8Array(784).fill(9));
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  it.each([
    ['a tensor', () => tensor([1])],
    ['nothing', () => null],
    ['other inputs', () => new Sequential(new Linear(3, 10)).stateDict()],
    ['other outputs', () => new Sequential(new Linear(784, 9)).stateDict()],
    ['a convolution', () => new Sequential(new Conv2d(1, 2, 3)).stateDict()],
    ['text', () => ({ '0.weight': 'x' })],
    [
      'a bias that does not fit',
      () => ({ ...net().stateDict(), '0.bias': fromTypedArray(new Float32Array(4), [4]) }),
    ],
  ])('is refused with the name of the file: %s', (_, value) => {
    expect(() => digitsModel(value(), 'a.pth')).toThrow(
      /^a\.pth [\s\S]*[^.]\. A digits model has 784 inputs/,
    );
  });
});
