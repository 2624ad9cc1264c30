// Convolutions, pooling, normalization, attention, padding, resizing.

import * as dl from '@dl/core';
import { allDTypes, apart, call, f, floatDTypes, of, type Row } from './row.js';

const positive = (...shape: number[]): Row['inputs'][number] => ({ shape, range: [0.5, 2] });

const convolutions: Row[] = [
  call('conv1d', 'plain', 'F.conv1d(a, b, c)', (a, b, c) => dl.conv1d(a, b, c), [
    f(2, 2, 5),
    f(3, 2, 3),
    f(3),
  ]),
  call(
    'conv1d',
    'padded',
    'F.conv1d(a, b, None, stride=2, padding=1)',
    (a, b) => dl.conv1d(a, b, null, { stride: 2, padding: 1 }),
    [f(1, 2, 5), f(2, 2, 3)],
  ),
  call(
    'conv1d',
    'dilated',
    'F.conv1d(a, b, None, dilation=2)',
    (a, b) => dl.conv1d(a, b, null, { dilation: 2 }),
    [f(1, 1, 6), f(2, 1, 3)],
  ),
  call(
    'conv1d',
    'grouped',
    'F.conv1d(a, b, None, groups=2)',
    (a, b) => dl.conv1d(a, b, null, { groups: 2 }),
    [f(1, 4, 4), f(2, 2, 2)],
  ),
  call(
    'conv1d',
    'same',
    "F.conv1d(a, b, None, padding='same')",
    (a, b) => dl.conv1d(a, b, null, { padding: 'same' }),
    [f(1, 1, 5), f(1, 1, 2)],
  ),
  call('conv1d', 'no-batch', 'F.conv1d(a, b)', (a, b) => dl.conv1d(a, b), [f(2, 4), f(1, 2, 2)]),
  call('conv2d', 'plain', 'F.conv2d(a, b, c)', (a, b, c) => dl.conv2d(a, b, c), [
    f(2, 2, 3, 4),
    f(2, 2, 2, 2),
    f(2),
  ]),
  call(
    'conv2d',
    'everything',
    'F.conv2d(a, b, c, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)',
    (a, b, c) =>
      dl.conv2d(a, b, c, { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 }),
    [f(1, 2, 4, 4), f(2, 1, 2, 2), f(2)],
  ),
  call(
    'conv2d',
    'rest',
    'F.conv2d(a, b, None, stride=2)',
    (a, b) => dl.conv2d(a, b, null, { stride: 2 }),
    [f(1, 1, 4, 4), f(1, 1, 3, 3)],
  ),
  call(
    'conv2d',
    'depthwise',
    'F.conv2d(a, b, None, groups=3)',
    (a, b) => dl.conv2d(a, b, null, { groups: 3 }),
    [f(1, 3, 3, 3), f(3, 1, 2, 2)],
  ),
  call('conv2d', 'point', 'F.conv2d(a, b)', (a, b) => dl.conv2d(a, b), [
    f(2, 3, 2, 2),
    f(2, 3, 1, 1),
  ]),
  call(
    'conv2d',
    'empty',
    'F.conv2d(a, b)',
    (a, b) => dl.conv2d(a, b),
    [f(0, 2, 3, 3), f(2, 2, 2, 2)],
    { order: 0 },
  ),
  call(
    'convTranspose1d',
    'plain',
    'F.conv_transpose1d(a, b, c, stride=2)',
    (a, b, c) => dl.convTranspose1d(a, b, c, { stride: 2 }),
    [f(2, 2, 3), f(2, 2, 2), f(2)],
  ),
  call(
    'convTranspose1d',
    'padded',
    'F.conv_transpose1d(a, b, None, stride=3, padding=1, output_padding=2)',
    (a, b) => dl.convTranspose1d(a, b, null, { stride: 3, padding: 1, outputPadding: 2 }),
    [f(1, 1, 3), f(1, 2, 3)],
  ),
  call(
    'convTranspose2d',
    'plain',
    'F.conv_transpose2d(a, b, c)',
    (a, b, c) => dl.convTranspose2d(a, b, c),
    [f(1, 2, 2, 3), f(2, 1, 2, 2), f(1)],
  ),
  call(
    'convTranspose2d',
    'everything',
    'F.conv_transpose2d(a, b, None, stride=2, padding=1, output_padding=1, groups=2, dilation=2)',
    (a, b) =>
      dl.convTranspose2d(a, b, null, {
        stride: 2,
        padding: 1,
        outputPadding: 1,
        groups: 2,
        dilation: 2,
      }),
    [f(1, 2, 2, 2), f(2, 1, 2, 2)],
  ),
];

