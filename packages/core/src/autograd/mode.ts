// Whether operators record themselves for differentiation.

let recording = true;

/** Whether gradients are being recorded (PyTorch: `torch.is_grad_enabled`). */
export const isGradEnabled = (): boolean => recording;

/** Switches recording on or off and gives back what it was. */
export function setGradEnabled(on: boolean): boolean {
  const before = recording;
  recording = on;
  return before;
}

function within<T>(on: boolean, body: () => T): T {
  const before = setGradEnabled(on);
  let leaveOpen = false;
  try {
    const result = body();
    if (result instanceof Promise) {
      // The switch is global: it may only be turned back once the body is through.
      leaveOpen = true;
      return result.finally(() => setGradEnabled(before)) as T;
    }
    return result;
  } finally {
    if (!leaveOpen) setGradEnabled(before);
  }
}

/**
 * Runs `body` without recording gradients (PyTorch: `with torch.no_grad()`).
 *
 * @example noGrad(() => w.sub_(w.grad!.mul(0.1)));
 */
export const noGrad = <T>(body: () => T): T => within(false, body);

/** Runs `body` recording gradients, inside `noGrad` too (PyTorch: `with torch.enable_grad()`). */
export const enableGrad = <T>(body: () => T): T => within(true, body);
