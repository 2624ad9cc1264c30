// Drawing points by hand: with a pointer, and with the keyboard.
import { catalog } from '../shared/catalog.js';
import { bounds, type DrawnPoint } from '../shared/settings.js';
import { byId, radio } from './dom.js';

/** How far an arrow key moves the cross, and how far with Shift. */
const STEP = 0.05;
const STRIDE = 0.2;
/** How far a dragged pointer must go for the next point. */
const APART = 0.06;

/** A place as it is stored and as the code shows it. */
const rounded = (value: number): number =>
  Math.round(Math.min(1, Math.max(-1, value)) * 1000) / 1000;

/** The editor of the points that are drawn by hand. */
export class PointEditor {
  private readonly canvas: HTMLCanvasElement;
  private readonly changed: (drawn: readonly DrawnPoint[]) => void;
  private readonly moved: () => void;
  private readonly kinds: HTMLInputElement[];
  private drawn: readonly DrawnPoint[] = [];
  private kind = 0;
  private active = false;
  /** Whether the keyboard is what draws: only then its cross is shown. */
  private byKeys = false;
  private place = { x: 0, y: 0 };
  private last: { x: number; y: number } | null = null;

  /** `changed` is called with all points, `moved` when only the cross has moved. */
  constructor(
    canvas: HTMLCanvasElement,
    changed: (drawn: readonly DrawnPoint[]) => void,
    moved: () => void,
  ) {
    this.canvas = canvas;
    this.changed = changed;
    this.moved = moved;
    this.kinds = catalog.drawn.kinds.map((name, kind) => {
      const { label, input } = radio('kind', String(kind), name);
      input.checked = kind === 0;
      input.onchange = () => this.choose(kind);
      byId('draw-kinds', HTMLDivElement).append(label);
      return input;
    });
    byId('undo', HTMLButtonElement).onclick = () => this.change(this.drawn.slice(0, -1));
    byId('clear-points', HTMLButtonElement).onclick = () => this.change([]);
    canvas.addEventListener('pointerdown', (event) => this.begin(event));
    canvas.addEventListener('pointermove', (event) => this.drag(event));
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => {
        this.last = null;
      });
    }
    canvas.addEventListener('keydown', (event) => this.press(event));
    canvas.addEventListener('focus', () => {
      this.byKeys = canvas.matches(':focus-visible');
      moved();
    });
    canvas.addEventListener('blur', moved);
  }

  /** Shows the tools, or takes them away. */
  show(active: boolean, drawn: readonly DrawnPoint[]): void {
    this.active = active;
    this.drawn = drawn;
    byId('draw-tools', HTMLDivElement).hidden = !active;
    const { canvas } = this;
    canvas.classList.toggle('drawable', active);
    canvas.style.touchAction = active ? 'none' : 'auto';
    canvas.setAttribute('role', active ? 'application' : 'img');
    if (active) {
      canvas.tabIndex = 0;
      canvas.setAttribute('aria-describedby', 'draw-hint');
    } else {
      canvas.removeAttribute('tabindex');
      canvas.removeAttribute('aria-describedby');
    }
  }

  /** Where the keyboard would set a point; null where it would not. */
  get cross(): { x: number; y: number; kind: number } | null {
    const focused = this.active && this.byKeys && document.activeElement === this.canvas;
    return focused ? { ...this.place, kind: this.kind } : null;
  }

  private choose(kind: number): void {
    this.kind = kind;
    this.kinds[kind].checked = true;
    this.moved();
  }

  private change(drawn: readonly DrawnPoint[]): void {
    this.drawn = drawn;
    this.changed(drawn);
  }

  private set({ x, y }: { x: number; y: number }): void {
    if (this.drawn.length >= bounds.drawn.most) return;
    this.change([...this.drawn, { x: rounded(x), y: rounded(y), kind: this.kind }]);
  }

  private placeOf(event: PointerEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * 2 - 1,
      y: 1 - ((event.clientY - box.top) / box.height) * 2,
    };
  }

  private begin(event: PointerEvent): void {
    if (!this.active || event.button !== 0) return;
    this.byKeys = false;
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.placeOf(event);
    this.set(this.last);
  }

  private drag(event: PointerEvent): void {
    if (!this.active || this.last === null) return;
    const place = this.placeOf(event);
    if (Math.hypot(place.x - this.last.x, place.y - this.last.y) < APART) return;
    this.last = place;
    this.set(place);
  }

  private press(event: KeyboardEvent): void {
    if (!this.active || event.ctrlKey || event.metaKey || event.altKey) return;
    this.byKeys = true;
    const far = event.shiftKey ? STRIDE : STEP;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-far, 0],
      ArrowRight: [far, 0],
      ArrowUp: [0, far],
      ArrowDown: [0, -far],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      this.place = { x: rounded(this.place.x + move[0]), y: rounded(this.place.y + move[1]) };
      this.moved();
    } else if (event.key === 'Enter' || event.key === ' ') this.set(this.place);
    else if (event.key === 'Backspace') this.change(this.drawn.slice(0, -1));
    else if (['1', '2', '3'].includes(event.key)) this.choose(Number(event.key) - 1);
    else return;
    event.preventDefault();
  }
}