const pools: Row[] = [
  call('maxPool1d', 'plain', 'F.max_pool1d(a, 2)', (a) => dl.maxPool1d(a, 2), [apart(1, 2, 5)]),
  call(
    'maxPool1d',
    'padded',
    'F.max_pool1d(a, 3, 2, 1)',
    (a) => dl.maxPool1d(a, 3, { stride: 2, padding: 1 }),
    [apart(1, 2, 6)],
  ),
  call('maxPool2d', 'plain', 'F.max_pool2d(a, 2)', (a) => dl.maxPool2d(a, 2), [apart(1, 2, 4, 4)]),
  call(
    'maxPool2d',
    'overlapping',
    'F.max_pool2d(a, (3, 2), 1, (1, 0))',
    (a) => dl.maxPool2d(a, [3, 2], { stride: 1, padding: [1, 0] }),
    [apart(1, 1, 4, 4)],
  ),
  call(
    'maxPool2d',
    'dilated',
    'F.max_pool2d(a, 2, 1, 0, 2)',
    (a) => dl.maxPool2d(a, 2, { stride: 1, dilation: 2 }),
    [apart(1, 1, 4, 5)],
  ),
  call(
    'maxPool2d',
    'ceil',
    'F.max_pool2d(a, 2, ceil_mode=True)',
    (a) => dl.maxPool2d(a, 2, { ceilMode: true }),
    [apart(1, 1, 5, 3)],
  ),
  call('maxPool2d', 'no-batch', 'F.max_pool2d(a, 2)', (a) => dl.maxPool2d(a, 2), [apart(2, 4, 4)]),
  call(
    'maxPool2dWithIndices',
    'plain',
    'F.max_pool2d(a, 2, 1, 1, return_indices=True)',
    (a) => [...dl.maxPool2dWithIndices(a, 2, { stride: 1, padding: 1 })],
    [apart(1, 2, 3, 3)],
  ),
  call(
    'avgPool1d',
    'plain',
    'F.avg_pool1d(a, 3, 2, 1)',
    (a) => dl.avgPool1d(a, 3, { stride: 2, padding: 1 }),
    [f(1, 2, 6)],
  ),
  call('avgPool2d', 'plain', 'F.avg_pool2d(a, 2)', (a) => dl.avgPool2d(a, 2), [f(1, 2, 4, 4)]),
  call(
    'avgPool2d',
    'uncounted',
    'F.avg_pool2d(a, 3, 2, 1, count_include_pad=False)',
    (a) => dl.avgPool2d(a, 3, { stride: 2, padding: 1, countIncludePad: false }),
    [f(1, 1, 5, 5)],
  ),
  call(
    'avgPool2d',
    'ceil',
    'F.avg_pool2d(a, 2, ceil_mode=True)',
    (a) => dl.avgPool2d(a, 2, { ceilMode: true }),
    [f(1, 1, 5, 3)],
  ),
  call(
    'avgPool2d',
    'override',
    'F.avg_pool2d(a, 2, divisor_override=3)',
    (a) => dl.avgPool2d(a, 2, { divisorOverride: 3 }),
    [f(1, 1, 4, 4)],
  ),
  call(
    'adaptiveAvgPool2d',
    'one',
    'F.adaptive_avg_pool2d(a, 1)',
    (a) => dl.adaptiveAvgPool2d(a, 1),
    [f(1, 2, 3, 4)],
  ),
  call(
    'adaptiveAvgPool2d',
    'uneven',
    'F.adaptive_avg_pool2d(a, (2, 3))',
    (a) => dl.adaptiveAvgPool2d(a, [2, 3]),
    [f(1, 1, 5, 7)],
  ),
  call(
    'adaptiveAvgPool2d',
    'kept',
    'F.adaptive_avg_pool2d(a, (None, 2))',
    (a) => dl.adaptiveAvgPool2d(a, [null, 2]),
    [f(1, 1, 3, 4)],
  ),
];

