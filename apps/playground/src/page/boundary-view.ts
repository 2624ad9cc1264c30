// The picture of the classes: what the network answers at each place, and the points over it.
import { catalog } from '../shared/catalog.js';
import type { PlainPoints, Snapshot } from '../shared/messages.js';
import type { DataKind } from '../shared/settings.js';
import { drawSign, prepare, type Surface } from './canvas.js';
import type { Theme } from './theme.js';

/** What the picture shows. */
export interface BoundaryState {
  readonly data: DataKind;
  readonly train: PlainPoints | null;
  readonly test: PlainPoints | null;
  readonly snapshot: Snapshot | null;
  /** Where the cross for the keyboard stands, from -1 to 1; null where nothing can be drawn. */
  readonly cross: { readonly x: number; readonly y: number; readonly kind: number } | null;
}

/** Draws the picture. */
export class BoundaryView {
  private readonly canvas: HTMLCanvasElement;
  /** The answers, one pixel for each place; the canvas smooths them when it is stretched. */
  private readonly answers = document.createElement('canvas');

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  draw(state: BoundaryState, theme: Theme): void {
    const surface = prepare(this.canvas);
    if (surface.width === 0) return;
    if (state.snapshot !== null) this.drawAnswers(state.snapshot, surface, theme);
    const { reach } = catalog[state.data];
    if (state.test !== null) drawPoints(state.test, reach, surface, theme, true);
    if (state.train !== null) drawPoints(state.train, reach, surface, theme, false);
    if (state.cross !== null) drawCross(state.cross, surface, theme);
  }

  private drawAnswers(snapshot: Snapshot, surface: Surface, theme: Theme): void {
    const { side, classes, boundary } = snapshot;
    const { answers } = this;
    answers.width = side;
    answers.height = side;
    const context = answers.getContext('2d') as CanvasRenderingContext2D;
    const image = context.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      paint(image.data, i, boundary.subarray(i * classes, (i + 1) * classes), theme);
    }
    context.putImageData(image, 0, 0);
    surface.context.imageSmoothingEnabled = true;
    surface.context.imageSmoothingQuality = 'high';
    surface.context.drawImage(answers, 0, 0, surface.width, surface.height);
  }
}

/** The likeliest class's color over the ground, the stronger the surer; the ground where it is a tie. */
function paint(
  pixels: Uint8ClampedArray,
  at: number,
  shares: Uint8ClampedArray,
  theme: Theme,
): void {
  let best = 0;
  for (let k = 1; k < shares.length; k++) if (shares[k] > shares[best]) best = k;
  const chance = 1 / shares.length;
  const sureness = Math.max(0, (shares[best] / 255 - chance) / (1 - chance));
  const strength = 0.08 + 0.47 * sureness;
  for (let c = 0; c < 3; c++) {
    const [ground, color] = [theme.groundRgb[c], theme.classesRgb[best][c]];
    pixels[4 * at + c] = ground + (color - ground) * strength;
  }
  pixels[4 * at + 3] = 255;
}

function drawPoints(
  points: PlainPoints,
  reach: number,
  { context, width, height }: Surface,
  theme: Theme,
  open: boolean,
): void {
  const size = points.kinds.length > 300 ? 2.6 : 3.6;
  points.kinds.forEach((kind, i) => {
    const x = ((points.places[2 * i] / reach + 1) / 2) * width;
    const y = ((1 - points.places[2 * i + 1] / reach) / 2) * height;
    drawSign(context, kind, x, y, size);
    context.lineWidth = open ? 1.6 : 1;
    context.fillStyle = open ? theme.panel : theme.classes[kind];
    context.strokeStyle = open ? theme.classes[kind] : theme.panel;
    context.fill();
    context.stroke();
  });
}

function drawCross(
  { x, y, kind }: { x: number; y: number; kind: number },
  { context, width, height }: Surface,
  theme: Theme,
): void {
  const [cx, cy] = [((x + 1) / 2) * width, ((1 - y) / 2) * height];
  context.strokeStyle = theme.text;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [dx, dy] of [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ]) {
    context.moveTo(cx + dx * 6, cy + dy * 6);
    context.lineTo(cx + dx * 14, cy + dy * 14);
  }
  context.stroke();
  drawSign(context, kind, cx, cy, 3.6);
  context.fillStyle = theme.classes[kind];
  context.fill();
}
