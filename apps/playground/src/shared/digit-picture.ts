// From a drawing to a picture as the digits network knows them: MNIST's size and place.
import { DIGIT_SIDE } from './messages.js';

/** MNIST's digits fill a box of this size, and stand with their center of mass in the middle. */
const BOX = 20;

/**
 * A drawing as 28 x 28 gray values, 0 is paper and 255 is ink: cut out, scaled into a box of 20 x 20
 * and moved so that its center of mass is in the middle, as the pictures of MNIST were made.
 *
 * @param ink how much of each of the drawing's `side * side` pixels is ink, from 0 to 255.
 * @returns null if nothing is drawn.
 */
export function digitPicture(ink: Uint8Array | Uint8ClampedArray, side: number): Uint8Array | null {
  const cut = boundsOf(ink, side);
  if (cut === null) return null;
  const size = Math.max(cut.right - cut.left, cut.bottom - cut.top);
  const scale = BOX / size;
  const center = massOf(ink, side, cut);
  const out = new Uint8Array(DIGIT_SIDE * DIGIT_SIDE);
  for (let row = 0; row < DIGIT_SIDE; row++) {
    for (let column = 0; column < DIGIT_SIDE; column++) {
      const left = (column - DIGIT_SIDE / 2) / scale + center.x;
      const top = (row - DIGIT_SIDE / 2) / scale + center.y;
      out[row * DIGIT_SIDE + column] = Math.round(meanOf(ink, side, left, top, 1 / scale));
    }
  }
  return out;
}

interface Cut {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest rectangle with all ink in it. */
function boundsOf(ink: ArrayLike<number>, side: number): Cut | null {
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x] < 32) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom } : null;
}

function massOf(ink: ArrayLike<number>, side: number, cut: Cut): { x: number; y: number } {
  let [sum, sx, sy] = [0, 0, 0];
  for (let y = cut.top; y < cut.bottom; y++) {
    for (let x = cut.left; x < cut.right; x++) {
      const value = ink[y * side + x];
      sum += value;
      sx += value * (x + 0.5);
      sy += value * (y + 0.5);
    }
  }
  return { x: sx / sum, y: sy / sum };
}

/** The mean ink of a square, parts of pixels counted as parts; outside of the drawing is paper. */
function meanOf(
  ink: ArrayLike<number>,
  side: number,
  left: number,
  top: number,
  size: number,
): number {
  let sum = 0;
  const [right, bottom] = [left + size, top + size];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(side, bottom); y++) {
    const high = Math.min(y + 1, bottom) - Math.max(y, top);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(side, right); x++) {
      sum += ink[y * side + x] * high * (Math.min(x + 1, right) - Math.max(x, left));
    }
  }
  return sum / (size * size);
}
