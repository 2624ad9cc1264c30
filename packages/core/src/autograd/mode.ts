// Whether operators record themselves for differentiation, and whether the backward pass looks for NaN.
let recording = true;
let anomaly = false;

/** Whether operators record themselves. */
export const isRecording = (): boolean => recording;

/** Switches recording on or off and returns what it was. */
export function setRecording(on: boolean): boolean {
  const before = recording;
  recording = on;
  return before;
}

/** Whether the backward pass looks for NaN. */
export const looksForNaN = (): boolean => anomaly;

/** Switches the look for NaN on or off. */
export function lookForNaN(on: boolean): void {
  anomaly = on;
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
