// Memory shared between tensors: one table for all operators, including calls for which a shortcut would be tempting.
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.js';
import { ones, Tensor, tensor, zeros } from '../src/index.js';
import * as pointwise from '../src/operators/elementwise/all.js';

type Sharing = 'view' | 'copy' | 'itself';
type Call = (x: Tensor) => unknown;
/** The expected sharing for all calls; or, if the layout decides, for each call. */
type Row = readonly [Sharing, ...Call[]] | { readonly [S in Sharing]?: readonly Call[] };

const index = (...at: number[]): Tensor => tensor(at, { dtype: 'int32' });
const none = (): Tensor => zeros([0], { dtype: 'int32' });
/** A call with an input of another shape than three by three. */
const as = (shape: readonly number[], f: Call): Call =>
  Object.assign((x: Tensor) => f(x), { shape, text: String(f) });
const scalar = (f: Call): Call => as([], f);
const one = (f: Call): Call => as([1], f);
const image = (f: Call): Call => as([1, 1, 3, 3], f);
const row = (f: Call): Call => as([1, 1, 9], f);

// PyTorch 2.13's behavior, found by comparing data pointers.
const table: { readonly [name: string]: Row } = {
  adaptiveAvgPool2d: [
    'copy',
    image((x) => core.adaptiveAvgPool2d(x, 3)),
    image((x) => core.adaptiveAvgPool2d(x, [null, null])),
    as([1, 1, 1, 1], (x) => core.adaptiveAvgPool2d(x, 1)),
    as([1, 3, 3], (x) => core.adaptiveAvgPool2d(x, [3, null])),
  ],
  addmm: [
    'copy',
    (x) => core.addmm(x, zeros([3, 1]), zeros([1, 3])),
    (x) => core.addmm(x, zeros([3, 1]), zeros([1, 3]), { alpha: 0 }),
  ],
  addmv: ['copy', one((x) => core.addmv(x, zeros([1, 1]), zeros([1])))],
  all: ['copy', scalar((x) => x.all()), one((x) => x.all(0, { keepdim: true }))],
  amax: ['copy', scalar((x) => x.amax()), one((x) => x.amax(0, { keepdim: true }))],
  amin: ['copy', scalar((x) => x.amin()), one((x) => x.amin(0, { keepdim: true }))],
  any: ['copy', scalar((x) => x.any()), one((x) => x.any(0, { keepdim: true }))],
  argmax: ['copy', scalar((x) => x.argmax())],
  argmin: ['copy', scalar((x) => x.argmin())],
  argsort: ['copy', one((x) => x.argsort())],
  asStrided: ['view', (x) => core.asStrided(x, [3, 3], [3, 1]), (x) => core.asStrided(x, [1], [1])],
  at: {
    view: [
      (x) => x.at(0),
      (x) => x.at(':'),
      (x) => x.at('...'),
      (x) => x.at(null),
      (x) => x.at(),
      scalar((x) => x.at()),
    ],
    copy: [one((x) => x.at(tensor([true]))), one((x) => x.at(index(0))), (x) => x.at([0, 1, 2])],
  },
  avgPool1d: ['copy', row((x) => core.avgPool1d(x, 1))],
  avgPool2d: ['copy', image((x) => core.avgPool2d(x, 1))],
  baddbmm: ['copy', as([1, 1, 1], (x) => core.baddbmm(x, zeros([1, 1, 1]), zeros([1, 1, 1])))],
  batchNorm: ['copy', image((x) => core.batchNorm(x, zeros([1]), ones([1])))],
  bernoulli: ['copy', scalar((x) => x.mul(0).bernoulli())],
  bincount: ['copy', as([3], (x) => core.bincount(index(0, 1, 2), { weights: x }))],
  bmm: ['copy', as([1, 3, 3], (x) => core.bmm(x, ones([1, 3, 3])))],
  bool: ['copy', (x) => x.bool()],
  cat: [
    'copy',
    (x) => core.cat([x]),
    (x) => core.cat([x, zeros([0])]),
    (x) => core.cat([zeros([0, 3]), x]),
  ],
  chunk: ['view', (x) => x.chunk(1), (x) => x.chunk(2)],
  clone: ['copy', (x) => x.clone(), scalar((x) => x.clone())],
  contiguous: { itself: [(x) => x.contiguous()], copy: [(x) => x.t().contiguous()] },
  conv1d: ['copy', row((x) => core.conv1d(x, ones([1, 1, 1])))],
  conv2d: ['copy', image((x) => core.conv2d(x, ones([1, 1, 1, 1])))],
  convTranspose1d: ['copy', row((x) => core.convTranspose1d(x, ones([1, 1, 1])))],
  convTranspose2d: ['copy', image((x) => core.convTranspose2d(x, ones([1, 1, 1, 1])))],
  copy_: ['copy', (x) => zeros([3, 3]).copy_(x)],
  countNonzero: ['copy', scalar((x) => x.countNonzero())],
  cummax: ['copy', scalar((x) => x.cummax(0)), one((x) => x.cummax(0))],
  cummin: ['copy', scalar((x) => x.cummin(0)), one((x) => x.cummin(0))],
  cumprod: ['copy', scalar((x) => x.cumprod(0)), one((x) => x.cumprod(0))],
  cumsum: ['copy', scalar((x) => x.cumsum(0)), one((x) => x.cumsum(0))],
  data: ['copy', (x) => tensor(x.data())],
  detach: ['view', (x) => x.detach()],
  diag: ['copy', (x) => x.diag(), as([1, 1], (x) => x.diag()), one((x) => x.diag())],
  diagonal: ['view', (x) => x.diagonal(), as([1, 1], (x) => x.diagonal())],
  dot: ['copy', one((x) => x.dot(ones([1])))],
  double: ['copy', (x) => x.double()],
  dropout: {
    itself: [(x) => core.dropout(x, 0.5, { training: false }), (x) => core.dropout(x, 0)],
    copy: [(x) => core.dropout(x, 0.5)],
  },
  einsum: {
    view: [
      (x) => core.einsum('ij->ij', x),
      (x) => core.einsum('ij->ji', x),
      (x) => core.einsum('ii->i', x),
    ],
    copy: [
      (x) => core.einsum('ij->i', x),
      as([1, 3], (x) => core.einsum('ij->j', x)),
      as([1, 1], (x) => core.einsum('ii', x)),
      (x) => core.einsum('ij,->ij', x, tensor(1)),
    ],
  },
  embedding: ['copy', (x) => core.embedding(index(0, 1, 2), x)],
  expand: [
    'view',
    (x) => x.expand([3, 3]),
    (x) => x.expand([2, 3, 3]),
    as([1], (x) => x.expand([3])),
  ],
  expandAs: ['view', (x) => x.expandAs(zeros([3, 3]))],
  flatten: {
    itself: [one((x) => x.flatten()), (x) => x.flatten(1), (x) => x.flatten(0, 0)],
    view: [(x) => x.flatten(), scalar((x) => x.flatten())],
    copy: [(x) => x.t().flatten()],
  },
  flip: ['copy', (x) => x.flip([]), one((x) => x.flip(0))],
  float: ['itself', (x) => x.float()],
  gather: [
    'copy',
    one((x) => x.gather(0, index(0))),
    scalar((x) => x.gather(0, index(0).view([]))),
  ],
  groupNorm: ['copy', image((x) => core.groupNorm(x, 1))],
  half: ['copy', (x) => x.half()],
  indexAdd: ['copy', (x) => x.indexAdd(0, none(), zeros([0, 3]))],
  indexSelect: [
    'copy',
    one((x) => x.indexSelect(0, index(0))),
    (x) => x.indexSelect(0, index(0, 1, 2)),
    scalar((x) => x.indexSelect(0, index(0))),
  ],
  instanceNorm: ['copy', image((x) => core.instanceNorm(x))],
  int: ['copy', (x) => x.int()],
  interpolate: [
    'copy',
    image((x) => core.interpolate(x, { size: [3, 3] })),
    image((x) => core.interpolate(x, { scaleFactor: 1 })),
    image((x) => core.interpolate(x, { size: [3, 3], mode: 'bilinear' })),
    row((x) => core.interpolate(x, { size: 9, mode: 'linear' })),
  ],
  kron: ['copy', (x) => x.kron(ones([1, 1]))],
  kthvalue: ['copy', scalar((x) => x.kthvalue(1)), one((x) => x.kthvalue(1))],
  layerNorm: ['copy', one((x) => core.layerNorm(x, [1]))],
  linear: ['copy', (x) => core.linear(x, core.eye(3))],
  logSoftmax: ['copy', scalar((x) => x.logSoftmax(0)), one((x) => x.logSoftmax(0))],
  logsumexp: ['copy', scalar((x) => x.logsumexp(0)), one((x) => x.logsumexp(0))],
  long: ['copy', (x) => x.long()],
  maskedSelect: ['copy', one((x) => x.maskedSelect(tensor([true])))],
  matmul: ['copy', (x) => x.matmul(core.eye(3))],
  max: [
    'copy',
    scalar((x) => x.max()),
    scalar((x) => x.max(0)),
    one((x) => x.max(0)),
    one((x) => x.max(0, { keepdim: true })),
    one((x) => x.max(x)),
  ],
  maxPool1d: ['copy', row((x) => core.maxPool1d(x, 1))],
  maxPool2d: ['copy', image((x) => core.maxPool2d(x, 1))],
  maxPool2dWithIndices: ['copy', image((x) => core.maxPool2dWithIndices(x, 1))],
  mean: ['copy', scalar((x) => x.mean()), one((x) => x.mean(0, { keepdim: true }))],
  median: ['copy', scalar((x) => x.median()), scalar((x) => x.median(0)), one((x) => x.median(0))],
  meshgrid: ['view', one((x) => core.meshgrid([x])), as([3], (x) => core.meshgrid([x, x]))],
  min: [
    'copy',
    scalar((x) => x.min()),
    scalar((x) => x.min(0)),
    one((x) => x.min(0)),
    one((x) => x.min(x)),
  ],
  mm: ['copy', (x) => x.mm(core.eye(3))],
  movedim: ['view', (x) => x.movedim(0, 0), (x) => x.movedim(0, 1)],
  mT: ['view', (x) => x.mT, as([1, 1], (x) => x.mT)],
  multinomial: ['copy', one((x) => x.add(1).multinomial(1))],
  mv: ['copy', (x) => x.mv(ones([3]))],
  narrow: ['view', (x) => x.narrow(0, 0, 3), (x) => x.narrow(0, 1, 1)],
  nonzero: ['copy', one((x) => x.nonzero())],
  norm: ['copy', scalar((x) => x.norm()), scalar((x) => x.norm(1)), one((x) => x.norm(Infinity))],
  oneHot: ['copy', (x) => core.oneHot(x.int(), 10)],
  outer: ['copy', one((x) => x.outer(ones([1])))],
  pad: [
    'copy',
    (x) => core.pad(x, []),
    (x) => core.pad(x, [0, 0]),
    (x) => core.pad(x, [-1, 0]),
    (x) => core.pad(x, [0, 0, 0, 0], { mode: 'reflect' }),
    (x) => core.pad(x, [0, 0], { mode: 'replicate' }),
    row((x) => core.pad(x, [-1, 0], { mode: 'replicate' })),
    image((x) => core.pad(x, [0, 0, 0, 0], { mode: 'circular' })),
  ],
  permute: ['view', (x) => x.permute([0, 1]), scalar((x) => x.permute([]))],
  pixelShuffle: [
    'copy',
    image((x) => core.pixelShuffle(x, 1)),
    as([1, 9, 1, 1], (x) => core.pixelShuffle(x, 3)),
  ],
  pixelUnshuffle: [
    'copy',
    image((x) => core.pixelUnshuffle(x, 1)),
    image((x) => core.pixelUnshuffle(x, 3)),
  ],
  prod: ['copy', scalar((x) => x.prod()), one((x) => x.prod(0, { keepdim: true }))],
  repeat: [
    'copy',
    (x) => x.repeat([1, 1]),
    (x) => x.repeat([1, 1, 1]),
    scalar((x) => x.repeat([])),
    one((x) => x.repeat([2])),
    as([3, 1], (x) => x.repeat([1, 2])),
    (x) => x.repeat([2, 1, 1]),
  ],
  repeatInterleave: [
    'copy',
    one((x) => x.repeatInterleave(1)),
    (x) => x.repeatInterleave(1, 0),
    (x) => x.repeatInterleave(index(1, 1, 1), 0),
  ],
  reshape: {
    view: [(x) => x.reshape([3, 3]), (x) => x.reshape([9]), scalar((x) => x.reshape([1]))],
    copy: [(x) => x.t().reshape([9])],
  },
  rmsNorm: ['copy', one((x) => core.rmsNorm(x, [1]))],
  roll: [
    'copy',
    (x) => x.roll(0, 0),
    (x) => x.roll(0),
    one((x) => x.roll(1, 0)),
    (x) => x.roll([], []),
  ],
  rot90: ['copy', (x) => x.rot90(0), (x) => x.rot90(4), as([1, 1], (x) => x.rot90(1))],
  scaledDotProductAttention: [
    'copy',
    as([1, 1, 1], (x) => core.scaledDotProductAttention(ones([1, 1, 1]), ones([1, 1, 1]), x)),
  ],
  scatter: ['copy', one((x) => x.scatter(0, none(), zeros([0])))],
  scatterAdd: ['copy', one((x) => x.scatterAdd(0, none(), zeros([0])))],
  scatterReduce: [
    'copy',
    ...(['sum', 'prod', 'mean', 'amax', 'amin'] as const).map((how) =>
      one((x) => x.scatterReduce(0, none(), zeros([0]), how)),
    ),
  ],
  searchsorted: ['copy', one((x) => core.searchsorted(x, x))],
  select: ['view', (x) => x.select(0, 1), one((x) => x.select(0, 0))],
  maskedSoftmax: ['copy', one((x) => core.maskedSoftmax(x))],
  softmax: ['copy', scalar((x) => x.softmax(0)), one((x) => x.softmax(0))],
  sort: ['copy', scalar((x) => x.sort(0)), one((x) => x.sort(0))],
  split: ['view', (x) => x.split(3), (x) => x.split([3]), (x) => x.split(1)],
  squeeze: [
    'view',
    (x) => x.squeeze(),
    as([1, 3], (x) => x.squeeze(0)),
    scalar((x) => x.squeeze()),
  ],
  stack: ['copy', (x) => core.stack([x]), scalar((x) => core.stack([x]))],
  std: ['copy', one((x) => x.std(0, { correction: 0 })), scalar((x) => x.std({ correction: 0 }))],
  nansum: ['copy', scalar((x) => x.nansum()), one((x) => x.nansum(0))],
  sum: [
    'copy',
    scalar((x) => x.sum()),
    scalar((x) => x.sum(0)),
    one((x) => x.sum(0, { keepdim: true })),
    one((x) => x.sum(0)),
  ],
  t: ['view', (x) => x.t(), one((x) => x.t()), scalar((x) => x.t())],
  T: ['view', (x) => x.T, one((x) => x.T)],
  take: ['copy', one((x) => x.take(index(0)))],
  takeAlongDim: [
    'copy',
    one((x) => x.takeAlongDim(index(0), 0)),
    one((x) => x.takeAlongDim(index(0))),
  ],
  tensordot: ['copy', (x) => core.tensordot(x, tensor(1), 0)],
  tile: [
    'copy',
    (x) => x.tile([]),
    (x) => x.tile([1]),
    (x) => x.tile([1, 1, 1]),
    one((x) => x.tile([2])),
  ],
  to: {
    itself: [
      (x) => x.to('float32'),
      (x) => x.to('cpu'),
      (x) => x.to({ device: 'cpu', dtype: 'float32' }),
      (x) => x.to(x),
    ],
    copy: [(x) => x.to('float64'), (x) => x.to({ dtype: 'float32', copy: true })],
  },
  topk: ['copy', scalar((x) => x.topk(1)), one((x) => x.topk(1)), (x) => x.topk(3)],
  transpose: ['view', (x) => x.transpose(0, 0), (x) => x.transpose(0, 1)],
  tril: ['copy', (x) => x.tril(5), as([1, 1], (x) => x.tril())],
  triu: ['copy', (x) => x.triu(-5), as([1, 1], (x) => x.triu())],
  unbind: ['view', (x) => x.unbind(), one((x) => x.unbind())],
  unflatten: ['view', (x) => x.unflatten(0, [3]), (x) => x.unflatten(0, [3, 1])],
  unfold: ['view', one((x) => x.unfold(0, 1, 1)), scalar((x) => x.unfold(0, 1, 1))],
  unique: ['copy', one((x) => x.unique())],
  unsqueeze: ['view', (x) => x.unsqueeze(0), scalar((x) => x.unsqueeze(0))],
  var: ['copy', one((x) => x.var(0, { correction: 0 }))],
  variance: ['copy', one((x) => core.variance(x, 0, { correction: 0 }))],
  view: ['view', (x) => x.view([3, 3]), (x) => x.view([9])],
  viewAs: ['view', (x) => x.viewAs(zeros([9]))],
};

