// Whether gradients are recorded, for users: noGrad, enableGrad, setGradEnabled and the look for anomalies.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { refuseLater, type Synchronous } from '../synchronous.js';
import { isRecording, lookForNaN, looksForNaN, setRecording } from './mode.js';

/** Whether gradients are being recorded (PyTorch: `torch.is_grad_enabled`). */
export const isGradEnabled = /*#__PURE__*/ callable('isGradEnabled', isRecording, [], {});

/**
 * Switches recording on or off and gives back what it was (PyTorch: `torch.set_grad_enabled`).
 *
 * @example const before = setGradEnabled(false);
 */
export const setGradEnabled = /*#__PURE__*/ callable(
  'setGradEnabled',
  setRecording,
  [/*#__PURE__*/ need('mode', kinds.boolean)],
  {},
);

/** Whether the backward pass looks for NaN (PyTorch: `torch.is_anomaly_enabled`). */
export const isAnomalyEnabled = /*#__PURE__*/ callable('isAnomalyEnabled', looksForNaN, [], {});

/**
 * Has the backward pass check every gradient for NaN, and name the operation, and where in the
 * program it was called, that brought the first one (PyTorch: `torch.autograd.set_detect_anomaly`).
 * Slow: for finding faults.
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

/** A function that runs another one, which must not be async. */
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
 * Runs `body` without recording gradients (PyTorch: `with torch.inference_mode()`). Here it does what
 * `noGrad` does: tensors cost nothing extra that a stricter mode could save.
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
