// What the terminal shows: a progress bar, and digits drawn with half blocks.
import { SIDE } from './mnist.js';

/** Where lines go; the parts of `process.stdout` that are used. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns to draw in, where the terminal does not say. */
const COLUMNS = 80;

/**
 * Prints lines, and below them on a terminal a bar that is drawn over and over. Elsewhere (files,
 * pipes) the bar does not exist, and no control character is written.
 */
export class Screen {
  private readonly output: Output;
  private bar = '';
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.output = output;
  }

  /** How many characters fit side by side. */
  get columns(): number {
    return this.output.columns || COLUMNS;
  }

  /** Prints text that stays. */
  line(text = ''): void {
    this.clear();
    this.output.write(`${text}\n`);
  }

  /** Shows how far things are, at most ten times a second. */
  progress(label: string, done: number, total: number, note: string): void {
    if (this.output.isTTY !== true) return;
    const now = performance.now();
    if (now - this.drawnAt < 100 && done < total) return;
    this.drawnAt = now;
    const share = total === 0 ? 1 : done / total;
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    const tail = ` ${percent} % ${note}`;
    const width = Math.max(0, Math.min(30, this.columns - label.length - tail.length - 2));
    const full = Math.round(share * width);
    this.bar = `${label} ${'█'.repeat(full)}${'░'.repeat(width - full)}${tail}`;
    this.output.write(`\r\u001b[K${this.bar.slice(0, this.columns - 1)}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.bar !== '') this.output.write('\r\u001b[K');
    this.bar = '';
  }
}

// From this gray value on a pixel is ink.
const INK = 96;
// Digits are scaled to fit into 20 x 20 pixels, somewhere in their 28 x 28.
const BOX = 20;

/** A digit as ten lines of twenty characters, each of which shows two pixels. */
export function drawDigit(pixels: Uint8Array): string[] {
  let [top, bottom, left, right] = [SIDE, -1, SIDE, -1];
  pixels.forEach((value, i) => {
    if (value < INK) return;
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  // The window of twenty pixels around the middle of the ink.
  const start = (low: number, high: number): number =>
    Math.max(0, Math.min(SIDE - BOX, Math.round((low + high + 1 - BOX) / 2)));
  const [y0, x0] = bottom < 0 ? [4, 4] : [start(top, bottom), start(left, right)];
  const ink = (y: number, x: number): boolean => pixels[y * SIDE + x] >= INK;
  return Array.from({ length: BOX / 2 }, (_, row) => {
    let line = '';
    for (let x = x0; x < x0 + BOX; x++) {
      const upper = ink(y0 + 2 * row, x);
      const lower = ink(y0 + 2 * row + 1, x);
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    return line;
  });
}

/** Digits with a caption below each, as many side by side as the columns hold. */
export function drawDigits(
  digits: readonly { readonly pixels: Uint8Array; readonly caption: string }[],
  columns: number,
): string[] {
  const gap = 4;
  const fit = Math.max(1, Math.floor((columns + gap) / (BOX + gap)));
  const lines: string[] = [];
  for (let first = 0; first < digits.length; first += fit) {
    const group = digits.slice(first, first + fit);
    const pictures = group.map(({ pixels }) => drawDigit(pixels));
    const join = (parts: readonly string[]): string =>
      parts
        .map((part) => part.padEnd(BOX))
        .join(' '.repeat(gap))
        .trimEnd();
    for (let row = 0; row < BOX / 2; row++) lines.push(join(pictures.map((p) => p[row])));
    lines.push(join(group.map(({ caption }) => caption)), '');
  }
  return lines;
}
