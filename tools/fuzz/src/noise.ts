// How far rounding carries a program: its outcome beside the same in float64.
import { isFloat } from '@dl/core';
import { defaults } from 'dl-conformance/compare';
import { numberFrom, type Outcome, type Reading } from './outcome.js';

function between(x: Reading, wide: Reading | undefined): { noise?: number | null } {
  if (wide === undefined || wide.values.length !== x.values.length) return {};
  const { rtol, atol } = defaults[x.dtype];
  let largest = 0;
  let noisy = false;
  for (const [n, v] of x.values.entries()) {
    const w = wide.values[n] ?? 'nan';
    if (v === w) continue;
    const distance = Math.abs(numberFrom(v) - numberFrom(w));
    if (!isFloat(x.dtype) || !Number.isFinite(distance)) return { noise: null };
    largest = Math.max(largest, distance);
    noisy ||= distance > 0.25 * (atol + rtol * Math.abs(numberFrom(w)));
  }
  return noisy ? { noise: largest } : {};
}

/** The outcome with the noise of every register. */
export function withNoise(outcome: Outcome, wide: Outcome): Outcome {
  const registers: Record<string, Reading> = {};
  for (const [name, x] of Object.entries(outcome.registers)) {
    const w = wide.registers[name];
    const grad = x.grad === undefined ? {} : { grad: { ...x.grad, ...between(x.grad, w?.grad) } };
    registers[name] = { ...x, ...between(x, w), ...grad };
  }
  return { ...outcome, registers };
}
