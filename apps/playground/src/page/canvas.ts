// Canvases that are as sharp as the screen and follow their size.

/** A canvas ready to be drawn on, in CSS pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Gives a canvas the screen's resolution, and clears it. */
export function prepare(canvas: HTMLCanvasElement): Surface {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser cannot draw on a canvas.');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Calls back when a canvas has got another size. */
export function onResize(canvas: HTMLCanvasElement, resized: () => void): void {
  new ResizeObserver(resized).observe(canvas);
}

/** The sign of a class: a disc, a square or a triangle, so that color is not all that tells them apart. */
export function drawSign(
  context: CanvasRenderingContext2D,
  kind: number,
  x: number,
  y: number,
  size: number,
): void {
  context.beginPath();
  if (kind === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind === 1) context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  else {
    context.moveTo(x, y - size * 1.2);
    context.lineTo(x + size * 1.15, y + size * 0.9);
    context.lineTo(x - size * 1.15, y + size * 0.9);
    context.closePath();
  }
}
