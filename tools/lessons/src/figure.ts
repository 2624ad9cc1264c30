// SVG figures: Observable Plot into a document of linkedom's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export { Plot };

/** Plot's options, and a heading above the frame. */
export interface FigureOptions extends Plot.PlotOptions {
  heading: string;
}

const HEADING = 36;

/** What is needed of an element: this is compiled without a browser's types. */
interface Svg {
  readonly tagName: string;
  readonly outerHTML: string;
  querySelector(selector: string): Svg | null;
  setAttribute(name: string, value: string): void;
  append(child: Svg): void;
}

/** Draws a figure into the output folder and returns its path, as short as it can be said. */
export function figure(name: string, { heading, ...options }: FigureOptions): string {
  const { document } = parseHTML('<!doctype html><body></body>');
  const { width = 640, height = 400, marginBottom = 46, marginLeft = 54 } = options;
  const drawn = Plot.plot({
    ...options,
    width,
    height,
    marginBottom,
    marginLeft,
    document: document as never,
    style: { background: 'white', color: '#222', fontSize: '13px', overflow: 'visible' },
  });
  const found = drawn as unknown as Svg;
  const svg = found.tagName.toLowerCase() === 'svg' ? found : (found.querySelector('svg') as Svg);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  // Room for the heading above what Plot drew.
  svg.setAttribute('viewBox', `0 ${-HEADING} ${width} ${height + HEADING}`);
  svg.setAttribute('height', String(height + HEADING));
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  for (const [key, value] of Object.entries({
    x: '12',
    y: String(24 - HEADING),
    'text-anchor': 'start',
    'font-size': '16',
    'font-weight': '600',
    fill: '#222',
  })) {
    title.setAttribute(key, value);
  }
  title.textContent = heading;
  svg.append(title as unknown as Svg);
  const folder = resolve(process.env.LESSON_OUT ?? 'out');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `<?xml version="1.0" encoding="UTF-8"?>\n${svg.outerHTML}\n`);
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
