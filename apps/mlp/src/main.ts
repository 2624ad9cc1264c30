// Several layers: why activations, Sequential and Module, saving and loading, too small and too large networks.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cat,
  linspace,
  manualSeed,
  noGrad,
  ones,
  randn,
  stack,
  type Tensor,
  tensor,
  zeros,
} from '@dl/core';
import { load, save, setupSeed } from '@dl/io';
import { binaryCrossEntropyWithLogits } from '@dl/losses';
import { Linear, Module, registerModule, Sequential, type Step, Tanh } from '@dl/nn';
import { SGD } from '@dl/optim';
import { figure, lineChart, Plot } from 'dl-lessons/figures';

setupSeed(2);

/** A flower with two kinds of petals, `n` points of each. */
function flower(n: number): { x: Tensor; y: Tensor } {
  const petals = [0, 1].map((kind) => {
    const t = linspace(kind * 3.12, (kind + 1) * 3.12, n).add(randn([n]).mul(0.2));
    const r = t
      .mul(4)
      .sin()
      .mul(4)
      .add(randn([n]).mul(0.2));
    return stack([r.mul(t.sin()), r.mul(t.cos())], 1);
  });
  return { x: cat(petals), y: cat([zeros([n, 1]), ones([n, 1])]) };
}

console.log('# Why activations: two linear layers equal one');
const [first, second] = [new Linear(2, 3), new Linear(3, 1)];
const point = randn([1, 2]);
noGrad(() => {
  const both = second.forward(first.forward(point));
  const weight = second.weight.matmul(first.weight);
  const bias = second.weight.matmul(first.bias as Tensor).add(second.bias as Tensor);
  console.log('two layers:', both.item().toFixed(5));
  console.log('one layer, W = W₂·W₁:', point.matmul(weight.t()).add(bias).item().toFixed(5));
  console.log('with tanh between:', second.forward(first.forward(point).tanh()).item().toFixed(5));
});

const training = flower(200);
const { x } = training;
const test = flower(200);

/** Trains a network on the flower; returns the loss of every step. */
function train(net: Step, steps: number, lr: number, on = training): number[] {
  const optimizer = new SGD(net.parameters(), { lr });
  return Array.from({ length: steps }, () => {
    optimizer.zeroGrad();
    const loss = binaryCrossEntropyWithLogits(net.forward(on.x), on.y);
    loss.backward();
    optimizer.step();
    return loss.item();
  });
}
const accuracy = (net: Step, of: { x: Tensor; y: Tensor }): number =>
  noGrad(() => net.forward(of.x).gt(0).eq(of.y.gt(0)).to('float32').mean().item());
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

console.log('\n# A line cannot separate the petals; a network with Linear, Tanh, Linear can');
manualSeed(3);
const line = new Sequential(new Linear(2, 1));
console.log(
  `one linear layer: loss ${(train(line, 300, 0.5).at(-1) as number).toFixed(3)}, ${percent(accuracy(line, training))}`,
);
const net = new Sequential(new Linear(2, 4), new Tanh(), new Linear(4, 1));
console.log('net[0].weight =', net[0].weight.detach());
const losses = train(net, 1000, 0.5);
for (const step of [0, 100, 300, 999]) {
  console.log(`step ${step}: loss ${(losses[step] as number).toFixed(3)}`);
}
console.log('loss', lineChart(losses));
console.log(`accuracy ${percent(accuracy(net, training))}`);

console.log('\n# The same network as a class');
class Net extends Module {
  layer1 = new Linear(2, 4);
  layer2 = new Linear(4, 1);
  forward(input: Tensor): Tensor {
    return this.layer2.forward(this.layer1.forward(input).tanh());
  }
}
registerModule('Net', Net);
const own = new Net();
console.log(own);

console.log('\n# Saving and loading, in a file that PyTorch can read too');
const folder = mkdtempSync(join(tmpdir(), 'mlp-'));
await save(net, join(folder, 'net.pth'));
const whole = await load<Sequential>(join(folder, 'net.pth'));
console.log(
  'the whole model:',
  noGrad(() => whole.forward(x).equal(net.forward(x))),
);
await save(net.stateDict(), join(folder, 'parameters.pth'));
manualSeed(9);
const fresh = new Sequential(new Linear(2, 4), new Tanh(), new Linear(4, 1));
fresh.loadStateDict(await load(join(folder, 'parameters.pth')));
console.log(
  'the parameters:',
  noGrad(() => fresh.forward(x).equal(net.forward(x))),
);

console.log('\n# Sixty training points: networks too small, right, larger than needed');
manualSeed(5);
const few = flower(30);
const sizes = [1, 6, 100].map((hidden) => {
  manualSeed(4);
  const made = new Sequential(new Linear(2, hidden), new Tanh(), new Linear(hidden, 1));
  train(made, 4000, 0.5, few);
  const [seen, unseen] = [accuracy(made, few), accuracy(made, test)];
  return {
    hidden,
    made,
    text: `${hidden} hidden: ${percent(seen)}, new points ${percent(unseen)}`,
  };
});
for (const { text } of sizes) console.log(text);

// The network's output at every point of a grid.
const side = linspace(-5, 5, 61).toArray() as number[];
const grid = side.flatMap((x2) => side.map((x1) => [x1, x2] as const));
const cells = sizes.flatMap(({ made, text }) => {
  const answers = noGrad(
    () => made.forward(tensor(grid)).sigmoid().view([-1]).toArray() as number[],
  );
  return grid.map(([x1, x2], i) => ({ x1, x2, p: answers[i], text }));
});
const dots = (few.x.toArray() as [number, number][]).flatMap(([x1, x2], i) =>
  sizes.map(({ text }) => ({ x1, x2, kind: i < 30 ? 'kind 0' : 'kind 1', text })),
);
console.log(
  `\nfigure: ${figure('mlp-hidden-sizes.svg', {
    heading: 'Predictions of networks of three sizes (with accuracy)',
    width: 1080,
    height: 430,
    marginTop: 44,
    fx: { label: null, domain: sizes.map(({ text }) => text) },
    x: { label: 'x₁ →', domain: [-5, 5] },
    y: { label: '↑ x₂', domain: [-5, 5] },
    color: { type: 'linear', domain: [0, 0.5, 1], range: ['#f3b3bb', '#ffffff', '#9fd3d9'] },
    marks: [
      Plot.rect(cells, {
        fx: 'text',
        x1: (c) => c.x1 - 1 / 12,
        x2: (c) => c.x1 + 1 / 12,
        y1: (c) => c.x2 - 1 / 12,
        y2: (c) => c.x2 + 1 / 12,
        fill: 'p',
      }),
      Plot.dot(dots, {
        fx: 'text',
        x: 'x1',
        y: 'x2',
        r: 2.5,
        fill: (d) => (d.kind === 'kind 0' ? '#d1495b' : '#00798c'),
      }),
    ],
  })}`,
);
