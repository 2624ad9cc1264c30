// Losses for classification: cross-entropy and the negative log-likelihood.
import {
  add,
  alsoSaving,
  any,
  arange,
  binary,
  callable,
  DTypeError,
  div,
  Elementwise,
  eq,
  type GivenTo,
  gather,
  IndexError,
  inFloat32,
  isFloat,
  isnan,
  keep,
  kinds,
  logicalNot,
  logSoftmax,
  mul,
  neg,
  onesLike,
  ShapeError,
  scalar as s,
  squeeze,
  sum,
  type Tensor,
  take,
  takes,
  unsqueeze,
  ValueError,
  view,
  where,
} from '@dl/core/functional';
import { type GivenPair, optionalTensor, pair, reductionKind, takesPair } from './arguments.js';
import { warnOfActivation } from './likely-mistakes.js';
import { checkFloating, type LossOptions, type Reduction, reduce } from './reduction.js';

type Expr = ReturnType<typeof s.neg>;

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The dimension of the classes: the second, or the only one if there is no batch. */
const classDim = (input: Tensor): number => (input.ndim === 1 ? 0 : 1);

/** Labels that have been checked. */
interface Labels {
  /** int32, with ignored labels replaced by 0. */
  readonly safe: Tensor;
  /** Where labels are not ignored; null if none are ignored. */
  readonly counts: Tensor | null;
  /** Where labels are in range or ignored; null if that is known for all. */
  readonly valid: Tensor | null;
}

/** Whether a label is a class or `ignoreIndex`. */
const validOf = (label: Expr, classes: Expr, ignored: Expr): Expr => {
  const number = s.cast(label, classes.dtype);
  return s.or(s.and(s.ge(number, 0), s.lt(number, classes)), s.eq(number, ignored));
};
const isValid = /*#__PURE__*/ new Elementwise('crossEntropy', 3, {
  expr: (label, classes, ignored) => validOf(label, classes, ignored),
});

/** Checks dtype, shape and range of labels, and replaces ignored ones. */
function checkLabels(loss: string, input: Tensor, target: Tensor, ignoreIndex: number): Labels {
  if (input.ndim === 0) {
    throw new ShapeError(`${loss}: the input must have a dimension of classes, got a scalar`);
  }
  if (isFloat(target.dtype) || target.dtype === 'bool') {
    throw new DTypeError(
      `${loss}: class labels must be integers, but the target is ${target.dtype}; ` +
        "write tensor([...], { dtype: 'int32' }) or target.to('int32')" +
        (loss === 'crossEntropy'
          ? `, or pass probabilities of the input's shape ${show(input.shape)}`
          : ''),
    );
  }
  const d = classDim(input);
  const expected = input.shape.filter((_, i) => i !== d);
  // For one item without a batch, PyTorch also accepts the label in a list.
  const listed = input.ndim === 1 && show(target.shape) === '[1]';
  if (!listed && show(expected) !== show(target.shape)) {
    throw new ShapeError(
      `${loss}: an input of shape ${show(input.shape)} requires labels of shape ${show(expected)}, got ${show(target.shape)}`,
    );
  }
  const labels = listed ? squeeze(target.detach(), 0) : target.detach();
  const classes = input.shape[d];
  // On other devices, reading would have to wait; there a label out of range makes the loss NaN.
  if (labels.device !== 'cpu') {
    const valid = isValid.apply([labels, classes, ignoreIndex]);
    return { ...withoutIgnored(labels, ignoreIndex), valid };
  }
  // Checked before the conversion to int32, which would turn a large int64 into another label.
  const values = labels.data();
  let ignored = 0;
  for (let i = 0; i < values.length; i++) {
    const label = Number(values[i]);
    if (label === ignoreIndex) ignored++;
    else if (label < 0 || label >= classes) {
      throw new IndexError(
        `${loss}: label ${label} at index ${i} is out of range for ${classes} classes; labels must be from 0 to ${classes - 1}`,
      );
    }
  }
  if (ignored === 0) return { safe: labels.to('int32'), counts: null, valid: null };
  return { ...withoutIgnored(labels, ignoreIndex), valid: null };
}

function withoutIgnored(labels: Tensor, ignoreIndex: number): Omit<Labels, 'valid'> {
  const ignored = eq(labels, ignoreIndex);
  return { safe: where(ignored, 0, labels).to('int32'), counts: logicalNot(ignored) };
}

