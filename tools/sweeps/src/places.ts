// The places that points are made around, collected anew from the sources.
import { definitionConstants, kernelConstants } from './constants.js';
import { crossings } from './crossings.js';
import type { Swept } from './functions.js';
import type { Places } from './points.js';

/** Constants of a function: of its definition and, for one operand, of every kernel. */
function constantsOf(f: Swept): number[] {
  const own = f.operator === null ? [] : definitionConstants(f.operator);
  return [...new Set([...own, ...(f.arity === 1 ? kernelConstants() : [])])].sort((a, b) => a - b);
}

/** All of a function's places, for new references. */
export function placesOf(f: Swept): Places {
  const constants = constantsOf(f);
  return { constants, crossings: f.arity === 1 ? crossings(f, kernelConstants()) : [] };
}
