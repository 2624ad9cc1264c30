// A line through three points, by gradient descent written by hand.
import { noGrad, type Tensor, tensor } from '@dl/core';
import { setupSeed } from '@dl/io';
import { figure, lineChart, Plot } from 'dl-lessons/figures';

setupSeed(0);
const hours = tensor([2, 3, 4]);
const marks = tensor([3, 5, 8]);

/** Fits `marks = w·hours + b`; returns the two numbers and the loss of every step. */
function fit(start: [number, number], lr: number, steps: number) {
  const w = tensor(start[0], { requiresGrad: true });
  const b = tensor(start[1], { requiresGrad: true });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const predicted = w.mul(hours).add(b);
    const loss = predicted.sub(marks).square().mean();
    loss.backward();
    noGrad(() => {
      w.sub_((w.grad as Tensor).mul(lr));
      b.sub_((b.grad as Tensor).mul(lr));
    });
    // Gradients accumulate, so clear them after each update.
    w.grad = null;
    b.grad = null;
    losses.push(loss.item());
  }
  return { w: w.item(), b: b.item(), losses };
}

console.log('# Hours of study and marks: (2, 3), (3, 5), (4, 8)');
const { w, b, losses } = fit([0.5, 0], 0.05, 500);
for (const step of [0, 1, 2, 10, 100, 499]) {
  console.log(`step ${step}: loss ${(losses[step] as number).toFixed(4)}`);
}
console.log('loss', lineChart(losses.slice(1)));
console.log(`marks = ${w.toFixed(3)} · hours ${b < 0 ? '-' : '+'} ${Math.abs(b).toFixed(3)}`);
console.log(`5 hours: ${(w * 5 + b).toFixed(3)} marks`);

console.log('\n# Initial values and learning rate');
const tries = [
  { start: [0.5, 0] as [number, number], lr: 0.001 },
  { start: [0.5, 0] as [number, number], lr: 0.01 },
  { start: [0.5, 0] as [number, number], lr: 0.05 },
  { start: [-4, 6] as [number, number], lr: 0.05 },
  { start: [0.5, 0] as [number, number], lr: 0.1 },
].map((t) => ({ ...t, ...fit(t.start, t.lr, 60) }));
for (const t of tries) {
  const last = t.losses.at(-1) as number;
  const shown = last > 1000 ? 'diverges' : `loss ${last.toFixed(4)} after 60 steps`;
  console.log(`start w=${t.start[0]}, b=${t.start[1]}, learning rate ${t.lr}: ${shown}`);
}

const label = (t: { start: [number, number]; lr: number }): string =>
  `rate ${t.lr}, from (${t.start.join(', ')})`;
const curves = tries
  .filter((t) => (t.losses.at(-1) as number) < 1000)
  .flatMap((t) => t.losses.map((loss, step) => ({ step, loss, run: label(t) })));
const points = [2, 3, 4].map((h, i) => ({ hours: h, marks: [3, 5, 8][i] as number }));
const line = [1.5, 5.5].map((h) => ({ hours: h, marks: w * h + b }));
console.log(
  `\nfigures: ${figure('linear-regression-fit.svg', {
    heading: 'Marks by hours of study, and the fitted line',
    marginRight: 70,
    x: { label: 'hours of study →', domain: [1.5, 5.5] },
    y: { label: '↑ marks', grid: true },
    marks: [
      Plot.line(line, { x: 'hours', y: 'marks', stroke: '#d1495b', strokeWidth: 2 }),
      Plot.dot(points, { x: 'hours', y: 'marks', r: 5, fill: '#00798c' }),
      Plot.dot([{ hours: 5, marks: w * 5 + b }], {
        x: 'hours',
        y: 'marks',
        r: 5,
        stroke: '#d1495b',
      }),
      Plot.text([{ hours: 5, marks: w * 5 + b }], {
        x: 'hours',
        y: 'marks',
        text: () => `5 hours: ${(w * 5 + b).toFixed(2)}`,
        dx: 12,
        dy: 16,
        textAnchor: 'start',
      }),
    ],
  })}, ${figure('linear-regression-loss.svg', {
    heading: 'Loss by step, for several initial values and learning rates',
    marginRight: 170,
    x: { label: 'step →' },
    y: { label: '↑ mean squared error', type: 'log', grid: true, tickFormat: '~g', ticks: 6 },
    color: { scheme: 'Observable10' },
    marks: [
      Plot.line(curves, { x: 'step', y: 'loss', stroke: 'run', strokeWidth: 1.8 }),
      Plot.text(
        curves,
        Plot.selectLast({
          x: 'step',
          y: 'loss',
          z: 'run',
          text: 'run',
          fill: 'run',
          textAnchor: 'start',
          dx: 6,
        }),
      ),
    ],
  })}`,
);