function checkWeight(loss: string, weight: Tensor | null, classes: number): void {
  if (weight === null || (weight.ndim === 1 && weight.shape[0] === classes)) return;
  throw new ShapeError(
    `${loss}: weight must have shape [${classes}], one number for each class, got shape ${show(weight.shape)}`,
  );
}

/** The weight of each label: its class's weight, and 0 if it is ignored; null if all are 1. */
function labelWeights(labels: Labels, weight: Tensor | null, like: Tensor): Tensor | null {
  const byClass = weight === null ? null : take(weight, labels.safe);
  if (labels.counts === null) return byClass;
  const counted = labels.counts.to(like.dtype);
  return byClass === null ? counted : mul(byClass, counted);
}

/** Reduces the losses of the items; a mean divides by the sum of the weights. */
function weighted(
  all: Tensor,
  labels: Labels,
  weights: Tensor | null,
  reduction: Reduction,
): Tensor {
  const each = counted(all, labels);
  if (weights === null) return reduce(each, reduction);
  if (reduction !== 'mean') return reduce(mul(each, weights), reduction);
  return meanBy(each, labels, weights, weights);
}

/** Replaces ignored values by 0, since an infinity times 0 would be NaN. */
const counted = (each: Tensor, { counts }: Labels): Tensor =>
  counts === null ? each : where(counts, each, 0);

/**
 * `Σ each · factors / Σ weights`; NaN, with a gradient of zero, if the sum of the weights is 0.
 */
function meanBy(each: Tensor, labels: Labels, factors: Tensor, weights: Tensor): Tensor {
  const total = sum(weights);
  const empty = eq(total, 0);
  const shares = counted(div(factors, total), labels);
  return add(sum(mul(each, shares)), where(empty, Number.NaN, 0));
}

/** Options of classification losses. */
export interface ClassLossOptions extends LossOptions {
  /** A weight for each class. */
  weight?: Tensor | null;
  /** A label to ignore: it adds nothing to loss and gradient. Default: -100. */
  ignoreIndex?: number;
}

const nllKinds = {
  weight: optionalTensor,
  ignoreIndex: kinds.integer,
  reduction: reductionKind,
};

/** The negated entry of each label; NaN for a label out of range. */
function picked(logProbabilities: Tensor, { safe, valid }: Labels): Tensor {
  const d = classDim(logProbabilities);
  const each = neg(squeeze(gather(logProbabilities, d, unsqueeze(safe, d)), d));
  return valid === null ? each : where(valid, each, Number.NaN);
}

