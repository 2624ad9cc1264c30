// The field in which a digit is drawn: strokes of a pointer, and a pen moved by the keyboard.
import { prepare } from './canvas.js';
import type { Theme } from './theme.js';

/** The drawing's own pixels, whatever the screen's are. */
export const PAD_SIDE = 140;
/** The pen's width: MNIST's strokes are about two of the picture's 20 pixels wide. */
const PEN = 12;
/** How far an arrow key moves the pen, and how far with Shift. */
const STEP = 5;
const STRIDE = 15;

interface Place {
  x: number;
  y: number;
}

/** The drawing field. */
export class DigitPad {
  private readonly canvas: HTMLCanvasElement;
  /** What is drawn, black on nothing. */
  private readonly drawing = document.createElement('canvas');
  private readonly changed: () => void;
  private last: Place | null = null;
  /** The pen of the keyboard. */
  private readonly pen: Place & { down: boolean } = {
    x: PAD_SIDE / 2,
    y: PAD_SIDE / 4,
    down: false,
  };
  private theme: Theme;
  /** Whether the keyboard is what draws: only then its pen is shown. */
  private byKeys = false;

  constructor(canvas: HTMLCanvasElement, theme: Theme, changed: () => void) {
    this.canvas = canvas;
    this.theme = theme;
    this.changed = changed;
    this.drawing.width = PAD_SIDE;
    this.drawing.height = PAD_SIDE;
    // Here and not in the page: without this program there is nothing to operate.
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.addEventListener('pointerdown', (event) => {
      this.byKeys = false;
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.stroke(this.placeOf(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.last === null) return;
      const parts = event.getCoalescedEvents?.() ?? [];
      for (const part of parts.length > 0 ? parts : [event]) this.stroke(this.placeOf(part));
    });
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => {
        this.last = null;
      });
    }
    canvas.addEventListener('keydown', (event) => this.press(event));
    canvas.addEventListener('focus', () => {
      this.byKeys = canvas.matches(':focus-visible');
      this.draw();
    });
    canvas.addEventListener('blur', () => {
      this.pen.down = false;
      this.draw();
    });
  }

  /** Draws the field anew, with other colors if they are given. */
  draw(theme: Theme = this.theme): void {
    this.theme = theme;
    const { context, width, height } = prepare(this.canvas);
    if (width === 0) return;
    context.drawImage(this.drawing, 0, 0, width, height);
    // The drawing is black; on dark ground it takes the ink's color.
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = theme.ink;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = 'source-over';
    if (!this.byKeys || document.activeElement !== this.canvas) return;
    const scale = width / PAD_SIDE;
    context.beginPath();
    context.arc(this.pen.x * scale, this.pen.y * scale, (PEN / 2) * scale, 0, 2 * Math.PI);
    context.strokeStyle = theme.accent;
    context.lineWidth = this.pen.down ? 4 : 2;
    context.stroke();
  }

  clear(): void {
    this.context().clearRect(0, 0, PAD_SIDE, PAD_SIDE);
    this.draw();
    this.changed();
  }

  /** How much of each pixel is ink, from 0 to 255. */
  ink(): Uint8ClampedArray {
    const { data } = this.context().getImageData(0, 0, PAD_SIDE, PAD_SIDE);
    return Uint8ClampedArray.from({ length: PAD_SIDE * PAD_SIDE }, (_, i) => data[4 * i + 3]);
  }

  /** Whether the keyboard's pen is lowered. */
  get penDown(): boolean {
    return this.pen.down;
  }

  private context(): CanvasRenderingContext2D {
    const context = this.drawing.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('This browser cannot draw on a canvas.');
    return context;
  }

  private placeOf(event: PointerEvent): Place {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * PAD_SIDE,
      y: ((event.clientY - box.top) / box.height) * PAD_SIDE,
    };
  }

  private stroke(to: Place): void {
    const from = this.last ?? to;
    this.last = to;
    this.line(from, to);
  }

  private line(from: Place, to: Place): void {
    const context = this.context();
    context.lineWidth = PEN;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.draw();
    this.changed();
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? STRIDE : STEP;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-far, 0],
      ArrowRight: [far, 0],
      ArrowUp: [0, -far],
      ArrowDown: [0, far],
    };
    const move = moves[event.key];
    const { pen } = this;
    if (move !== undefined) {
      const from = { x: pen.x, y: pen.y };
      const inside = (value: number): number => Math.min(PAD_SIDE, Math.max(0, value));
      [pen.x, pen.y] = [inside(pen.x + move[0]), inside(pen.y + move[1])];
      if (pen.down) this.line(from, pen);
    } else if (event.key === ' ') {
      pen.down = !pen.down;
      if (pen.down) this.line(pen, pen);
    } else if (event.key === 'Delete') this.clear();
    else return;
    event.preventDefault();
    this.byKeys = true;
    this.draw();
  }
}
