// The drawing of the network: units as pictures of what they answer, edges as weights or gradients.
import type { LayerSnapshot, Snapshot } from '../shared/messages.js';
import { prepare, type Surface } from './canvas.js';
import type { Rgb, Theme } from './theme.js';

/** What the edges show. */
export type Edges = 'weights' | 'gradients';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Draws the network. */
export class NetworkView {
  private readonly canvas: HTMLCanvasElement;
  private readonly unit = document.createElement('canvas');

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  draw(snapshot: Snapshot, edges: Edges, names: readonly string[], theme: Theme): void {
    const surface = prepare(this.canvas);
    if (surface.width === 0) return;
    const { layers, units } = snapshot;
    const sizes = [2, ...layers.map(({ outputs }) => outputs)];
    const places = sizes.map((size, i) => column(size, i / (sizes.length - 1), surface));
    layers.forEach((layer, i) => {
      drawEdges(surface.context, layer, edges, places[i], places[i + 1], theme);
    });
    for (const [i, place] of places[0].entries()) this.drawInput(surface, i, place, theme);
    units.forEach((maps, layer) => {
      const count = snapshot.unitSide ** 2;
      for (const [i, place] of places[layer + 1].entries()) {
        const map = maps.subarray(i * count, (i + 1) * count);
        this.drawMap(surface, map, snapshot.unitSide, place, theme);
      }
    });
    for (const [i, place] of places[sizes.length - 1].entries()) {
      this.drawOutput(surface, snapshot, i, place, theme);
    }
    label(surface, names, theme, places[sizes.length - 1]);
  }

  private drawInput(surface: Surface, axis: number, place: Place, theme: Theme): void {
    const side = 12;
    const map = Uint8ClampedArray.from({ length: side * side }, (_, i) => {
      const at = axis === 0 ? i % side : side - 1 - Math.floor(i / side);
      return (at / (side - 1)) * 255;
    });
    this.drawMap(surface, map, side, place, theme);
    surface.context.fillStyle = theme.quiet;
    surface.context.textAlign = 'right';
    surface.context.textBaseline = 'middle';
    surface.context.fillText(axis === 0 ? 'x₁' : 'x₂', place.x - place.size / 2 - 5, place.y);
  }

  /** A hidden unit: from the first class's color (lowest answer) to the second's (highest). */
  private drawMap(
    surface: Surface,
    map: Uint8ClampedArray,
    side: number,
    place: Place,
    theme: Theme,
  ): void {
    const [low, high] = theme.classesRgb;
    this.drawSquare(surface, side, place, theme, (i) => {
      const share = map[i] / 127.5 - 1;
      return mix(theme.groundRgb, share < 0 ? low : high, 0.85 * Math.abs(share));
    });
  }

  private drawOutput(
    surface: Surface,
    snapshot: Snapshot,
    kind: number,
    place: Place,
    theme: Theme,
  ): void {
    const { boundary, classes, side } = snapshot;
    this.drawSquare(surface, side, place, theme, (i) =>
      mix(theme.groundRgb, theme.classesRgb[kind], (0.85 * boundary[i * classes + kind]) / 255),
    );
  }

  private drawSquare(
    { context }: Surface,
    side: number,
    { x, y, size }: Place,
    theme: Theme,
    color: (at: number) => Rgb,
  ): void {
    const { unit } = this;
    unit.width = side;
    unit.height = side;
    const own = unit.getContext('2d') as CanvasRenderingContext2D;
    const image = own.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      image.data.set(color(i), 4 * i);
      image.data[4 * i + 3] = 255;
    }
    own.putImageData(image, 0, 0);
    const [left, top] = [x - size / 2, y - size / 2];
    context.drawImage(unit, left, top, size, size);
    context.strokeStyle = theme.quiet;
    context.lineWidth = 1;
    context.strokeRect(left, top, size, size);
  }
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** Where the units of a layer stand; `at` is from 0, the left, to 1. */
function column(count: number, at: number, { width, height }: Surface): Place[] {
  const most = width < 420 ? 26 : 34;
  const gap = Math.min((height - 12) / count, most + 10);
  const size = Math.max(4, Math.min(most, gap - (gap > 14 ? 6 : 2)));
  const [left, right] = [most / 2 + 22, width - most / 2 - Math.min(76, width * 0.18)];
  const top = (height - gap * (count - 1)) / 2;
  const x = left + at * (right - left);
  return Array.from({ length: count }, (_, i) => ({ x, y: top + i * gap, size }));
}

function drawEdges(
  context: CanvasRenderingContext2D,
  layer: LayerSnapshot,
  edges: Edges,
  from: readonly Place[],
  to: readonly Place[],
  theme: Theme,
): void {
  const values = edges === 'weights' ? layer.weight : layer.weightGrad;
  // Weights are shown as they are. Gradients shrink as the training goes on: against their largest.
  const largest = values?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0;
  const scale = edges === 'weights' ? 0.5 : 1 / largest;
  for (let o = 0; o < layer.outputs; o++) {
    for (let i = 0; i < layer.inputs; i++) {
      const value = values === null || largest === 0 ? 0 : values[o * layer.inputs + i];
      const strength = Math.min(1, Math.abs(value) * scale);
      const [a, b] = [from[i], to[o]];
      const [x0, x1] = [a.x + a.size / 2, b.x - b.size / 2];
      const middle = (x0 + x1) / 2;
      context.beginPath();
      context.moveTo(x0, a.y);
      context.bezierCurveTo(middle, a.y, middle, b.y, x1, b.y);
      context.strokeStyle = value === 0 ? theme.line : theme.classes[value < 0 ? 0 : 1];
      context.globalAlpha = 0.15 + 0.75 * strength;
      context.lineWidth = 0.5 + 3.5 * strength;
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function label(
  { context, width }: Surface,
  names: readonly string[],
  theme: Theme,
  places: readonly Place[],
): void {
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = theme.quiet;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  places.forEach(({ x, y, size }, i) => {
    const left = x + size / 2 + 6;
    context.fillText(names[i] ?? '', left, y, width - left);
  });
}
