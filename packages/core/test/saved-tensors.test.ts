// The tensors that an operator saves for its gradients: changing exactly these in place makes the backward pass throw,
// as in PyTorch.
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.js';
import { type Arg, type DType, type Tensor, tensor } from '../src/index.js';
import * as pointwise from '../src/operators/elementwise/all.js';

/**
 * From PyTorch 2.13: which operands (a, b, c) and whether the result (o) must not change before the backward pass; by
 * which operands require gradients, if there are several. If PyTorch saves an operand only for its shape, or one that
 * this gradient does not read, less is saved here, and PyTorch's answer is in a comment.
 */
const saved: { readonly [call: string]: string } = {
  relu: 'o',
  sigmoid: 'o',
  square: 'a',
  neg: '',
  abs: 'a',
  sign: '',
  reciprocal: 'o',
  exp: 'o',
  exp2: 'o',
  expm1: 'o',
  log: 'a',
  log2: 'a',
  log10: 'a',
  log1p: 'a',
  sqrt: 'o',
  rsqrt: 'o',
  sin: 'a',
  cos: 'a',
  tan: 'o',
  asin: 'a',
  acos: 'a',
  atan: 'a',
  sinh: 'a',
  cosh: 'a',
  tanh: 'o',
  asinh: 'a',
  atanh: 'a',
  erf: 'a',
  lgamma: 'a',
  digamma: 'a',
  deg2rad: '',
  erfc: 'a',
  frac: '',
  rad2deg: '',
  floor: '',
  ceil: '',
  trunc: '',
  round: '',
  acosh: 'a',
  logsigmoid: 'a',
  silu: 'a',
  gelu: 'a',
  leakyRelu: 'a',
  elu: 'a',
  softplus: 'a',
  relu6: 'a',
  softsign: 'a',
  mish: 'a',
  hardtanh: 'a',
  hardswish: 'a',
  selu: 'a',
  add: '10: 01: 11:',
  sub: '10: 01: 11:',
  mul: '10:b 01:a 11:ab',
  div: '10:b 01:ab 11:ab',
  remainder: '10: 01:ab 11:ab',
  fmod: '10: 01:ab 11:ab',
  pow: '10:abo 01:abo 11:abo',
  maximum: '10:ab 01:ab 11:ab',
  minimum: '10:ab 01:ab 11:ab',
  atan2: '10:ab 01:ab 11:ab',
  hypot: '10:ao 01:bo 11:abo',
  'add number': '',
  'sub number': '',
  'mul number': '',
  'div number': '',
  'remainder number': '',
  'fmod number': '',
  'pow number': 'a',
  'pow half': 'a',
  'pow minus half': 'a',
  'number pow': 'ao',
  clamp: '100:abc 010:abc 001:abc 111:abc',
  'clamp number': 'a',
  'clamp min': '10:ab 01:ab 11:ab',
  'clamp max': '10:ab 01:ab 11:ab',
  'clamp min number': 'a',
  lerp: '100:c 010:c 001:ab 111:abc',
  'lerp number': '10: 01: 11:',
  where: '10: 01: 11:',
  maskedFill: '',
  nanToNum: 'a',
  'gelu tanh': 'a',
  softmax: 'o',
  logSoftmax: 'o',
  logsumexp: 'ao',
  norm: 'ao',
  'norm 3': 'ao',
  'norm 0': 'ao',
  'norm 1': 'ao',
  'norm inf': 'ao',
  std: 'ao',
  var: 'a',
  prod: 'ao',
  'prod 0': 'ao',
  cumprod: 'ao',
  cumsum: '',
  amax: 'ao',
  max: 'ao',
  'max 0': '',
  median: 'ao',
  sort: '',
  topk: '',
  cummax: 'a',
  mean: '',
  nansum: 'a',
  sum: '',
  dot: '10:b 01:a 11:ab',
  outer: '10:b 01:a 11:ab',
  mv: '',
  matmul: '10:b 01:a 11:ab',
  cat: '10: 01: 11:',
  gather: 'a',
  takeAlongDim: 'a',
  maskedSelect: 'a',
  indexAdd: '10: 01:b 11:b',
  'scatterReduce sum': '10:abo 01:abo 11:abo',
  'scatterReduce mean': '10:abo 01:abo 11:abo',
  addmv: '10:b 01:a 11:ab',
  flip: '',
  kthvalue: '',
  layerNorm: 'a',
  'layerNorm parameters': '10:ab 01:ab 11:ab',
  'max other': '10:ab 01:ab 11:ab',
  avgPool1d: 'a',
  maxPool1d: 'a',
  clone: '',
  tril: '',
};

