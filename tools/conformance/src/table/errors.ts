// Calls that must be refused, beyond those that every elementwise operator gets.
// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operators are looked up by name
import * as dl from '@dl/core';
import { noGrad, ones, type Tensor, tensor, zeros } from '@dl/core';

/** A call that must throw. */
export interface ErrorRow {
  readonly operator: string;
  readonly what?: string;
  readonly error: string;
  /** Part of the message. */
  readonly message: string;
  readonly call: (device: string) => unknown;
}

/** Operators whose first argument is a tensor: an array there is refused with a word on tensors. */
export const bindsTable: readonly string[] = [
  'sum',
  'nansum',
  'mean',
  'amax',
  'amin',
  'argmax',
  'argmin',
  'max',
  'min',
  'prod',
  'variance',
  'std',
  'norm',
  'all',
  'any',
  'logsumexp',
  'cumsum',
  'sort',
  'topk',
  'softmax',
  'logSoftmax',
  'view',
  'reshape',
  'flatten',
  'permute',
  'transpose',
  't',
  'unsqueeze',
  'squeeze',
  'expand',
  'narrow',
  'select',
  'split',
  'chunk',
  'unbind',
  'matmul',
  'mm',
  'bmm',
  'mv',
  'dot',
  'outer',
  'linear',
  'gather',
  'indexSelect',
  'at',
  'clone',
  'to',
  'copy_',
  'fill_',
  'argsort',
  'scatterAdd_',
  'set',
  'zero_',
  'clamp',
  'softplus',
  'zerosLike',
  'onesLike',
  'fullLike',
  'emptyLike',
];

const row = (
  operator: string,
  error: string,
  message: string,
  call: ErrorRow['call'],
  what?: string,
): ErrorRow => ({ operator, error, message, call, ...(what === undefined ? {} : { what }) });
const x = (device: string, ...shape: number[]): Tensor => ones(shape, { device });
const int = (device: string, ...values: number[]): Tensor =>
  tensor(values, { dtype: 'int32', device });

const reductions = [
  'sum',
  'nansum',
  'mean',
  'amax',
  'amin',
  'argmax',
  'argmin',
  'prod',
  'variance',
  'std',
  'all',
  'any',
  'logsumexp',
  'cumsum',
  'sort',
  'argsort',
  'softmax',
  'logSoftmax',
  'max',
  'min',
] as const;