/** Functions that create no tensor from a tensor's elements, or whose result the user creates. */
const notOperators =
  'constructor device gradFn grad ndim dim size sizes slice stride storageOffset isContiguous numel version requiresGrad requiresGrad_ isLeaf ' +
  'retainGrad registerHook registerPostAccumulateGradHook setData dispose dropGrad takesGrad revived letGo withdraw ' +
  'item bigint toArray toBigIntArray tolist toJSON elementAt backward detach_ toString equal allclose cpu ' +
  'checkpoint hessian jacobian jvp vjp gradcheck gradgradcheck enableGrad inferenceMode isAnomalyEnabled isGradEnabled noGrad queueCallback ' +
  'setDetectAnomaly setGradEnabled slabAllocator broadcastStrides mergeLoops numelOf aliasDevice registerBackend isDType isFloat promoteTypes resultType keep memory scope ' +
  'defineUpdate binary ternary unary forkRng getRngState setRngState initialSeed manualSeed getPrintOptions setPrintOptions ' +
  'defaultGenerator drawSeed randomSampler shuffledOrder setWarningHandler warnOnce dictOf isPlain isPromise needValues tagOf ' +
  'callable takes variadic need may isOptionsObject inFloat32 alsoSaving checkEmbedding fromTransferable toTransferable';