type Call = (...operands: Tensor[]) => Tensor;
const f = pointwise as unknown as { readonly [name: string]: (...args: Arg[]) => Tensor };
const mask = (): Tensor => tensor([true, false, true]);
const places = (): Tensor => tensor([0, 1, 1], { dtype: 'int32' });
const likeOf = (x: Tensor | undefined): { dtype: DType } => ({ dtype: (x as Tensor).dtype });

/** Calls with arguments other than the operands. */
const calls: { readonly [call: string]: Call } = {
  'pow half': (a) => core.pow(a, 0.5),
  'pow minus half': (a) => core.pow(a, -0.5),
  'number pow': (a) => core.pow(2, a),
  clamp: (a, b, c) => core.clamp(a, b, c),
  'clamp number': (a) => core.clamp(a, 0.4, 0.8),
  'clamp min': (a, b) => core.clamp(a, b),
  'clamp max': (a, b) => core.clamp(a, null, b),
  'clamp min number': (a) => core.clamp(a, 0.4),
  'lerp number': (a, b) => core.lerp(a, b, 0.3),
  where: (a, b) => core.where(mask(), a, b),
  maskedFill: (a) => core.maskedFill(a, mask(), 2),
  'gelu tanh': (a) => core.gelu(a, { approximate: 'tanh' }),
  softmax: (a) => core.softmax(a, 0),
  logSoftmax: (a) => core.logSoftmax(a, 0),
  logsumexp: (a) => core.logsumexp(a, 0),
  norm: (a) => core.norm(a),
  'norm 3': (a) => core.norm(a, 3),
  'norm 0': (a) => core.norm(a, 0),
  'norm 1': (a) => core.norm(a, 1),
  'norm inf': (a) => core.norm(a, Infinity),
  std: (a) => core.std(a),
  var: (a) => core.variance(a),
  prod: (a) => core.prod(a),
  'prod 0': (a) => core.prod(a, 0),
  cumprod: (a) => core.cumprod(a, 0),
  cumsum: (a) => core.cumsum(a, 0),
  amax: (a) => core.amax(a, 0),
  max: (a) => core.max(a),
  'max 0': (a) => core.max(a, 0).values,
  median: (a) => core.median(a),
  sort: (a) => core.sort(a).values,
  topk: (a) => core.topk(a, 2).values,
  cummax: (a) => core.cummax(a, 0).values,
  mean: (a) => core.mean(a),
  nansum: (a) => core.nansum(a, 0),
  sum: (a) => core.sum(a, 0),
  dot: (a, b) => core.dot(a, b),
  outer: (a, b) => core.outer(a, b),
  mv: (a) => core.mv(core.ones([3, 3], likeOf(a)), a),
  matmul: (a, b) => core.matmul(a.view([3, 1]), b.view([1, 3])),
  cat: (a, b) => core.cat([a, b]),
  gather: (a) => core.gather(a, 0, tensor([0], { dtype: 'int32' })),
  takeAlongDim: (a) => core.takeAlongDim(a, tensor([0], { dtype: 'int32' }), 0),
  maskedSelect: (a) => core.maskedSelect(a, mask()),
  indexAdd: (a, b) => core.indexAdd(a, 0, places(), b),
  'scatterReduce sum': (a, b) => core.scatterReduce(a, 0, places(), b, 'sum'),
  'scatterReduce mean': (a, b) => core.scatterReduce(a, 0, places(), b, 'mean'),
  addmv: (a, b) => core.addmv(core.ones([1], likeOf(a)), a.view([1, 3]), b),
  flip: (a) => core.flip(a, 0),
  kthvalue: (a) => core.kthvalue(a, 2).values,
  layerNorm: (a) => core.layerNorm(a, [3]),
  'layerNorm parameters': (a, b) => core.layerNorm(core.ones([3], likeOf(a)), [3], a, b),
  'max other': (a, b) => core.max(a, b),
  avgPool1d: (a) => core.avgPool1d(a.view([1, 1, 3]), 2),
  maxPool1d: (a) => core.maxPool1d(a.view([1, 1, 3]), 2),
  clone: (a) => core.clone(a),
  tril: (a) => core.tril(a.view([1, 3])),
};