const mixed = [of('float16', 2, 4, 3), f(4), f(4)];
/** Half inputs with float32 parameters: the result is half. */
const normsOfHalves: Row[] = [
  call(
    'layerNorm',
    'half',
    'F.layer_norm(a, (4,), b, c)',
    (a, b, c) => dl.layerNorm(a, [4], b, c),
    [of('float16', 2, 4), f(4), f(4)],
    { dtypes: ['float32'], order: 0, smooth: false },
  ),
  call(
    'groupNorm',
    'half',
    'F.group_norm(a, 2, b, c)',
    (a, b, c) => dl.groupNorm(a, 2, b, c),
    mixed,
    { dtypes: ['float32'], order: 1, smooth: false },
  ),
  call(
    'batchNorm',
    'half',
    '(lambda m, v: (F.batch_norm(a, m, v, b, c, training=True), m, v))(b.detach().clone(), c.detach().clone())',
    (a, b, c) => {
      const [m, v] = [b.detach().clone(), c.detach().clone()];
      return [dl.batchNorm(a, m, v, b, c, { training: true }), m, v];
    },
    mixed,
    { dtypes: ['float32'], order: 0, smooth: false },
  ),
  call(
    'batchNorm',
    'half-evaluating',
    'F.batch_norm(a, b, c)',
    (a, b, c) => dl.batchNorm(a, b, c),
    [of('float16', 2, 4, 3), f(4), positive(4)],
    { dtypes: ['float32'], order: 0, smooth: false },
  ),
  call(
    'instanceNorm',
    'half',
    'F.instance_norm(a, None, None, b, c)',
    (a, b, c) => dl.instanceNorm(a, null, null, b, c),
    mixed,
    { dtypes: ['float32'], order: 1, smooth: false },
  ),
  call(
    'rmsNorm',
    'half',
    'F.rms_norm(a, (3,), b)',
    (a, b) => dl.rmsNorm(a, [3], b),
    [of('float16', 2, 3), f(3)],
    { dtypes: ['float32'], order: 1, smooth: false },
  ),
];

const moreNorms: Row[] = [
  call('rmsNorm', 'plain', 'F.rms_norm(a, (4,))', (a) => dl.rmsNorm(a, [4]), [f(2, 4)]),
  call(
    'rmsNorm',
    'affine',
    'F.rms_norm(a, (2, 3), b, eps=1e-3)',
    (a, b) => dl.rmsNorm(a, [2, 3], b, { eps: 1e-3 }),
    [f(2, 2, 3), f(2, 3)],
  ),
  call(
    'rmsNorm',
    'small',
    'F.rms_norm(a * 1e-4, (3,))',
    (a) => dl.rmsNorm(dl.mul(a, 1e-4), [3]),
    [f(2, 3)],
    { smooth: false, dtypes: floatDTypes, order: 1 },
  ),
  call('rmsNorm', 'empty', 'F.rms_norm(a, (3,))', (a) => dl.rmsNorm(a, [3]), [f(0, 3)], {
    order: 0,
  }),
  call('instanceNorm', 'plain', 'F.instance_norm(a)', (a) => dl.instanceNorm(a), [f(2, 2, 3)]),
  call(
    'instanceNorm',
    'affine',
    'F.instance_norm(a, None, None, b, c, eps=1e-3)',
    (a, b, c) => dl.instanceNorm(a, null, null, b, c, { eps: 1e-3 }),
    [f(2, 2, 2, 2), f(2), f(2)],
  ),
  call(
    'instanceNorm',
    'running',
    '(lambda m, v: (F.instance_norm(a, m, v, momentum=0.3), m, v))(b.detach().clone(), c.detach().clone())',
    (a, b, c) => {
      const [m, v] = [b.detach().clone(), c.detach().clone()];
      return [dl.instanceNorm(a, m, v, null, null, { momentum: 0.3 }), m, v];
    },
    [f(3, 2, 4), f(2), positive(2)],
    { smooth: false, order: 1 },
  ),
  call(
    'instanceNorm',
    'evaluating',
    'F.instance_norm(a, b.detach(), c.detach(), d, use_input_stats=False)',
    (a, b, c, d) => dl.instanceNorm(a, b.detach(), c.detach(), d, null, { useInputStats: false }),
    [f(2, 2, 2), f(2), positive(2), f(2)],
    { smooth: false },
  ),
  call('instanceNorm', 'empty', 'F.instance_norm(a)', (a) => dl.instanceNorm(a), [f(2, 3, 0)], {
    order: 0,
  }),
];