function nllLossOf(input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor {
  const { reduction = 'mean' } = options;
  const { weight = null, ignoreIndex = -100 } = options;
  const labels = checkLabels('nllLoss', input, target, ignoreIndex);
  checkWeight('nllLoss', weight, input.shape[classDim(input)]);
  checkFloating('nllLoss', 'input', input);
  const loss = inFloat32([input, weight], (logs, factors) =>
    weighted(picked(logs, labels), labels, labelWeights(labels, factors, logs), reduction),
  );
  return alsoSaving(loss, input, weight);
}

/**
 * The negative log-likelihood of labels (PyTorch: `F.nll_loss`).
 *
 * @param input log-probabilities `[n, classes]`, `[n, classes, …]` or `[classes]`, as from `logSoftmax`.
 * @param target integer labels `[n]`, `[n, …]` or, for one item, a scalar or `[1]`.
 * @throws IndexError for a label out of range, whose loss is NaN on devices other than `cpu`; DTypeError for labels
 * that are not integers.
 * @example nllLoss(logSoftmax(x, 1), tensor([0, 2], { dtype: 'int32' }))
 */
export const nllLoss = /*#__PURE__*/ callable('nllLoss', nllLossOf, pair, nllKinds);

/** Options of `crossEntropy`. */
export interface CrossEntropyLossOptions extends ClassLossOptions {
  /** Amount of label smoothing: the fraction of the target spread evenly over all classes, from 0 to 1. Default: 0. */
  labelSmoothing?: number;
}

const crossEntropyKinds = /*#__PURE__*/ kinds.joined(nllKinds, { labelSmoothing: kinds.number });

// The entry of a label as an elementwise operator, which takes fewer kernels on a device than a lookup.
// A label out of range gives NaN, since the call cannot throw there.
const pickedOf = /*#__PURE__*/ new Elementwise('crossEntropy', 5, {
  operands: ['promote', 'own', 'own', 'promote', 'promote'],
  expr: (logs, label, index, classes, ignored) => {
    const fine = validOf(label, classes, ignored);
    const other = s.select(fine, s.cast(s.constant(0, 'float32'), logs.dtype), Number.NaN);
    return s.select(s.eq(label, index), s.neg(logs), other);
  },
});
const countOf = /*#__PURE__*/ binary('crossEntropy', {
  expr: (label, ignored) => s.cast(s.not(s.eq(label, ignored)), 'float32'),
});

/** The class indices by device, created once, since copying them to the device takes a separate submit. */
const numbers = /*#__PURE__*/ new WeakMap<object, Map<number, Tensor>>();

function classNumbers(like: Tensor, classes: number): Tensor {
  const { backend } = like.storage;
  const known = numbers.get(backend) ?? new Map<number, Tensor>();
  numbers.set(backend, known);
  const found = known.get(classes) ?? keep(arange(classes, { dtype: 'int32' }).to(like.device));
  known.set(classes, found);
  return found;
}

/** Whether the loss is a sum or mean over plain labels, on a device that counts memory. */
const summedThere = (x: Tensor, labels: Tensor, reduction: Reduction, ignore: number): boolean =>
  x.storage.backend.counted &&
  x.ndim > 0 &&
  x.count > 0 &&
  reduction !== 'none' &&
  labels.dtype === 'int32' &&
  labels.device === x.device &&
  ignore < 0 &&
  show(labels.shape) === show(x.shape.filter((_, i) => i !== classDim(x)));

function summed(logs: Tensor, labels: Tensor, reduction: Reduction, ignore: number): Tensor {
  const d = classDim(logs);
  const classes = logs.shape[d];
  const along = alongClasses(classNumbers(logs, classes), logs, d);
  const total = pickedOf.applySum([logs, unsqueeze(labels, d), along, classes, ignore]);
  if (reduction === 'sum') return total;
  return div(total, countOf.operator.applySum([labels, ignore]));
}

function checkSmoothing(loss: string, smoothing: number): void {
  if (smoothing >= 0 && smoothing <= 1) return;
  throw new ValueError(`${loss}: labelSmoothing must be between 0 and 1, got ${smoothing}`);
}

function crossEntropyOf(
  input: Tensor,
  target: Tensor,
  options: CrossEntropyLossOptions = {},
): Tensor {
  const { reduction = 'mean' } = options;
  warnOfActivation('crossEntropy', input, ['softmax', 'logSoftmax', 'sigmoid']);
  const { weight = null, ...rest } = options;
  checkFloating('crossEntropy', 'input', input);
  const loss = inFloat32([input, weight], (x, factors) =>
    crossEntropyWide(x, target, factors, rest, reduction),
  );
  return alsoSaving(loss, weight);
}

function crossEntropyWide(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  options: CrossEntropyLossOptions,
  reduction: Reduction,
): Tensor {
  const { ignoreIndex = -100, labelSmoothing = 0 } = options;
  checkSmoothing('crossEntropy', labelSmoothing);
  const d = classDim(input);
  const classes = input.shape[d] ?? 1;
  checkWeight('crossEntropy', weight, classes);
  if (isFloat(target.dtype) && show(target.shape) === show(input.shape)) {
    return ofProbabilities(input, target, weight, labelSmoothing, reduction);
  }
  if (
    weight === null &&
    labelSmoothing === 0 &&
    summedThere(input, target, reduction, ignoreIndex)
  ) {
    return summed(logSoftmax(input, d), target, reduction, ignoreIndex);
  }
  const labels = checkLabels('crossEntropy', input, target, ignoreIndex);
  const logs = logSoftmax(input, d);
  const weights = labelWeights(labels, weight, logs);
  const exact = weighted(picked(logs, labels), labels, weights, reduction);
  if (labelSmoothing === 0) return exact;
  // Spread evenly over the classes, each with its weight; the mean still divides by the labels' weights.
  const spread = neg(sum(weight === null ? logs : mul(logs, alongClasses(weight, logs, d)), d));
  const counts = labels.counts?.to(logs.dtype) ?? onesLike(spread.detach());
  const even =
    reduction === 'mean' && weights !== null
      ? meanBy(counted(spread, labels), labels, counts, weights)
      : reduce(counted(spread, labels), reduction);
  return add(mul(exact, 1 - labelSmoothing), mul(even, labelSmoothing / classes));
}

/**
 * The cross-entropy between logits and labels (PyTorch: `F.cross_entropy`): `nllLoss` of
 * `logSoftmax`. Do not apply a softmax before it.
 *
 * @param input logits `[n, classes]`, `[n, classes, …]` or `[classes]`.
 * @param target integer labels `[n]`, `[n, …]` or, for one item, a scalar or `[1]`; or probabilities of the input's shape.
 * @throws IndexError for a label out of range on the device `cpu` (on other devices the
 * loss is NaN); DTypeError for labels that are not integers; ShapeError if the shapes do not fit.
 * @example crossEntropy(tensor([[2, 0]]), tensor([0], { dtype: 'int32' })) // tensor(0.1269)
 */
export const crossEntropy = /*#__PURE__*/ callable(
  'crossEntropy',
  crossEntropyOf,
  pair,
  crossEntropyKinds,
);

const alongClasses = (weight: Tensor, like: Tensor, d: number): Tensor =>
  view(
    weight,
    like.shape.map((_, i) => (i === d ? -1 : 1)),
  );

function ofProbabilities(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  smoothing: number,
  reduction: Reduction,
): Tensor {
  if (target.device === 'cpu' && any(isnan(target)).item()) {
    throw new ValueError('crossEntropy: the target must be probabilities, got NaN');
  }
  const d = classDim(input);
  const classes = input.shape[d];
  const logs = logSoftmax(input, d);
  const smooth = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes);
  const terms = mul(logs, smooth);
  const each = neg(sum(weight === null ? terms : mul(terms, alongClasses(weight, logs, d)), d));
  return reduce(each, reduction);
}

