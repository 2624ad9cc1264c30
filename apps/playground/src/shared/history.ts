// The losses so far, no more of them than can be seen.

/** The losses at a step. */
export interface HistoryPoint {
  readonly step: number;
  readonly train: number;
  readonly test: number | null;
}

/** Points kept at most; then every second one goes. */
const MOST = 1200;

/**
 * The losses so far. When there are too many, every second one is left out, and new ones are taken
 * half as often: the curve keeps its ends and its shape.
 */
export class History {
  private points: HistoryPoint[] = [];
  /** Steps that lie between two points at least. */
  private gap = 0;

  /** Adds a point; one for a step that is there already replaces it. */
  add(point: HistoryPoint): void {
    const { points } = this;
    // The last point is always the newest one, and stays only if it is far enough from its neighbor.
    const [before, last] = points.slice(-2);
    if (last !== undefined && (last.step >= point.step || last.step - before.step < this.gap)) {
      points.pop();
    } else if (points.length === 1 && before.step >= point.step) points.pop();
    points.push(point);
    if (points.length <= MOST) return;
    this.points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
    this.gap = (2 * (point.step - this.points[0].step)) / MOST;
  }

  clear(): void {
    this.points = [];
    this.gap = 0;
  }

  get all(): readonly HistoryPoint[] {
    return this.points;
  }
}