const norms: Row[] = [
  call('layerNorm', 'plain', 'F.layer_norm(a, (4,))', (a) => dl.layerNorm(a, [4]), [f(2, 4)]),
  call(
    'layerNorm',
    'affine',
    'F.layer_norm(a, (2, 3), b, c, eps=1e-3)',
    (a, b, c) => dl.layerNorm(a, [2, 3], b, c, { eps: 1e-3 }),
    [f(2, 2, 3), f(2, 3), f(2, 3)],
  ),
  call('groupNorm', 'plain', 'F.group_norm(a, 2)', (a) => dl.groupNorm(a, 2), [f(2, 4, 3)]),
  call('groupNorm', 'affine', 'F.group_norm(a, 2, b, c)', (a, b, c) => dl.groupNorm(a, 2, b, c), [
    f(2, 4, 2, 2),
    f(4),
    f(4),
  ]),
  call(
    'batchNorm',
    'training',
    'F.batch_norm(a, None, None, b, c, training=True)',
    (a, b, c) => dl.batchNorm(a, null, null, b, c, { training: true }),
    [f(3, 2, 2), f(2), f(2)],
  ),
  call(
    'batchNorm',
    'flat',
    'F.batch_norm(a, None, None, training=True)',
    (a) => dl.batchNorm(a, null, null, null, null, { training: true }),
    [f(4, 3)],
  ),
  call(
    'batchNorm',
    'evaluating',
    'F.batch_norm(a, b.detach(), c.detach(), d)',
    (a, b, c, d) => dl.batchNorm(a, b.detach(), c.detach(), d),
    [f(2, 2, 2), f(2), positive(2), f(2)],
    { smooth: false },
  ),
  call(
    'batchNorm',
    'running',
    '(lambda m, v: (F.batch_norm(a, m, v, training=True, momentum=0.3), m, v))(b.detach().clone(), c.detach().clone())',
    (a, b, c) => {
      const [m, v] = [b.detach().clone(), c.detach().clone()];
      return [dl.batchNorm(a, m, v, null, null, { training: true, momentum: 0.3 }), m, v];
    },
    [f(3, 2, 2), f(2), positive(2)],
    { smooth: false, order: 1 },
  ),
  ...normsOfHalves,
  ...moreNorms,
  call(
    'dropout',
    'evaluating',
    'F.dropout(a, 0.5, training=False)',
    (a) => dl.dropout(a, 0.5, { training: false }),
    [f(2, 3)],
  ),
  call('dropout', 'all', 'F.dropout(a, 1.0)', (a) => dl.dropout(a, 1), [f(2, 3)]),
  call(
    'scaledDotProductAttention',
    'grouped',
    'F.scaled_dot_product_attention(a, b, c, enable_gqa=True)',
    (a, b, c) => dl.scaledDotProductAttention(a, b, c, { enableGqa: true }),
    [f(2, 4, 2, 3), f(2, 2, 3, 3), f(2, 1, 3, 2)],
  ),
  call(
    'scaledDotProductAttention',
    'plain',
    'F.scaled_dot_product_attention(a, b, c)',
    (a, b, c) => dl.scaledDotProductAttention(a, b, c),
    [f(2, 2, 3), f(2, 4, 3), f(2, 4, 2)],
  ),
  call(
    'scaledDotProductAttention',
    'causal',
    'F.scaled_dot_product_attention(a, b, c, is_causal=True)',
    (a, b, c) => dl.scaledDotProductAttention(a, b, c, { isCausal: true }),
    [f(3, 2), f(3, 2), f(3, 2)],
  ),
  call(
    'scaledDotProductAttention',
    'masked',
    'F.scaled_dot_product_attention(a, b, b, d, scale=0.3)',
    (a, b, _c, d) => dl.scaledDotProductAttention(a, b, b, { attnMask: d, scale: 0.3 }),
    [f(2, 2), f(3, 2), f(1), f(2, 3)],
  ),
  call(
    'scaledDotProductAttention',
    'bool-mask',
    'F.scaled_dot_product_attention(a, b, b, c | (torch.arange(3) == 1))',
    (a, b, c) =>
      dl.scaledDotProductAttention(a, b, b, {
        attnMask: dl.logicalOr(c, dl.eq(dl.arange(3, { device: c.device }), 1)),
      }),
    [f(2, 2), f(3, 2), of('bool', 2, 3)],
  ),
];

