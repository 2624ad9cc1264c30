// The report: one self-contained HTML page.
import type { Settings } from './cli.js';
import type { Evaluation, Mistake } from './evaluate.js';
import { confusionFigure, lossFigure, pointSize } from './figures.js';
import { type Digits, PIXELS, SIDE } from './mnist.js';
import { encodePng } from './png.js';
import { escapeText } from './svg.js';
import type { EpochResult } from './train.js';

/** The contents of a report. */
export interface Run {
  readonly settings: Settings;
  /** Number of training images. */
  readonly trained: number;
  readonly parameters: number;
  /** The loss of each step. */
  readonly losses: readonly number[];
  readonly stepsPerEpoch: number;
  readonly epochs: readonly EpochResult[];
  /** Whether the training was interrupted. */
  readonly interrupted: boolean;
  /** The test; null if the run did not reach it. */
  readonly test: Evaluation | null;
}

/** Number of mistakes to show as images. */
const SHOWN = 60;

/** `97.53%`, rounded down, so that nothing is called 100 % or a goal that is not. */
export const percent = (share: number): string =>
  `${(Math.floor(share * 10_000 + 1e-6) / 100).toFixed(2)}%`;

const number = (value: number): string => value.toLocaleString('en');

/** The page. `digits` are the pictures that the test was on. */
export function renderReport(run: Run, digits: Digits): string {
  const { test } = run;
  const sections = [summary(run), curve(run)];
  if (test !== null) sections.push(confusion(test), mistakes(test, digits));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits: report</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  const headRow = head.length === 0 ? '' : `<thead>${row(head, 'th')}</thead>\n`;
  return `<table>\n${headRow}<tbody>\n${rows.map((cells) => row(cells, 'td')).join('\n')}\n</tbody>\n</table>`;
}

function summary(run: Run): string {
  const { settings, test } = run;
  const result =
    test === null
      ? '<p class="result">not tested</p>'
      : `<p class="result"><strong>${percent(test.accuracy)}</strong> of ${number(test.predictions.length)} test images classified correctly, ${number(test.mistakes.length)} wrong</p>`;
  const ended = run.interrupted
    ? `<p class="warning">The training was interrupted after ${number(run.losses.length)} of ${number(run.stepsPerEpoch * settings.epochs)} steps.</p>\n`
    : '';
  const layers = ['784', ...settings.hidden.map(String), '10'].join(' – ');
  const facts = [
    ['network', `${layers}, ReLU between, ${number(run.parameters)} parameters`],
    ['training images', number(run.trained)],
    ['optimizer', `SGD, learning rate ${settings.lr}, momentum ${settings.momentum}`],
    ['batch size', String(settings.batchSize)],
    ['epochs', String(settings.epochs)],
    ['seed', String(settings.seed)],
    ['device', settings.device],
  ];
  const epochs = run.epochs.map((e) => [
    String(e.epoch),
    String(Number(e.lr.toPrecision(3))),
    e.loss.toFixed(4),
    percent(e.trainAccuracy),
    e.testAccuracy === null ? '–' : percent(e.testAccuracy),
    `${e.seconds.toFixed(1)} s`,
  ]);
  const head = [
    'epoch',
    'learning rate',
    'mean loss',
    'training accuracy',
    'test accuracy',
    'time',
  ];
  return `<h1>Handwritten digits</h1>
${result}
${ended}${table([], facts)}
${epochs.length === 0 ? '' : table(head, epochs)}`;
}

function curve(run: Run): string {
  if (run.losses.length === 0) return '';
  const size = pointSize(run.losses.length);
  const thin = size === 1 ? 'the loss of each batch' : `means of the losses of ${size} batches`;
  return `<h2>The loss of each training step</h2>
<figure>
${lossFigure(run.losses, run.stepsPerEpoch)}
<figcaption>Thin: ${thin}. Thick: the running mean.</figcaption>
</figure>`;
}

function confusion(test: Evaluation): string {
  return `<h2>What was taken for what</h2>
<figure>
${confusionFigure(test.confusion)}
<figcaption>Each row has the test images of one digit. Blue is correct, orange is wrong.</figcaption>
</figure>`;
}

function mistakes(test: Evaluation, digits: Digits): string {
  const shown = test.mistakes.slice(0, SHOWN);
  if (shown.length === 0) return '<h2>Mistakes</h2>\n<p>There are none.</p>';
  const title =
    shown.length < test.mistakes.length
      ? `The ${shown.length} most confident of ${number(test.mistakes.length)} mistakes`
      : `The mistakes`;
  return `<h2>${title}</h2>
<p>Above: what the network read, and how sure it was. Below: what it is.</p>
<div class="mistakes">
${shown.map((mistake) => picture(mistake, digits)).join('\n')}
</div>`;
}

function picture(mistake: Mistake, digits: Digits): string {
  const { index, predicted, label, confidence } = mistake;
  const pixels = digits.images.subarray(index * PIXELS, (index + 1) * PIXELS);
  // Ink is dark on paper; the files have it the other way round.
  const inverted = pixels.map((value) => 255 - value);
  const data = Buffer.from(encodePng(inverted, SIDE, SIDE)).toString('base64');
  // A training that went to pieces gives outputs that are not numbers.
  const sure = Number.isFinite(confidence) ? `${Math.floor(confidence * 100)} %` : '–';
  const alt = `test image ${index}: predicted ${predicted}, actual ${label}`;
  return `<figure><span class="read">${predicted} <small>${sure}</small></span><img src="data:image/png;base64,${data}" width="56" height="56" alt="${alt}" title="${alt}"><span class="true">${label}</span></figure>`;
}

const STYLE = `body { margin: 0; background: #fff; color: #222; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 800px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { margin: 0 0 4px; font-size: 30px; }
h2 { margin: 44px 0 8px; font-size: 21px; }
figure { margin: 0; }
figcaption { color: #555; font-size: 14px; }
.result { margin: 0 0 20px; font-size: 19px; }
.result strong { color: #2166ac; }
.warning { padding: 8px 12px; background: #fdf0e3; border-left: 4px solid #d95f02; }
table { border-collapse: collapse; margin: 0 0 20px; font-variant-numeric: tabular-nums; font-size: 15px; }
td, th { padding: 3px 22px 3px 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #999; font-weight: 600; }
svg { display: block; width: 100%; height: auto; font: 13px system-ui, sans-serif; fill: #333; }
svg .grid { stroke: #e4e4e0; }
svg .axis { stroke: #777; }
svg .epoch { stroke: #999; stroke-dasharray: 4 4; }
svg .note { fill: #666; font-size: 12px; }
svg .raw { fill: none; stroke: #9cc3e4; stroke-width: 1; }
svg .smooth { fill: none; stroke: #2166ac; stroke-width: 2.5; stroke-linejoin: round; }
svg .name { fill: #444; font-size: 14px; }
svg .digit { font-size: 16px; font-weight: 600; }
svg .zero { fill: #b5b5b0; }
svg .light { fill: #fff; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(66px, 1fr)); gap: 14px 8px; }
.mistakes figure { display: flex; flex-direction: column; align-items: center; padding: 6px 0; border: 1px solid #e4e4e0; border-radius: 6px; line-height: 1.3; }
.mistakes img { image-rendering: pixelated; }
.read { color: #b34700; font-weight: 600; }
.read small { color: #777; font-weight: 400; }
.true { color: #2166ac; font-weight: 600; }`;