const nll = /*#__PURE__*/ takes<[options?: ClassLossOptions]>()('NLLLoss', [], nllKinds);
const nllForward = /*#__PURE__*/ takesPair('NLLLoss');

/**
 * `nllLoss` as a class (PyTorch: `nn.NLLLoss`).
 *
 * @example new NLLLoss().forward(logSoftmax(x, 1), labels)
 */
export class NLLLoss {
  readonly reduction: Reduction;
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;

  constructor(...given: GivenTo<typeof nll>) {
    const [options = {}] = nll.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.weight = options.weight ?? null;
    this.ignoreIndex = options.ignoreIndex ?? -100;
  }

  /** Computes the loss of log-probabilities with respect to labels. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = nllForward.take(given);
    const { reduction, weight, ignoreIndex } = this;
    return nllLoss(input, target, { reduction, weight, ignoreIndex });
  }

  toString(): string {
    return 'NLLLoss()';
  }
}

const crossEntropyLoss = /*#__PURE__*/ takes<[options?: CrossEntropyLossOptions]>()(
  'CrossEntropyLoss',
  [],
  crossEntropyKinds,
);
const crossEntropyLossForward = /*#__PURE__*/ takesPair('CrossEntropyLoss');

/**
 * `crossEntropy` as a class (PyTorch: `nn.CrossEntropyLoss`).
 *
 * @example new CrossEntropyLoss({ labelSmoothing: 0.1 }).forward(logits, labels)
 */
export class CrossEntropyLoss {
  readonly reduction: Reduction;
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(...given: GivenTo<typeof crossEntropyLoss>) {
    const [options = {}] = crossEntropyLoss.take(given);
    this.reduction = options.reduction ?? 'mean';
    this.weight = options.weight ?? null;
    this.ignoreIndex = options.ignoreIndex ?? -100;
    this.labelSmoothing = options.labelSmoothing ?? 0;
    checkSmoothing('CrossEntropyLoss', this.labelSmoothing);
  }

  /** Computes the loss of logits with respect to labels or probabilities. */
  forward(...given: GivenPair): Tensor {
    const [input, target] = crossEntropyLossForward.take(given);
    const { reduction, weight, ignoreIndex, labelSmoothing } = this;
    return crossEntropy(input, target, { reduction, weight, ignoreIndex, labelSmoothing });
  }

  toString(): string {
    return 'CrossEntropyLoss()';
  }
}