const borders: Row[] = [
  call('pad', 'last', 'F.pad(a, (1, 2))', (a) => dl.pad(a, [1, 2]), [f(2, 3)]),
  call(
    'pad',
    'two',
    'F.pad(a, (1, 0, 0, 2), value=3.0)',
    (a) => dl.pad(a, [1, 0, 0, 2], { value: 3 }),
    [f(2, 3)],
  ),
  call('pad', 'crop', 'F.pad(a, (-1, 1))', (a) => dl.pad(a, [-1, 1]), [f(2, 3)]),
  call('pad', 'int32', 'F.pad(a, (1, 1), value=7)', (a) => dl.pad(a, [1, 1], { value: 7 }), [
    of('int32', 3),
  ]),
  ...(['reflect', 'replicate', 'circular'] as const).flatMap((mode) => [
    call('pad', mode, `F.pad(a, (2, 1), mode='${mode}')`, (a) => dl.pad(a, [2, 1], { mode }), [
      f(1, 2, 4),
    ]),
    call(
      'pad',
      `${mode}-two`,
      `F.pad(a, (1, 1, 2, 0), mode='${mode}')`,
      (a) => dl.pad(a, [1, 1, 2, 0], { mode }),
      [f(1, 1, 3, 3)],
    ),
  ]),
  call(
    'interpolate',
    'nearest',
    'F.interpolate(a, scale_factor=2)',
    (a) => dl.interpolate(a, { scaleFactor: 2 }),
    [f(1, 2, 2, 3)],
  ),
  call(
    'interpolate',
    'nearest-size',
    'F.interpolate(a, size=(5, 2))',
    (a) => dl.interpolate(a, { size: [5, 2] }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'bilinear',
    "F.interpolate(a, size=(5, 2), mode='bilinear')",
    (a) => dl.interpolate(a, { size: [5, 2], mode: 'bilinear' }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'bilinear-scale',
    "F.interpolate(a, scale_factor=(1.5, 2.5), mode='bilinear')",
    (a) => dl.interpolate(a, { scaleFactor: [1.5, 2.5], mode: 'bilinear' }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'corners',
    "F.interpolate(a, size=(5, 1), mode='bilinear', align_corners=True)",
    (a) => dl.interpolate(a, { size: [5, 1], mode: 'bilinear', alignCorners: true }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'linear',
    "F.interpolate(a, size=7, mode='linear')",
    (a) => dl.interpolate(a, { size: 7, mode: 'linear' }),
    [f(1, 2, 4)],
  ),
  call(
    'interpolate',
    'recomputed',
    "F.interpolate(a, scale_factor=(1.7, 0.8), mode='bilinear', recompute_scale_factor=True)",
    (a) =>
      dl.interpolate(a, { scaleFactor: [1.7, 0.8], mode: 'bilinear', recomputeScaleFactor: true }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'exact',
    "F.interpolate(a, size=(5, 3), mode='nearest-exact')",
    (a) => dl.interpolate(a, { size: [5, 3], mode: 'nearest-exact' }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'exact-scale',
    "F.interpolate(a, scale_factor=1.7, mode='nearest-exact')",
    (a) => dl.interpolate(a, { scaleFactor: 1.7, mode: 'nearest-exact' }),
    [f(1, 2, 5)],
  ),
  call(
    'interpolate',
    'area',
    "F.interpolate(a, size=(2, 6), mode='area')",
    (a) => dl.interpolate(a, { size: [2, 6], mode: 'area' }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'area-scale',
    "F.interpolate(a, scale_factor=0.7, mode='area')",
    (a) => dl.interpolate(a, { scaleFactor: 0.7, mode: 'area' }),
    [f(1, 2, 5)],
  ),
  call(
    'interpolate',
    'bicubic',
    "F.interpolate(a, size=(5, 3), mode='bicubic')",
    (a) => dl.interpolate(a, { size: [5, 3], mode: 'bicubic' }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'bicubic-corners',
    "F.interpolate(a, scale_factor=(2, 0.5), mode='bicubic', align_corners=True)",
    (a) => dl.interpolate(a, { scaleFactor: [2, 0.5], mode: 'bicubic', alignCorners: true }),
    [f(1, 1, 3, 4)],
  ),
  call(
    'interpolate',
    'antialias',
    "F.interpolate(a, size=(2, 3), mode='bilinear', antialias=True)",
    (a) => dl.interpolate(a, { size: [2, 3], mode: 'bilinear', antialias: true }),
    [f(1, 2, 7, 5)],
  ),
  call(
    'interpolate',
    'antialias-cubic',
    "F.interpolate(a, scale_factor=(0.4, 1.5), mode='bicubic', antialias=True)",
    (a) => dl.interpolate(a, { scaleFactor: [0.4, 1.5], mode: 'bicubic', antialias: true }),
    [f(1, 1, 8, 3)],
  ),
];

const shuffles: Row[] = [
  call('pixelShuffle', 'plain', 'F.pixel_shuffle(a, 2)', (a) => dl.pixelShuffle(a, 2), [
    f(2, 8, 2, 3),
  ]),
  call('pixelShuffle', 'three-dimensions', 'F.pixel_shuffle(a, 3)', (a) => dl.pixelShuffle(a, 3), [
    f(9, 1, 2),
  ]),
  call('pixelUnshuffle', 'plain', 'F.pixel_unshuffle(a, 2)', (a) => dl.pixelUnshuffle(a, 2), [
    f(2, 2, 4, 6),
  ]),
  call(
    'pixelUnshuffle',
    'five-dimensions',
    'F.pixel_unshuffle(a, 3)',
    (a) => dl.pixelUnshuffle(a, 3),
    [f(2, 1, 1, 3, 6)],
  ),
  ...allDTypes.flatMap((type) => [
    call(
      'pixelShuffle',
      type,
      'F.pixel_shuffle(a, 2)',
      (a) => dl.pixelShuffle(a, 2),
      [of(type, 1, 4, 1, 2)],
      { order: 0 },
    ),
    call(
      'pixelUnshuffle',
      type,
      'F.pixel_unshuffle(a, 2)',
      (a) => dl.pixelUnshuffle(a, 2),
      [of(type, 1, 1, 2, 4)],
      { order: 0 },
    ),
  ]),
];

export const networkRows: readonly Row[] = [
  ...convolutions,
  ...pools,
  ...norms,
  ...borders,
  ...shuffles,
];