export const errorRows: readonly ErrorRow[] = [
  ...reductions.map((name) =>
    row(
      name,
      'IndexError',
      'dimension 2 is out of range',
      (d) => (dl[name] as (x: Tensor, dim: number) => unknown)(x(d, 2, 3), 2),
      'a dimension out of range',
    ),
  ),
  ...(['amax', 'amin', 'argmax', 'argmin', 'max', 'min'] as const).map((name) =>
    row(
      name,
      'IndexError',
      'is empty',
      (d) => (dl[name] as (x: Tensor, dim: number) => unknown)(zeros([0, 3], { device: d }), 0),
      'an empty dimension',
    ),
  ),
  row('sum', 'IndexError', 'must not contain a dimension twice', (d) =>
    dl.sum(x(d, 2, 3), [0, -2]),
  ),
  row('mean', 'DTypeError', "use x.to('float32')", (d) => dl.mean(int(d, 1, 2))),
  row('variance', 'DTypeError', 'takes floating-point', (d) => dl.variance(int(d, 1, 2))),
  row('std', 'DTypeError', 'takes floating-point', (d) => dl.std(int(d, 1, 2))),
  row('norm', 'DTypeError', 'takes floating-point', (d) => dl.norm(int(d, 1, 2))),
  row('norm', 'ValueError', "p must be a number or 'fro'", (d) => dl.norm(x(d, 2), 'nuc' as 'fro')),
  row('norm', 'IndexError', 'out of range', (d) => dl.norm(x(d, 2), 2, 1)),
  row('topk', 'ValueError', 'k must be an integer', (d) => dl.topk(x(d, 3), 4)),
  row('view', 'ShapeError', 'does not fit', (d) => dl.view(x(d, 2, 3), [4])),
  row('view', 'ShapeError', 'without copying; use reshape()', (d) => dl.view(x(d, 2, 3).t(), [6])),
  row('reshape', 'ShapeError', 'does not fit', (d) => dl.reshape(x(d, 2, 3), [4, -1])),
  row('reshape', 'ShapeError', 'at most one -1', (d) => dl.reshape(x(d, 2, 3), [-1, -1])),
  row('flatten', 'ShapeError', 'comes after', (d) => dl.flatten(x(d, 2, 3), 1, 0)),
  row('permute', 'ShapeError', 'each of the 2 dimensions once', (d) =>
    dl.permute(x(d, 2, 3), [0, 0]),
  ),
  row('transpose', 'IndexError', 'out of range', (d) => dl.transpose(x(d, 2, 3), 0, 2)),
  row('t', 'ShapeError', 'at most 2 dimensions', (d) => dl.t(x(d, 2, 3, 4))),
  row('unsqueeze', 'IndexError', 'out of range', (d) => dl.unsqueeze(x(d, 2, 3), 4)),
  row('squeeze', 'IndexError', 'out of range', (d) => dl.squeeze(x(d, 2, 3), 2)),
  row('expand', 'ShapeError', 'does not expand', (d) => dl.expand(x(d, 2, 3), [4, 3])),
  row(
    'expand',
    'ShapeError',
    'does not expand',
    (d) => dl.expand(x(d, 3), [-1, 3]),
    'a leading -1',
  ),
  row('narrow', 'ShapeError', 'reach beyond dimension', (d) => dl.narrow(x(d, 3), 0, 2, 2)),
  row('select', 'IndexError', 'index 3 is out of range', (d) => dl.select(x(d, 3), 0, 3)),
  row('split', 'ShapeError', 'do not add up', (d) => dl.split(x(d, 3), [1, 1])),
  row('split', 'ValueError', 'must be a positive integer', (d) => dl.split(x(d, 3), 0)),
  row('chunk', 'ValueError', 'must be a positive integer', (d) => dl.chunk(x(d, 3), 0)),
  row('unbind', 'IndexError', 'out of range', (d) => dl.unbind(x(d, 3), 1)),
  row('unbind', 'ShapeError', 'without dimensions', (d) => dl.unbind(x(d))),
  row('cat', 'ShapeError', 'may differ only in dimension 0', (d) =>
    dl.cat([x(d, 2, 3), x(d, 2, 4)]),
  ),
  row('cat', 'ValueError', 'must not be an empty list', () => dl.cat([])),
  row('cat', 'ShapeError', 'use stack()', (d) => dl.cat([x(d)])),
  row('stack', 'ShapeError', 'must have the same shape', (d) => dl.stack([x(d, 2), x(d, 3)])),
  row('stack', 'ValueError', 'must not be an empty list', () => dl.stack([])),
  row('matmul', 'ShapeError', 'must equal', (d) => dl.matmul(x(d, 2, 3), x(d, 2, 3))),
  row('matmul', 'DTypeError', 'the same dtype', (d) => dl.matmul(x(d, 2), int(d, 1, 2))),
  row('matmul', 'ShapeError', 'at least one dimension', (d) => dl.matmul(x(d), x(d, 2))),
  row('matmul', 'ShapeError', 'do not broadcast', (d) => dl.matmul(x(d, 2, 2, 3), x(d, 3, 3, 2))),
  row('mm', 'ShapeError', 'expected a matrix', (d) => dl.mm(x(d, 2), x(d, 2, 2))),
  row('bmm', 'ShapeError', 'batch sizes', (d) => dl.bmm(x(d, 2, 2, 2), x(d, 3, 2, 2))),
  row('mv', 'ShapeError', 'expected a vector', (d) => dl.mv(x(d, 2, 2), x(d, 2, 2))),
  row('dot', 'ShapeError', 'must equal', (d) => dl.dot(x(d, 2), x(d, 3))),
  row('outer', 'ShapeError', 'expected a vector', (d) => dl.outer(x(d, 2, 2), x(d, 3))),
  row('linear', 'ShapeError', "input's last size must be 4", (d) =>
    dl.linear(x(d, 2, 3), x(d, 5, 4)),
  ),
  row('linear', 'ShapeError', 'bias of shape [4]', (d) =>
    dl.linear(x(d, 2, 3), x(d, 5, 3), x(d, 4)),
  ),
  row('linear', 'DTypeError', 'the same dtype', (d) =>
    dl.linear(x(d, 2, 3), x(d, 5, 3), zeros([5], { dtype: 'float64', device: d })),
  ),
  row('gather', 'DTypeError', 'index tensors must be int32', (d) => dl.gather(x(d, 2), 0, x(d, 2))),
  row('gather', 'ShapeError', 'does not fit', (d) => dl.gather(x(d, 2, 2), 0, int(d, 1))),
  row('indexSelect', 'ShapeError', 'one-dimensional', (d) =>
    dl.indexSelect(x(d, 2), 0, int(d, 0, 1).view([1, 2])),
  ),
  row('scatterAdd_', 'DTypeError', 'the source is float32', (d) =>
    dl.scatterAdd_(zeros([2], { dtype: 'int32', device: d }), 0, int(d, 0), x(d, 1)),
  ),
  row('scatterAdd_', 'ShapeError', 'smaller than the index', (d) =>
    dl.scatterAdd_(x(d, 3), 0, int(d, 0, 1), x(d, 1)),
  ),
  row('at', 'IndexError', 'index 2 is out of range', (d) => dl.at(x(d, 2, 3), 2)),
  row('at', 'IndexError', '3 indices for a tensor of 2', (d) => dl.at(x(d, 2, 3), 0, 0, 0)),
  row('at', 'IndexError', 'not a slice', (d) => dl.at(x(d, 2, 3), 'first')),
  row('at', 'IndexError', 'step of slice', (d) => dl.at(x(d, 2, 3), '::-1')),
  row('at', 'ShapeError', 'the mask has shape [3]', (d) => dl.at(x(d, 2, 3), x(d, 3).gt(0))),
  row('at', 'IndexError', 'only once', (d) => dl.at(x(d, 2, 3), '...', '...')),
  row('set', 'ShapeError', 'set: shapes [3] and [2]', (d) =>
    noGrad(() => dl.set(x(d, 2, 3), [0], x(d, 2))),
  ),
  row('set', 'AutogradError', 'view of a leaf', (d) =>
    dl.set(x(d, 2).requiresGrad_().at('0:1'), [0], 1),
  ),
  row('to', 'DeviceError', 'not available', (d) => dl.to(x(d, 2), 'abacus' as string)),
  row('copy_', 'ShapeError', 'does not broadcast', (d) => dl.copy_(x(d, 3), x(d, 2, 3))),
  row('copy_', 'AutogradError', 'leaf tensor', (d) => dl.copy_(x(d, 3).requiresGrad_(), x(d, 3))),
  row('fill_', 'AutogradError', 'leaf tensor', (d) => dl.fill_(x(d, 3).requiresGrad_(), 1)),
  row('zero_', 'AutogradError', 'leaf tensor', (d) => dl.zero_(x(d, 3).requiresGrad_())),
  row('clamp', 'ValueError', 'pass min, max', (d) => dl.clamp(x(d, 3))),
  row('gelu', 'ValueError', 'approximate must be', (d) =>
    dl.gelu(x(d, 3), { approximate: 'exact' as 'none' }),
  ),
  row('div', 'ValueError', 'roundingMode must be', (d) =>
    dl.div(x(d, 3), 2, { roundingMode: 'up' as 'floor' }),
  ),
  row(
    'sub',
    'DTypeError',
    'bool',
    (d) => dl.sub(x(d, 2).gt(0), x(d, 2).gt(0)),
    'the difference of booleans',
  ),
  row('neg', 'DTypeError', 'bool', (d) => dl.neg(x(d, 2).gt(0)), 'the negative of a boolean'),
  row('zeros', 'ShapeError', 'non-negative integers', (device) => dl.zeros([-1], { device })),
  row('ones', 'ShapeError', 'shape must be a list of integers', (device) =>
    dl.ones('3' as unknown as number[], { device }),
  ),
  row('full', 'DTypeError', 'dtype must be one of', (device) =>
    dl.full([1], 2, { device, dtype: 'float8' as 'float32' }),
  ),
  row('empty', 'ShapeError', 'a list of integers', (device) => dl.empty([1.5], { device })),
  row('arange', 'ValueError', 'wrong sign', (device) => dl.arange(0, 3, -1, { device })),
  row('linspace', 'ValueError', 'steps must be', (device) => dl.linspace(0, 1, -1, { device })),
  row('eye', 'ShapeError', 'non-negative integers', (device) => dl.eye(-1, { device })),
  row('tensor', 'ShapeError', 'ragged', (device) => dl.tensor([[1, 2], [3]], { device })),
  row('tensor', 'DTypeError', 'expected numbers', () => dl.tensor(['1'] as unknown as number[])),
  row('fromArray', 'ShapeError', 'ragged', (device) => dl.fromArray([[1, 2], 3], { device })),
  row('fromTypedArray', 'ShapeError', 'has 3 elements', () =>
    dl.fromTypedArray(new Float32Array(2), [3]),
  ),
  row('conv1d', 'ShapeError', 'conv1d', (d) => dl.conv1d(x(d, 1, 2, 5), x(d, 1, 3, 2))),
  row(
    'conv2d',
    'ShapeError',
    'conv2d',
    (d) => dl.conv2d(x(d, 1, 2, 2, 2), x(d, 1, 2, 3, 3)),
    'a kernel larger than the input',
  ),
  row('conv2d', 'ValueError', 'stride must be', (d) =>
    dl.conv2d(x(d, 1, 1, 3, 3), x(d, 1, 1, 2, 2), null, { stride: 0 }),
  ),
  row('convTranspose1d', 'ShapeError', 'does not fit', (d) =>
    dl.convTranspose1d(x(d, 1, 2, 3), x(d, 3, 1, 2)),
  ),
  row('convTranspose2d', 'ValueError', 'outputPadding', (d) =>
    dl.convTranspose2d(x(d, 1, 1, 2, 2), x(d, 1, 1, 2, 2), null, { outputPadding: 1 }),
  ),
  row('maxPool1d', 'ShapeError', 'expected 3 dimensions', (d) => dl.maxPool1d(x(d, 3), 2)),
  row('maxPool2d', 'ShapeError', 'expected 4 dimensions', (d) => dl.maxPool2d(x(d, 3, 3), 2)),
  row('maxPool2dWithIndices', 'ShapeError', 'expected 4 dimensions', (d) =>
    dl.maxPool2dWithIndices(x(d, 3, 3), 2),
  ),
  row('avgPool1d', 'ValueError', 'avgPool1d', (d) => dl.avgPool1d(x(d, 1, 1, 4), 0)),
  row('avgPool2d', 'ShapeError', 'expected 4 dimensions', (d) => dl.avgPool2d(x(d, 3, 3), 2)),
  row('adaptiveAvgPool2d', 'ValueError', 'a list of two of them', (d) =>
    dl.adaptiveAvgPool2d(x(d, 1, 1, 2, 2), [1, 1, 1]),
  ),
  row('interpolate', 'ValueError', 'pass either size or scaleFactor', (d) =>
    dl.interpolate(x(d, 1, 1, 2), {}),
  ),
  row('layerNorm', 'ShapeError', 'must equal normalizedShape', (d) =>
    dl.layerNorm(x(d, 2, 3), [2]),
  ),
  row('groupNorm', 'ShapeError', 'must be divisible by numGroups', (d) =>
    dl.groupNorm(x(d, 2, 3), 2),
  ),
  row('batchNorm', 'ValueError', 'runningMean', (d) => dl.batchNorm(x(d, 2, 3), null, null)),
  row('batchNorm', 'ValueError', 'more than one value', (d) =>
    dl.batchNorm(x(d, 1, 3), null, null, null, null, { training: true }),
  ),
  row('batchNorm', 'ValueError', 'both be given or both be null', (d) =>
    dl.batchNorm(x(d, 2, 3), x(d, 3), null, null, null, { training: true }),
  ),
  row('rmsNorm', 'ShapeError', 'must equal normalizedShape', (d) => dl.rmsNorm(x(d, 2, 3), [2])),
  row('rmsNorm', 'ShapeError', 'weight must have shape', (d) =>
    dl.rmsNorm(x(d, 2, 3), [3], x(d, 2)),
  ),
  row('rmsNorm', 'DTypeError', 'floating-point', (d) => dl.rmsNorm(int(d, 1, 2), [2])),
  row('instanceNorm', 'ShapeError', 'expected [n, channels', (d) => dl.instanceNorm(x(d, 3))),
  row('instanceNorm', 'ValueError', 'more than one value', (d) => dl.instanceNorm(x(d, 2, 3, 1))),
  row('instanceNorm', 'ValueError', 'runningMean', (d) =>
    dl.instanceNorm(x(d, 2, 3, 4), null, null, null, null, { useInputStats: false }),
  ),
  row('instanceNorm', 'ValueError', 'both be given or both be null', (d) =>
    dl.instanceNorm(x(d, 2, 3, 4), null, x(d, 3)),
  ),
  row('instanceNorm', 'ShapeError', 'one value for each', (d) =>
    dl.instanceNorm(x(d, 2, 3, 4), x(d, 4), x(d, 4)),
  ),
  row('instanceNorm', 'ShapeError', 'one value for each', (d) =>
    dl.instanceNorm(x(d, 2, 3, 4), null, null, x(d, 4)),
  ),
  row('pixelShuffle', 'ShapeError', 'must be divisible by 2·2', (d) =>
    dl.pixelShuffle(x(d, 1, 6, 1, 1), 2),
  ),
  row('pixelShuffle', 'ShapeError', 'channels, height, width', (d) =>
    dl.pixelShuffle(x(d, 4, 4), 2),
  ),
  row('pixelShuffle', 'ValueError', 'must be a positive integer', (d) =>
    dl.pixelShuffle(x(d, 4, 1, 1), 0),
  ),
  row('pixelUnshuffle', 'ShapeError', 'must be divisible by 2', (d) =>
    dl.pixelUnshuffle(x(d, 1, 2, 3), 2),
  ),
  row('pixelUnshuffle', 'ValueError', 'must be a positive integer', (d) =>
    dl.pixelUnshuffle(x(d, 4, 2, 2), -1),
  ),
  row('dropout', 'ValueError', 'between 0 and 1', (d) => dl.dropout(x(d, 2), 2)),
  row('scaledDotProductAttention', 'ValueError', 'not both', (d) =>
    dl.scaledDotProductAttention(x(d, 2, 2), x(d, 2, 2), x(d, 2, 2), {
      attnMask: x(d, 2, 2),
      isCausal: true,
    }),
  ),
  row('pad', 'ShapeError', 'two integers', (d) => dl.pad(x(d, 2), [1])),
  row('pad', 'ValueError', 'mode must be', (d) =>
    dl.pad(x(d, 2), [1, 1], { mode: 'mirror' as 'reflect' }),
  ),
  row('movedim', 'ShapeError', 'each once', (d) => dl.movedim(x(d, 2, 3), [0, 0], [0, 1])),
  row('unflatten', 'ShapeError', 'the product of sizes', (d) => dl.unflatten(x(d, 5), 0, [2, -1])),
  row('diagonal', 'ShapeError', 'must differ', (d) => dl.diagonal(x(d, 2, 2), 0, 1, 1)),
  row('diag', 'ShapeError', '1 or 2 dimensions', (d) => dl.diag(x(d, 2, 2, 2))),
  row('unfold', 'ValueError', 'do not fit', (d) => dl.unfold(x(d, 3), 0, 4, 1)),
  row('flip', 'IndexError', 'out of range', (d) => dl.flip(x(d, 3), 1)),
  row('flip', 'IndexError', 'must not contain a dimension twice', (d) => dl.flip(x(d, 3), 0, -1)),
  row('roll', 'ValueError', '2 shifts for 1', (d) => dl.roll(x(d, 3), [1, 2], [0])),
  row('rot90', 'ValueError', 'must differ', (d) => dl.rot90(x(d, 3, 3), 1, [0, 0])),
  row('repeat', 'ShapeError', 'a non-negative integer', (d) => dl.repeat(x(d, 2, 3), [2])),
  row('tile', 'ShapeError', 'a non-negative integer', (d) => dl.tile(x(d, 2), [-1])),
  row('repeatInterleave', 'ValueError', 'non-negative integers', (d) =>
    dl.repeatInterleave(x(d, 2), -1),
  ),
  row('tril', 'ShapeError', 'expected a matrix', (d) => dl.tril(x(d, 2))),
  row('triu', 'ShapeError', 'expected a matrix', (d) => dl.triu(x(d, 2))),
  row('meshgrid', 'DTypeError', 'must be a list of tensors', () =>
    dl.meshgrid([1 as unknown as Tensor]),
  ),
  row('asStrided', 'ShapeError', 'the memory has', (d) => dl.asStrided(x(d, 4), [3], [2])),
  row('maskedSelect', 'DTypeError', 'must be bool', (d) => dl.maskedSelect(x(d, 2), x(d, 2))),
  row('nonzero', 'DTypeError', 'must be a tensor', () => dl.nonzero([1] as unknown as Tensor)),
  row('takeAlongDim', 'ShapeError', 'as many dimensions', (d) =>
    dl.takeAlongDim(x(d, 2, 2), int(d, 0), 0),
  ),
  row('take', 'DTypeError', 'index tensors', (d) => dl.take(x(d, 2), x(d, 1))),
  row('indexAdd', 'ShapeError', 'the source must have shape', (d) =>
    dl.indexAdd(x(d, 2), 0, int(d, 0), x(d, 2)),
  ),
  row('indexAdd_', 'ShapeError', 'the source must have shape', (d) =>
    dl.indexAdd_(x(d, 2), 0, int(d, 0), x(d, 2)),
  ),
  row('scatter', 'ShapeError', 'smaller than the index', (d) =>
    dl.scatter(x(d, 3), 0, int(d, 0, 1), x(d, 1)),
  ),
  row('scatter_', 'ValueError', 'reduce must be', (d) =>
    dl.scatter_(x(d, 3), 0, int(d, 0), 1, { reduce: 'max' as 'add' }),
  ),
  row('scatterAdd', 'ShapeError', 'smaller than the index', (d) =>
    dl.scatterAdd(x(d, 3), 0, int(d, 0, 1), x(d, 1)),
  ),
  row('scatterReduce', 'ValueError', 'reduce must be one of', (d) =>
    dl.scatterReduce(x(d, 3), 0, int(d, 0), x(d, 1), 'max' as 'amax'),
  ),
  row('logspace', 'ValueError', 'steps must be', () => dl.logspace(0, 1, -1)),
  row('nanToNum', 'DTypeError', 'must be a tensor', () => dl.nanToNum(1 as unknown as Tensor)),
  row('isclose', 'ShapeError', 'do not broadcast', (d) => dl.isclose(x(d, 2), x(d, 3))),
  row('equal', 'DTypeError', 'must be a tensor', (d) => dl.equal(x(d, 2), 1 as unknown as Tensor)),
  row('allclose', 'ShapeError', 'do not broadcast', (d) => dl.allclose(x(d, 2), x(d, 3))),
  row('embedding', 'ShapeError', 'must be a matrix', (d) => dl.embedding(int(d, 0), x(d, 3))),
  ...(['cumprod', 'cummax', 'cummin', 'kthvalue', 'median'] as const).map((name) =>
    row(name, 'IndexError', 'dimension 2 is out of range', (d) =>
      name === 'kthvalue'
        ? dl.kthvalue(x(d, 2, 3), 1, 2)
        : (dl[name] as (x: Tensor, dim: number) => unknown)(x(d, 2, 3), 2),
    ),
  ),
  row('kthvalue', 'ValueError', 'k must be', (d) => dl.kthvalue(x(d, 3), 4)),
  row('countNonzero', 'IndexError', 'out of range', (d) => dl.countNonzero(x(d, 3), 1)),
  row('searchsorted', 'ShapeError', 'must agree', (d) => dl.searchsorted(x(d, 2, 3), x(d, 3, 1))),
  row('bincount', 'ValueError', 'not be negative', (d) => dl.bincount(int(d, -1))),
  row('unique', 'DTypeError', 'must be a tensor', () => dl.unique([1] as unknown as Tensor)),
  row('oneHot', 'ValueError', 'out of range', (d) => dl.oneHot(int(d, 3), 3)),
  row('einsum', 'ValueError', 'terms for', (d) => dl.einsum('ij,jk->ik', x(d, 2, 2))),
  row('einsum', 'ShapeError', 'has sizes', (d) => dl.einsum('ij,jk->ik', x(d, 2, 2), x(d, 3, 2))),
  row('tensordot', 'ShapeError', 'equal sizes', (d) => dl.tensordot(x(d, 2), x(d, 3), 1)),
  row('kron', 'DTypeError', 'must be a tensor', (d) => dl.kron(x(d, 2), 3 as unknown as Tensor)),
  row('addmm', 'ShapeError', 'two matrices', (d) => dl.addmm(x(d, 2), x(d, 2), x(d, 2, 2))),
  row('addmv', 'ShapeError', 'a matrix and a vector', (d) => dl.addmv(x(d, 2), x(d, 2), x(d, 2))),
  row('baddbmm', 'ShapeError', 'batch', (d) => dl.baddbmm(x(d, 2), x(d, 2), x(d, 2, 2))),
];
