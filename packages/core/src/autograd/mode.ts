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

let anomaly = false;

/** Whether the backward pass looks for NaN (PyTorch: `torch.is_anomaly_enabled`). */
export const isAnomalyEnabled = (): boolean => anomaly;

/**
 * Has the backward pass check every gradient for NaN, and name the operation, and where in the
 * program it was called, that brought the first one (PyTorch: `torch.autograd.set_detect_anomaly`).
 * Slow: for finding faults.
 *
 * @example setDetectAnomaly(true);
 */
export function setDetectAnomaly(on: boolean): void {
  anomaly = on;
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

/**
 * Runs `body` without recording gradients (PyTorch: `with torch.inference_mode()`). Here it does what
 * `noGrad` does: tensors cost nothing extra that a stricter mode could save.
 *
 * @example const y = inferenceMode(() => model.forward(x));
 */
export const inferenceMode = <T>(body: () => T): T => within(false, body);

/** Runs `body` recording gradients, inside `noGrad` too (PyTorch: `with torch.enable_grad()`). */
export const enableGrad = <T>(body: () => T): T => within(true, body);