/** Functions of numbers, shapes and arrays, and those that use only a tensor's shape and dtype. */
const makers =
  'arange empty emptyLike eye fromArray fromTypedArray full fullLike linspace logspace ones onesLike tensor zeros zerosLike ' +
  'normal rand randint randLike randn randnLike randperm';

/** In place: they return their tensor. */
const inPlace =
  'set bernoulli_ exponential_ fill_ indexAdd_ normal_ scatter_ scatterAdd_ uniform_ zero_';

const words = (text: string): string[] => text.split(' ');

const publicNames = [
  ...Object.entries(core)
    .filter(([name, f]) => typeof f === 'function' && /^[a-z]/.test(name))
    .map(([name]) => name),
  ...Object.getOwnPropertyNames(Tensor.prototype),
];

function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return [...(result as Iterable<Tensor>)];
}

function check(name: string, sharing: Sharing, call: Call): void {
  const { shape = [3, 3], text = String(call) } = call as { shape?: number[]; text?: string };
  const values = core.arange(1, 1 + core.zeros(shape).numel(), 1, { dtype: 'float32' });
  const x = values.view(shape).detach();
  const results = tensorsIn(call(x));
  expect(results.length, name).toBeGreaterThan(0);
  for (const y of results) {
    const what = `${name}: ${text}`;
    expect(y.storage === x.storage, what).toBe(sharing !== 'copy');
    if (sharing === 'itself') expect(y === x, what).toBe(true);
    if (sharing === 'view') expect(y === x, what).toBe(false);
  }
  // A tensor that is not a view may be detached in place, however it was computed; a view may not, even inside noGrad.
  const leaf = core.tensor(x.toArray()).requiresGrad_();
  for (const y of [
    ...results,
    ...tensorsIn(call(leaf)),
    ...core.noGrad(() => tensorsIn(call(leaf))),
  ]) {
    expect(y.base !== null, `${name}: ${text}, a view`).toBe(
      sharing === 'view' && name !== 'detach',
    );
    if (y.base === null) expect(y.frozen, `${name}: ${text}`).toBe(null);
  }
}

