// Positional and named arguments of losses: no argument is ignored silently.
import { arange, DLError, ones, type Tensor, tensor } from '@dl/core';
import { type Called, hold, holdsAll, refusal } from 'dl-testing/arguments';
import { describe, expect, it } from 'vitest';
import * as losses from '../src/index.js';

const values = (): Tensor =>
  tensor([
    [0.1, 0.8],
    [0.5, 0.2],
  ]);
const labels = (): Tensor => tensor([0, 1], { dtype: 'int64' });
const signs = (): Tensor => tensor([1, -1]);

const two = (): Tensor[] => [values(), values()];
const three = (): Tensor[] => [values(), values(), values()];

/** The arguments of each function; its class takes them in the constructor and in `forward`. */
const arguments_: Readonly<Record<string, () => readonly unknown[]>> = {
  binaryCrossEntropy: two,
  binaryCrossEntropyWithLogits: two,
  cosineEmbeddingLoss: () => [values(), values(), signs()],
  cosineSimilarity: two,
  crossEntropy: () => [values(), labels()],
  gaussianNllLoss: three,
  huberLoss: two,
  klDiv: two,
  l1Loss: two,
  marginRankingLoss: three,
  mseLoss: two,
  nllLoss: () => [values(), labels()],
  pairwiseDistance: two,
  smoothL1Loss: two,
  softMarginLoss: () => [
    values(),
    tensor([
      [1, -1],
      [-1, 1],
    ]),
  ],
  tripletMarginLoss: three,
};

const classes: Readonly<Record<string, string>> = {
  BCELoss: 'binaryCrossEntropy',
  BCEWithLogitsLoss: 'binaryCrossEntropyWithLogits',
  CosineEmbeddingLoss: 'cosineEmbeddingLoss',
  CrossEntropyLoss: 'crossEntropy',
  GaussianNLLLoss: 'gaussianNllLoss',
  HuberLoss: 'huberLoss',
  KLDivLoss: 'klDiv',
  L1Loss: 'l1Loss',
  MarginRankingLoss: 'marginRankingLoss',
  MSELoss: 'mseLoss',
  NLLLoss: 'nllLoss',
  SmoothL1Loss: 'smoothL1Loss',
  SoftMarginLoss: 'softMarginLoss',
  TripletMarginLoss: 'tripletMarginLoss',
};

type Make = new (...args: never[]) => { forward(...args: never[]): Tensor };

const table: Record<string, Called> = {};
const exported = losses as unknown as Record<string, (...args: never[]) => unknown>;
for (const [name, args] of Object.entries(arguments_)) {
  table[name] = { call: exported[name] as Called['call'], args };
}
for (const [name, functional] of Object.entries(classes)) {
  const made = exported[name] as unknown as Make;
  table[name] = { call: (...args) => new made(...args), args: () => [] };
  const loss = new made();
  table[`${name}.forward`] = {
    call: (...args) => loss.forward(...args),
    args: arguments_[functional] as () => unknown[],
    says: new RegExp(`^(${name}\\.forward|${functional}): `),
  };
}

holdsAll(losses, table);
hold(table);

describe('messages for likely mistakes', () => {
  const weight = tensor([1, 3]);

  it('options passed as positional arguments', () => {
    expect(refusal(() => losses.crossEntropy(values(), labels(), weight as never))).toBe(
      'crossEntropy: takes at most 2 arguments, not 3; pass weight in the options: { weight: … }',
    );
    expect(refusal(() => new losses.CrossEntropyLoss(weight as never))).toMatch(
      /^CrossEntropyLoss: .*pass weight in the options: \{ weight: … \}$/,
    );
    expect(refusal(() => losses.smoothL1Loss(values(), values(), 0.5 as never))).toMatch(
      /\{ beta: 0.5 \}/,
    );
    expect(refusal(() => new losses.MSELoss('sum' as never))).toMatch(/\{ reduction: 'sum' \}/);
    expect(
      refusal(() =>
        Reflect.apply(new losses.CrossEntropyLoss().forward, new losses.CrossEntropyLoss(), [
          values(),
          labels(),
          weight,
        ]),
      ),
    ).toMatch(/CrossEntropyLoss.forward: takes at most 2 arguments, not 3/);
  });

  it('arrays as labels, misspelled options', () => {
    expect(refusal(() => losses.crossEntropy(values(), [0, 1] as never))).toBe(
      'crossEntropy: target must be a tensor, not [0, 1]; tensor(...) makes one from numbers and arrays',
    );
    expect(refusal(() => losses.mseLoss(values(), values(), { size_average: true } as never))).toBe(
      "mseLoss: unknown option 'size_average'; write reduction: 'mean', 'sum' or 'none'",
    );
    expect(refusal(() => losses.klDiv(values(), values(), { log_target: true } as never))).toMatch(
      /did you mean logTarget\?/,
    );
  });

  it('named arguments', () => {
    expect(losses.mseLoss(values(), values(), { reduction: 'sum' }).item()).toBe(0);
    expect(
      losses.gaussianNllLoss(ones([1]), ones([1]), { var: tensor([1]), full: true }).item(),
    ).toBeCloseTo(0.9189385, 6);
    // @ts-expect-error an unknown name
    expect(() => losses.mseLoss(values(), values(), { reductions: 'sum' })).toThrow(DLError);
    // @ts-expect-error an unknown name of a class
    expect(() => new losses.CrossEntropyLoss({ label_smoothing: 0.1 })).toThrow(DLError);
  });
});

describe("PyTorch's options", () => {
  const x = arange(4, { dtype: 'float32' }).view([2, 2]);
  const y = tensor([
    [1, 3],
    [0, 0],
  ]);
  const weight = tensor([
    [1, 2],
    [3, 4],
  ]);
  const all = (f: typeof losses.mseLoss): number[] =>
    (['mean', 'sum'] as const).map((reduction) => f(x, y, { weight, reduction }).item());

  // F.mse_loss(x, y, weight=w, reduction=...) and so on, with PyTorch 2.13.
  it('weight: the mean of mseLoss and l1Loss divides by the sum of the weights, that of huberLoss by the count', () => {
    const close = (got: number[], want: number[]): void => {
      got.forEach((v, i) => {
        expect(v).toBeCloseTo(want[i], 5);
      });
    };
    close(all(losses.mseLoss), [5.7, 57.0]);
    close(all(losses.l1Loss), [2.3, 23.0]);
    close(all(losses.huberLoss), [4.5, 18.0]);
    expect(losses.l1Loss(x, y, { weight, reduction: 'none' }).toArray()).toEqual([
      [1, 4],
      [6, 12],
    ]);
    expect(refusal(() => losses.l1Loss(x, y, { weight: tensor([1, 2]) }))).toBe(
      'l1Loss: weight must have the shape of the input, [2, 2], got [2]',
    );
  });

  it('var: a number, or a tensor of size 1 in one dimension', () => {
    expect(losses.gaussianNllLoss(x, y, 2).item()).toBeCloseTo(1.471574, 5);
    expect(losses.gaussianNllLoss(x, y, tensor([[1, 2]])).item()).toBeCloseTo(1.610787, 5);
    expect(refusal(() => losses.gaussianNllLoss(x, y, -1))).toMatch(/must not be negative/);
  });
});
