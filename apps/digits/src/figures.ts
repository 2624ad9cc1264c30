// The report's figures: the loss over the steps, and the confusion matrix.
import { element, label, line, linearTicks, logTicks, polyline, svg, tickText } from './svg.js';

/** Points that a curve is drawn with at most: more than its pixels would only make the file large. */
const MOST_POINTS = 800;

/** How many neighbors a drawn point is the mean of. */
export const pointSize = (count: number, most = MOST_POINTS): number =>
  Math.max(1, Math.ceil(count / most));

/** The mean of each group of neighboring values, as `[index of its middle, mean]`; at most `most` of them. */
export function thin(values: readonly number[], most = MOST_POINTS): [number, number][] {
  const size = pointSize(values.length, most);
  const points: [number, number][] = [];
  for (let at = 0; at < values.length; at += size) {
    const part = values.slice(at, at + size);
    points.push([
      at + (part.length - 1) / 2,
      part.reduce((sum, value) => sum + value, 0) / part.length,
    ]);
  }
  return points;
}

/** Means that forget: each value counts half after about `0.7 * memory` further ones. */
export function smooth(values: readonly number[], memory: number): number[] {
  let [sum, weight] = [0, 0];
  const keep = 1 - 1 / memory;
  return values.map((value) => {
    sum = sum * keep + value;
    weight = weight * keep + 1;
    return sum / weight;
  });
}

/** The loss of each step, with a smoothed line, and the ends of the epochs. */
export function lossFigure(losses: readonly number[], stepsPerEpoch: number): string {
  const [width, height] = [760, 360];
  const area = { left: 64, right: width - 16, top: 16, bottom: height - 52 };
  const finite = losses.map((loss) => (Number.isFinite(loss) ? loss : Number.NaN));
  const raw = thin(finite).filter(([, y]) => y > 0);
  const running = thin(smooth(finite, Math.min(50, Math.max(1, losses.length / 20)))).filter(
    ([, y]) => y > 0,
  );
  if (raw.length === 0) return '<p>No step had a finite loss.</p>';
  const sorted = raw.map(([, y]) => y).sort((a, b) => a - b);
  // A few easy batches would stretch the axis downwards; what is below it is drawn on its edge.
  const least = sorted[Math.floor(sorted.length * 0.01)] * 0.8;
  const most = (sorted.at(-1) as number) * 1.1;
  const steps = losses.length;
  const x = (i: number): number =>
    area.left + ((i + 1) / Math.max(steps, 1)) * (area.right - area.left);
  const y = (v: number): number =>
    area.bottom -
    (Math.log(Math.max(v, least) / least) / Math.log(most / least)) * (area.bottom - area.top);
  const parts: string[] = [];
  for (const tick of logTicks(least, most)) {
    parts.push(line(area.left, y(tick), area.right, y(tick), 'grid'));
    parts.push(label(area.left - 8, y(tick) + 4, tickText(tick), { 'text-anchor': 'end' }));
  }
  for (const tick of linearTicks(steps, 7)) {
    if (!Number.isInteger(tick)) continue;
    parts.push(line(x(tick - 1), area.bottom, x(tick - 1), area.bottom + 5, 'axis'));
    parts.push(
      label(x(tick - 1), area.bottom + 20, tick.toLocaleString('en'), { 'text-anchor': 'middle' }),
    );
  }
  const epochs = Math.floor(steps / stepsPerEpoch);
  // Where they would stand closer than their words are long, their lines alone are drawn, or none.
  const room = (area.right - area.left) / Math.max(1, steps / stepsPerEpoch);
  for (let e = 1; e <= epochs && room > 6; e++) {
    const at = x(e * stepsPerEpoch - 1);
    parts.push(line(at, area.top, at, area.bottom, 'epoch'));
    if (room > 80) {
      parts.push(
        label(at - 5, area.top + 13, `end of epoch ${e}`, { 'text-anchor': 'end', class: 'note' }),
      );
    }
  }
  const place = ([i, v]: [number, number]): [number, number] => [x(i), y(v)];
  parts.push(
    polyline(raw.map(place), 'raw'),
    polyline(running.map(place), 'smooth'),
    line(area.left, area.bottom, area.right, area.bottom, 'axis'),
    line(area.left, area.top, area.left, area.bottom, 'axis'),
    label((area.left + area.right) / 2, height - 12, 'step', {
      'text-anchor': 'middle',
      class: 'name',
    }),
    label(0, 0, 'cross-entropy of the batch (logarithmic)', {
      'text-anchor': 'middle',
      class: 'name',
      transform: `translate(14 ${(area.top + area.bottom) / 2}) rotate(-90)`,
    }),
  );
  return svg(width, height, 'The loss of each training step', parts);
}

/** The confusion matrix: how often each digit (columns) was predicted for each (rows). */
export function confusionFigure(confusion: readonly (readonly number[])[]): string {
  const cell = 44;
  const [left, top] = [72, 56];
  const n = confusion.length;
  const edge = left + n * cell;
  const wrong = confusion.flatMap((row, i) => row.filter((_, j) => j !== i));
  const worst = Math.max(1, ...wrong);
  const largest = Math.max(1, ...confusion.map((row, i) => row[i]));
  const parts = [
    label(left + (n * cell) / 2, 18, 'predicted digit', { 'text-anchor': 'middle', class: 'name' }),
    label(0, 0, 'true digit', {
      'text-anchor': 'middle',
      class: 'name',
      transform: `translate(18 ${top + (n * cell) / 2}) rotate(-90)`,
    }),
    label(edge + 46, top - 12, 'correct', { 'text-anchor': 'middle', class: 'name' }),
  ];
  confusion.forEach((row, i) => {
    const y = top + i * cell;
    const middle = y + cell / 2 + 5;
    const total = row.reduce((sum, count) => sum + count, 0);
    parts.push(
      label(left - 14, middle, String(i), { 'text-anchor': 'middle', class: 'digit' }),
      label(left + i * cell + cell / 2, top - 12, String(i), {
        'text-anchor': 'middle',
        class: 'digit',
      }),
    );
    row.forEach((count, j) => {
      const x = left + j * cell;
      const share = i === j ? count / largest : count / worst;
      // Blue is right and orange is wrong: told apart with any color vision.
      const hue = i === j ? '33, 102, 172' : '217, 95, 2';
      const strength = count === 0 ? 0 : i === j ? 0.25 + 0.65 * share : 0.1 + 0.75 * share;
      parts.push(
        element('rect', {
          x: x + 1,
          y: y + 1,
          width: cell - 2,
          height: cell - 2,
          rx: 3,
          fill: count === 0 ? '#f4f4f2' : `rgba(${hue}, ${strength.toFixed(3)})`,
        }),
        label(x + cell / 2, middle, String(count), {
          'text-anchor': 'middle',
          class: count === 0 ? 'zero' : strength > 0.6 ? 'light' : 'count',
        }),
      );
    });
    const right = total === 0 ? '–' : `${((row[i] / total) * 100).toFixed(1)} %`;
    parts.push(label(edge + 46, middle, right, { 'text-anchor': 'middle', class: 'count' }));
  });
  return svg(
    edge + 92,
    top + n * cell + 8,
    'Confusion matrix: how often each digit was predicted for each',
    parts,
  );
}
