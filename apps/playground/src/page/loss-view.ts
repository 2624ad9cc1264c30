// The loss curve: training and test loss over the steps, on a logarithmic scale.
import type { HistoryPoint } from '../shared/history.js';
import { prepare, type Surface } from './canvas.js';
import type { Theme } from './theme.js';

const MARGIN = { left: 46, right: 10, top: 8, bottom: 22 };

/** Steps of the axis: 1, 2, 5, 10, … that give at most five ticks. */
export function niceStep(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 4));
  const factor = [1, 2, 5, 10].find((f) => range / (f * power) <= 5) ?? 10;
  return Math.max(1, factor * power);
}

/** Draws the curve. */
export function drawLoss(
  canvas: HTMLCanvasElement,
  points: readonly HistoryPoint[],
  theme: Theme,
): void {
  const surface = prepare(canvas);
  if (surface.width === 0) return;
  const usable = (value: number | null): value is number =>
    value !== null && Number.isFinite(value) && value > 0;
  const values = points.flatMap(({ train, test }) => [train, test].filter(usable));
  if (values.length === 0) return;
  // At least one power of ten is shown, so that noise does not look like a mountain range.
  const high = Math.log10(values.reduce((a, b) => Math.max(a, b))) + 0.05;
  const low = Math.min(high - 1, Math.log10(values.reduce((a, b) => Math.min(a, b))) - 0.05);
  const last = Math.max(10, points[points.length - 1].step);
  const { width, height } = surface;
  const x = (step: number): number =>
    MARGIN.left + (step / last) * (width - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    MARGIN.top +
    ((high - Math.log10(value)) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
  drawAxes(surface, theme, { low, high, last, x, y });
  const line = (
    of: (point: HistoryPoint) => number | null,
    color: string,
    dash: number[],
  ): void => {
    const { context } = surface;
    context.beginPath();
    for (const point of points) {
      const value = of(point);
      if (usable(value)) context.lineTo(x(point.step), y(value));
    }
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.lineJoin = 'round';
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  };
  line(({ train }) => train, theme.accent, []);
  line(({ test }) => test, theme.classes[1], [5, 4]);
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly last: number;
  x(step: number): number;
  y(value: number): number;
}

function drawAxes({ context, width, height }: Surface, theme: Theme, scale: Scale): void {
  const bottom = height - MARGIN.bottom;
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = theme.quiet;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  const powers: number[] = [];
  for (let p = Math.floor(scale.low); p <= scale.high; p++) powers.push(p);
  const factors = powers.length > 3 ? [1] : [1, 2, 5];
  for (const value of powers.flatMap((p) => factors.map((f) => f * 10 ** p))) {
    const at = scale.y(value);
    if (at < MARGIN.top || at > bottom) continue;
    context.fillText(String(Number(value.toPrecision(1))), MARGIN.left - 6, at);
    context.beginPath();
    context.moveTo(MARGIN.left, at);
    context.lineTo(width - MARGIN.right, at);
    context.stroke();
  }
  context.textBaseline = 'alphabetic';
  const gap = niceStep(scale.last);
  for (let step = 0; step <= scale.last; step += gap) {
    const at = scale.x(step);
    context.textAlign = step === 0 ? 'left' : at > width - 40 ? 'right' : 'center';
    context.fillText(step.toLocaleString('en'), at, height - 6);
  }
}
