// The tolerances of comparisons.
import { ValueError } from '../errors.js';

/** Refuses negative tolerances. */
export function checkTolerances(operator: string, options: { rtol?: number; atol?: number }): void {
  for (const [name, value] of Object.entries({ rtol: options.rtol, atol: options.atol })) {
    if (value !== undefined && !(value >= 0)) {
      throw new ValueError(`${operator}: ${name} must not be negative, got ${value}`);
    }
  }
}
