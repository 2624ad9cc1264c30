// Checks whether the arrays behind views still have their memory.
import { DeviceError } from '../../errors.js';
import type { View } from '../contract.js';

interface Sized {
  readonly length: number;
}

/** The message for a tensor whose array was detached. */
export const goneMemory =
  'the memory of a tensor was detached: its ArrayBuffer was transferred, as by toTransferable(x) or postMessage(…, [buffer]), or resized; clone() the tensor before';

function check(x: View): void {
  const { length } = x.buffer as Sized;
  let end = x.offset + x.count;
  if (end <= length || x.count === 0) return;
  if (!x.dense) {
    // Repeated elements are counted more than once.
    end = x.offset + 1;
    for (let d = 0; d < x.shape.length; d++) {
      const reach = (x.shape[d] - 1) * x.strides[d];
      if (reach > 0) end += reach;
    }
    if (end <= length) return;
  }
  throw new DeviceError(`cpu: ${goneMemory}`);
}

/**
 * Throws for views that reach beyond their array: reading there would return `undefined`, which counts as NaN, and
 * writing would do nothing.
 */
export function checkHeld(views: readonly View[]): void {
  for (let i = 0; i < views.length; i++) check(views[i]);
}
