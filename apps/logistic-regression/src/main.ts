// Two classes of points, separated by a line: by hand, and with modules.
import { cat, manualSeed, noGrad, ones, randn, type Tensor, tensor, zeros } from '@dl/core';
import { setupSeed } from '@dl/io';
import { BCEWithLogitsLoss, crossEntropy } from '@dl/losses';
import { Module, Parameter } from '@dl/nn';
import { SGD } from '@dl/optim';
import { figure, lineChart, Plot } from 'dl-lessons/figures';

setupSeed(1);
// Forty points around (1.5, 1.5) are of class 1, forty around (-1, -1) of class 0.
const x = cat([randn([40, 2]).add(1.5), randn([40, 2]).sub(1)]);
const y = cat([ones([40, 1]), zeros([40, 1])]);

console.log('# By hand: sigmoid and binary cross-entropy');
manualSeed(2);
const w = randn([2, 1]).requiresGrad_();
const b = zeros([1], { requiresGrad: true });
const losses: number[] = [];
for (let step = 0; step < 500; step++) {
  const p = x.matmul(w).add(b).sigmoid();
  const loss = y
    .mul(p.log())
    .add(y.neg().add(1).mul(p.neg().add(1).log()))
    .mean()
    .neg();
  loss.backward();
  noGrad(() => {
    w.sub_((w.grad as Tensor).mul(0.5));
    b.sub_((b.grad as Tensor).mul(0.5));
  });
  w.grad = null;
  b.grad = null;
  losses.push(loss.item());
  if (step % 100 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
}
console.log('loss', lineChart(losses));

/** Logistic regression as a module: it returns logits, and the loss applies the sigmoid. */
class LogisticRegression extends Module {
  w: Parameter;
  b = new Parameter(zeros([1]));
  constructor() {
    super();
    manualSeed(2);
    this.w = new Parameter(randn([2, 1]));
  }
  forward(input: Tensor): Tensor {
    return input.matmul(this.w).add(this.b);
  }
}

console.log('\n# With Parameter, SGD and BCEWithLogitsLoss');
const model = new LogisticRegression();
const optimizer = new SGD(model.parameters(), { lr: 0.5 });
const criterion = new BCEWithLogitsLoss();
for (let step = 0; step < 500; step++) {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(x), y);
  loss.backward();
  optimizer.step();
  if (step % 100 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
}
console.log('w =', model.w.detach().view([2]), ' b =', model.b.detach());
console.log(
  'the same as by hand, up to',
  w.sub(model.w).abs().max().item() < 1e-4 ? '0.0001' : '?',
);

const correct = noGrad(() => model.forward(x).gt(0).eq(y.gt(0)).sum().item());
console.log(`${correct} of 80 points on the right side`);
const newcomer = tensor([[2, 0]]);
const probability = noGrad(() => model.forward(newcomer).sigmoid().item());
console.log(`the point (2, 0) is of class 1 with probability ${probability.toFixed(3)}`);

console.log(
  '\n# Cross-entropy of two classes, of which one has the logit 0, is binary cross-entropy',
);
const logits = model.forward(x).detach();
const pair = cat([zeros([80, 1]), logits], 1);
const kinds = y.view([80]).to('int32');
console.log(`of one logit: ${criterion.forward(logits, y).item().toFixed(5)}`);
console.log(`of two: ${crossEntropy(pair, kinds).item().toFixed(5)}`);
const share = pair
  .softmax(1)
  .at(':', 1)
  .sub(logits.sigmoid().view([80]))
  .abs()
  .max()
  .item();
console.log('sigmoid equals softmax of the two, up to', share < 1e-6 ? '0.000001' : share);

const rows = (x.toArray() as [number, number][]).map(([x1, x2], i) => ({
  x1,
  x2,
  kind: i < 40 ? 'class 1' : 'class 0',
}));
const [w1, w2] = model.w.detach().view([2]).toArray() as [number, number];
const bias = model.b.item();
// Where the logit is 0: w1·x1 + w2·x2 + b = 0.
const boundary = [-4, 4.5].map((x1) => ({ x1, x2: -(w1 * x1 + bias) / w2 }));
console.log(
  `\nfigure: ${figure('logistic-regression.svg', {
    heading: 'Two classes, and the line on which both are equally likely',
    width: 560,
    height: 520,
    marginRight: 90,
    x: { label: 'x₁ →', domain: [-4, 4.5], grid: true },
    y: { label: '↑ x₂', domain: [-4, 4.5], grid: true, ticks: 5 },
    color: { domain: ['class 0', 'class 1'], range: ['#d1495b', '#00798c'] },
    marks: [
      Plot.line(boundary, { x: 'x1', y: 'x2', stroke: '#222', strokeWidth: 2, clip: true }),
      Plot.dot(rows, { x: 'x1', y: 'x2', fill: 'kind', r: 4 }),
      Plot.text(
        [
          { x1: 3.2, x2: 3.8, kind: 'class 1' },
          { x1: -3.2, x2: -3.4, kind: 'class 0' },
        ],
        { x: 'x1', y: 'x2', text: 'kind', fill: 'kind', fontWeight: 600 },
      ),
    ],
  })}`,
);
