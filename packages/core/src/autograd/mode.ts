// Grad mode: whether operators are recorded for differentiation, and whether the backward pass checks for NaN.
let recording = true;
let anomaly = false;

/** Whether operators are recorded. */
export const isRecording = (): boolean => recording;

/** Sets the grad mode and returns the previous one. */
export function setRecording(on: boolean): boolean {
  const before = recording;
  recording = on;
  return before;
}

/** Whether the backward pass checks for NaN. */
export const looksForNaN = (): boolean => anomaly;

/** Enables or disables the check for NaN. */
export function lookForNaN(on: boolean): void {
  anomaly = on;
}

/** Runs a step of an operator without recording: `noGrad` for a body that is known to be synchronous. */
export function unrecorded<T>(body: () => T): T {
  const before = recording;
  recording = false;
  try {
    return body();
  } finally {
    recording = before;
  }
}
