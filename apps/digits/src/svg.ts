// The small part of SVG that the report's figures are made of.

/** Text made safe for HTML and SVG, in attributes too. */
export function escapeText(text: string): string {
  const names: Record<string, string> = {
    '&': 'amp',
    '<': 'lt',
    '>': 'gt',
    '"': 'quot',
    "'": '#39',
  };
  return text.replace(/[&<>"']/g, (c) => `&${names[c]};`);
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element; `contents` is markup, made by these functions or by `escapeText`. */
export function element(name: string, attributes: Attributes, contents = ''): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`,
  );
  return contents === ''
    ? `<${name}${list.join('')}/>`
    : `<${name}${list.join('')}>${contents}</${name}>`;
}

/** A line of text. */
export const label = (x: number, y: number, text: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escapeText(text));

/** A straight line. */
export const line = (x1: number, y1: number, x2: number, y2: number, css: string): string =>
  element('line', { x1, y1, x2, y2, class: css });

/** A line through points. */
export const polyline = (points: readonly (readonly [number, number])[], css: string): string =>
  element('polyline', {
    points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(' '),
    class: css,
  });

/** A drawing with a title that screen readers say. */
export function svg(
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
): string {
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, role: 'img' },
    `\n${element('title', {}, escapeText(title))}\n${parts.join('\n')}\n`,
  );
}

/** A hundredth of a pixel is enough. */
const round = (value: number): number => Math.round(value * 100) / 100;

/** Round numbers 1, 2, 5, 10, … apart, that cover a range from 0 in about `count` steps. */
export function linearTicks(most: number, count: number): number[] {
  const rough = Math.max(most, Number.MIN_VALUE) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].find((u) => u * power >= rough) as number;
  const ticks: number[] = [];
  for (let i = 0; i * unit * power <= most * (1 + 1e-9); i++) ticks.push(i * unit * power);
  return ticks;
}

/** Round numbers between two positive ones: 1, 2 and 5 times powers of ten, or fewer if they are far apart. */
export function logTicks(least: number, most: number): number[] {
  const decades = Math.log10(most / least);
  const units = decades > 3 ? [1] : [1, 2, 5];
  const stride = Math.max(1, Math.ceil(decades / 8));
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(least)); e <= Math.log10(most); e++) {
    if (e % stride !== 0) continue;
    for (const unit of units) {
      const tick = Number(`${unit}e${e}`);
      if (tick >= least && tick <= most) ticks.push(tick);
    }
  }
  return ticks;
}

/** A tick as text: `0.05`, `1000`, `1e12`. */
export const tickText = (tick: number): string =>
  tick >= 1e5 || tick < 1e-4 ? tick.toExponential().replace('e+', 'e') : String(tick);
