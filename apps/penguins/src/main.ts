// Three kinds of penguins, classified by four measurements: real data, with missing values.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { noGrad, randperm, tensor } from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import { setupSeed } from '@dl/io';
import { crossEntropy } from '@dl/losses';
import { Linear, ReLU, Sequential } from '@dl/nn';
import { Adam } from '@dl/optim';
import { figure, lineChart, Plot } from 'dl-lessons/figures';

interface Penguin {
  readonly Species: string;
  readonly [measurement: string]: string | number | null;
}
const measurements = [
  'Beak Length (mm)',
  'Beak Depth (mm)',
  'Flipper Length (mm)',
  'Body Mass (g)',
] as const;

// Palmer Station's penguins (Gorman et al. 2014; CC0), from the npm package vega-datasets (BSD-3).
const entry = createRequire(import.meta.url).resolve('vega-datasets');
const file = join(dirname(entry), '../data/penguins.json');
const all = JSON.parse(readFileSync(file, 'utf8')) as Penguin[];
const birds = all.filter((bird) => measurements.every((m) => typeof bird[m] === 'number'));
const species = [...new Set(birds.map((bird) => bird.Species))].sort();
console.log(`${all.length} penguins, ${all.length - birds.length} of them without measurements`);
console.log(
  `kinds: ${species.map((s) => `${s} ${birds.filter((b) => b.Species === s).length}`).join(', ')}`,
);

setupSeed(0);
const values = tensor(birds.map((bird) => measurements.map((m) => bird[m] as number)));
const labels = tensor(
  birds.map((bird) => species.indexOf(bird.Species)),
  { dtype: 'int32' },
);
const order = randperm(birds.length);
const [trainIndex, testIndex] = [order.at(':240'), order.at('240:')];

// Standardized with the training birds only: the test birds must not influence training.
const seen = values.indexSelect(0, trainIndex);
const [mean, std] = [seen.mean(0), seen.std(0)];
console.log(`means: ${(mean.toArray() as number[]).map((m) => m.toFixed(1)).join(', ')}`);
const ready = values.sub(mean).div(std);
const training = new TensorDataset(
  ready.indexSelect(0, trainIndex),
  labels.indexSelect(0, trainIndex),
);
const test = { x: ready.indexSelect(0, testIndex), y: labels.indexSelect(0, testIndex) };

const net = new Sequential(new Linear(4, 16), new ReLU(), new Linear(16, 3));
const optimizer = new Adam(net.parameters(), { lr: 0.01 });
const loader = new DataLoader(training, { batchSize: 32, shuffle: true });
const losses: number[] = [];
for (let epoch = 1; epoch <= 30; epoch++) {
  let total = 0;
  for (const [x, y] of loader) {
    optimizer.zeroGrad();
    const loss = crossEntropy(net.forward(x), y);
    loss.backward();
    optimizer.step();
    total += loss.item() * x.size(0);
  }
  losses.push(total / 240);
  if (epoch % 10 === 0) console.log(`epoch ${epoch}: loss ${(total / 240).toFixed(3)}`);
}
console.log('loss', lineChart(losses));

const predicted = noGrad(() => net.forward(test.x).argmax(1)).toArray() as number[];
const truth = test.y.toArray() as number[];
const right = predicted.filter((p, i) => p === truth[i]).length;
console.log(`${right} of ${truth.length} test penguins classified correctly`);

const cells = species.flatMap((is, i) =>
  species.map((read, j) => ({
    is,
    read,
    count: truth.filter((t, k) => t === i && predicted[k] === j).length,
  })),
);
for (const is of species) {
  const row = cells.filter((cell) => cell.is === is).map((cell) => String(cell.count).padStart(3));
  console.log(`${is.padEnd(10)} predicted as ${species.join(', ')}: ${row.join(' ')}`);
}

const scatter = birds.map((bird) => ({
  beak: bird['Beak Length (mm)'],
  flipper: bird['Flipper Length (mm)'],
  kind: bird.Species,
}));
const colors = { domain: species, range: ['#d1495b', '#edae49', '#00798c'] };
console.log(
  `figures: ${figure('penguins.svg', {
    heading: 'Penguins by two of their measurements',
    marginRight: 90,
    grid: true,
    x: { label: 'beak length (mm) →' },
    y: { label: '↑ flipper length (mm)' },
    color: colors,
    marks: [
      Plot.dot(scatter, { x: 'beak', y: 'flipper', fill: 'kind', r: 3 }),
      Plot.text(
        // Beside each cluster, where there are no birds.
        [
          { beak: 35, flipper: 206, kind: 'Adelie' },
          { beak: 54, flipper: 192, kind: 'Chinstrap' },
          { beak: 43, flipper: 226, kind: 'Gentoo' },
        ],
        { x: 'beak', y: 'flipper', text: 'kind', fill: 'kind', fontWeight: 600, fontSize: 15 },
      ),
    ],
  })}, ${figure('penguins-confusion.svg', {
    heading: 'Confusion matrix of the test penguins',
    width: 480,
    marginLeft: 110,
    x: { label: 'predicted →', domain: species },
    y: { label: '↓ actual', domain: species },
    color: { scheme: 'blues', domain: [0, Math.max(...cells.map((cell) => cell.count))] },
    marks: [
      Plot.cell(cells, { x: 'read', y: 'is', fill: 'count', inset: 1 }),
      Plot.text(cells, {
        x: 'read',
        y: 'is',
        text: 'count',
        fontSize: 16,
        fill: (cell) => (cell.count > 30 ? 'white' : '#222'),
      }),
    ],
  })}`,
);