describe('every operator is in the table', () => {
  it('or in a list of functions that are not operators', () => {
    const elementwise = Object.keys(pointwise).flatMap((n) => (n === 'where' ? [n] : [n, `${n}_`]));
    const known = new Set([
      ...Object.keys(table),
      ...elementwise,
      ...words(notOperators),
      ...words(makers),
      ...words(inPlace),
    ]);
    expect(publicNames.filter((n) => !known.has(n))).toEqual([]);
    expect([...known].filter((n) => !publicNames.includes(n))).toEqual([]);
  });
});

describe('memory is shared if PyTorch shares it', () => {
  for (const [name, rows] of Object.entries(table)) {
    it(name, () => {
      if (Array.isArray(rows)) {
        const [sharing, ...calls] = rows as [Sharing, ...Call[]];
        for (const call of calls) check(name, sharing, call);
        return;
      }
      for (const [sharing, calls] of Object.entries(rows as { [S in Sharing]?: Call[] })) {
        for (const call of calls) check(name, sharing as Sharing, call);
      }
    });
  }

  it('elementwise operators copy, whatever the operands', () => {
    const operands: readonly ((like: Tensor) => Tensor)[] = [core.zerosLike, core.onesLike];
    for (const [name, f] of Object.entries(pointwise)) {
      let ran = 0;
      for (const dtype of ['float32', 'int32', 'bool'] as const) {
        for (const fill of operands) {
          const x = tensor([[1, 0, 1]], { dtype });
          const args = [fill(x), fill(x), fill(x)];
          for (let n = 0; n <= 3; n++) {
            for (const place of n === 0 ? [0] : [0, 1]) {
              const given = args.slice(0, n);
              given.splice(place, 0, x);
              let y: unknown;
              try {
                y = (f as unknown as (...a: Tensor[]) => unknown)(...given);
              } catch {
                continue;
              }
              if (!(y instanceof Tensor)) continue;
              ran++;
              expect(y.storage === x.storage, `${name} of ${dtype}`).toBe(false);
            }
          }
        }
      }
      expect(ran, name).toBeGreaterThan(0);
    }
  });

  it('in-place forms return their tensor', () => {
    const x = zeros([2]);
    expect(x.set(0, 1)).toBe(x);
    expect(x.fill_(1)).toBe(x);
    expect(x.zero_()).toBe(x);
    expect(x.normal_()).toBe(x);
    expect(x.scatter_(0, index(0), 1)).toBe(x);
    expect(x.scatterAdd_(0, index(0), ones([1]))).toBe(x);
    expect(x.indexAdd_(0, index(0), ones([1]))).toBe(x);
  });
});
