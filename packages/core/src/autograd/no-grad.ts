// Grad mode for users: noGrad, enableGrad, setGradEnabled and anomaly detection.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { refuseLater, type Synchronous } from '../synchronous.js';
import { isRecording, lookForNaN, looksForNaN, setRecording } from './mode.js';

/** Whether gradients are being recorded (PyTorch: `torch.is_grad_enabled`). */
export const isGradEnabled = /*#__PURE__*/ callable('isGradEnabled', isRecording, [], {});

/**
 * Enables or disables recording and returns the previous setting (PyTorch: `torch.set_grad_enabled`).
 *
 * @example const before = setGradEnabled(false);
 */
export const setGradEnabled = /*#__PURE__*/ callable(
  'setGradEnabled',
  setRecording,
  [/*#__PURE__*/ need('mode', kinds.boolean)],
  {},
);

/** Whether anomaly detection is enabled (PyTorch: `torch.is_anomaly_enabled`). */
export const isAnomalyEnabled = /*#__PURE__*/ callable('isAnomalyEnabled', looksForNaN, [], {});

/**
 * Makes the backward pass check every gradient for NaN. The error names the first operation that produced one and where
 * the program called it (PyTorch: `torch.autograd.set_detect_anomaly`). Slow: use it for debugging only.
 *
 * @example setDetectAnomaly(true);
 */
export const setDetectAnomaly = /*#__PURE__*/ callable(
  'setDetectAnomaly',
  lookForNaN,
  [/*#__PURE__*/ need('mode', kinds.boolean)],
  {},
);

function within<T>(name: string, on: boolean, body: () => T): T {
  const before = setRecording(on);
  try {
    const result = body();
    refuseLater(name, result);
    return result;
  } finally {
    setRecording(before);
  }
}

const bodyPlace = [/*#__PURE__*/ need('body', kinds.callback)] as const;

/** A function that calls another one, which must not be async. */
type Runner = <T>(body: Synchronous<T>) => T;

/**
 * Runs `body` without recording gradients (PyTorch: `with torch.no_grad()`).
 *
 * @throws AutogradError if the body returns a promise or a generator.
 * @example noGrad(() => w.sub_(w.grad!.mul(0.1)));
 */
export const noGrad = /*#__PURE__*/ callable(
  'noGrad',
  (body: () => unknown) => within('noGrad', false, body),
  bodyPlace,
  {},
) as Runner;

/**
 * Runs `body` without recording gradients (PyTorch: `with torch.inference_mode()`). It is the same as `noGrad`: there
 * is no overhead here that a stricter mode could remove.
 *
 * @throws AutogradError if the body returns a promise or a generator.
 * @example const y = inferenceMode(() => model.forward(x));
 */
export const inferenceMode = /*#__PURE__*/ callable(
  'inferenceMode',
  (body: () => unknown) => within('inferenceMode', false, body),
  bodyPlace,
  {},
) as Runner;

/**
 * Runs `body` recording gradients, inside `noGrad` too (PyTorch: `with torch.enable_grad()`).
 *
 * @throws AutogradError if the body returns a promise or a generator.
 * @example noGrad(() => enableGrad(() => f(x)));
 */
export const enableGrad = /*#__PURE__*/ callable(
  'enableGrad',
  (body: () => unknown) => within('enableGrad', true, body),
  bodyPlace,
  {},
) as Runner;