function callOf(name: string): Call {
  const known = calls[name];
  if (known !== undefined) return known;
  const [op, number] = name.split(' ') as [string, string?];
  return (...operands) => (f[op] as Call)(...operands, ...((number ? [2] : []) as never[]));
}

const values = [
  [0.3, 0.6, 0.9],
  [0.7, 0.4, 0.8],
  [0.2, 0.5, 0.65],
];

/** The letters of what must not change, found by trying. */
function refused(name: string, wanted: string, dtype: DType = 'float64'): string {
  const shift = name === 'acosh' ? 1 : 0;
  let letters = '';
  for (const who of [...'abc'.slice(0, wanted.length), 'o']) {
    const operands = [...wanted].map((w, i) =>
      tensor(values[i], { dtype, requiresGrad: w === '1' }).add(shift),
    );
    const y = callOf(name)(...operands);
    const target = who === 'o' ? y : operands['abc'.indexOf(who)];
    target.detach().add_(0);
    try {
      y.sum().backward();
    } catch (e) {
      expect((e as Error).message).toContain('changed in place');
      letters += who;
    }
  }
  return letters;
}

describe('operators save what PyTorch saves', () => {
  for (const [name, row] of Object.entries(saved)) {
    it(name, () => {
      const cases = row.includes(':') ? row.split(' ') : [`1:${row}`];
      const found = cases.map((c) => {
        const wanted = c.split(':')[0];
        return `${wanted}:${refused(name, wanted)}`;
      });
      expect(found).toEqual(cases);
    });
  }

  it.each(['float16', 'bfloat16'] as const)('of %s too', (dtype) => {
    for (const [name, row] of Object.entries(saved)) {
      const cases = row.includes(':') ? row.split(' ') : [`1:${row}`];
      const found = cases.map((c) => {
        const wanted = c.split(':')[0];
        return `${wanted}:${refused(name, wanted, dtype)}`;
      });
      expect([name, ...found]).toEqual([name, ...cases]);
    }
  });

  it('every elementwise operator with a gradient is in the table', () => {
    const known = new Set(Object.keys(saved).map((n) => n.split(' ')[0]));
    known.add('floorDivide');
    // An alias of clamp.
    known.add('clip');
    for (const [name, op] of Object.entries(pointwise)) {
      if (known.has(name)) continue;
      const x = tensor([1], { requiresGrad: true });
      let y: Tensor | null = null;
      for (const operands of [[x], [x, x], [x, x, x]]) {
        try {
          y ??= (op as unknown as Call)(...operands);
        } catch {}
      }
      expect(y?.requiresGrad ?? false, name).toBe(false);
    }
  });
});

it.each([
  ['nearest', {}],
  ['bilinear', {}],
  ['bilinear', { antialias: true }],
  ['bicubic', {}],
] as const)(
  'interpolate %s %o saves nothing, so its gradient may be computed again',
  (mode, options) => {
    const x = tensor(
      [
        [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
      ],
      { requiresGrad: true },
    );
    const y = core.interpolate(x, { size: [3, 5], mode, ...options });
    const gradient = (): Tensor | null => core.grad(y, [x], { gradOutputs: core.onesLike(y) })[0];
    expect(gradient()?.toArray()).toEqual(gradient()?.toArray());
  },
);

it('sums into places keep the positions only for a source that requires gradients', () => {
  const index = tensor([2, 0], { dtype: 'int32' });
  const x = core.zeros([3], { requiresGrad: true });
  const fixed = x.scatterAdd(0, index, core.ones([2]));
  fixed.sum().backward();
  index.fill_(1);
  fixed.sum().backward();
  expect(x.grad?.toArray()).toEqual([2, 2, 2]);

  const source = core.ones([2], { requiresGrad: true });
  const both = x.scatterAdd(0, index, source);
  both.sum().backward();
  expect(() => both.sum().backward()).toThrow(/already ran through this operation/);
  expect(source.grad?.toArray()).toEqual([1, 1]);
});
