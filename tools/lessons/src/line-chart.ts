// Charts for the terminal, made of text.

const BARS = '▁▂▃▄▅▆▇█';

/**
 * Numbers as a line of small bars, from the lowest to the highest, with both at the end.
 *
 * @param width characters; more numbers than that are averaged.
 */
export function lineChart(values: readonly number[], width = 60): string {
  const count = Math.min(width, values.length);
  const means = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
    const part = values.slice(from, to);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const bar = (v: number): string =>
    BARS[high === low ? 0 : Math.round(((v - low) / (high - low)) * (BARS.length - 1))];
  return `${means.map(bar).join('')} ${(values[0]).toPrecision(3)} to ${(values.at(-1) as number).toPrecision(3)}`;
}
