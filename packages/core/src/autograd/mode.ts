// Whether operators record themselves for differentiation.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { refuseLater, type Synchronous } from '../synchronous.js';

let recording = true;

/** Whether operators record themselves. */
export const isRecording = (): boolean => recording;

/** Switches recording on or off and gives back what it was. */
export function setRecording(on: boolean): boolean {
  const before = recording;
  recording = on;
  return before;
}

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

let anomaly = false;

/** Whether the backward pass looks for NaN (PyTorch: `torch.is_anomaly_enabled`). */
export const isAnomalyEnabled = /*#__PURE__*/ callable(
  'isAnomalyEnabled',
  (): boolean => anomaly,
  [],
  {},
);

/**
 * Has the backward pass check every gradient for NaN, and name the operation, and where in the
 * program it was called, that brought the first one (PyTorch: `torch.autograd.set_detect_anomaly`).
 * Slow: for finding faults.
 *
 * @example setDetectAnomaly(true);
 */
export const setDetectAnomaly = /*#__PURE__*/ callable(
  'setDetectAnomaly',
  (mode: boolean): void => {
    anomaly = mode;
  },
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

/** Runs a step of an operator without recording it: `noGrad` for a body that is known to do its work at once. */
export function unrecorded<T>(body: () => T): T {
  const before = recording;
  recording = false;
  try {
    return body();
  } finally {
    recording = before;
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
