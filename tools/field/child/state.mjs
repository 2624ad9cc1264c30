// What one case could leave to the next one in the same process, as text that is compared.
import { info } from '@dl/backend-cpu';
import {
  getPrintOptions,
  getRngState,
  isAnomalyEnabled,
  isGradEnabled,
  setRngState,
} from '@dl/core';

const prototypes = [Object, Array, String, Number, Promise, Function, Uint8Array];

/** Switches of the library and of the process; work that is still under way counts too. */
export const stateOf = () =>
  JSON.stringify([
    isGradEnabled(),
    isAnomalyEnabled(),
    getPrintOptions(),
    info().active,
    process.env,
    process.cwd(),
    process.umask(),
    Object.getOwnPropertyNames(globalThis).length,
    prototypes.map((p) => Object.getOwnPropertyNames(p.prototype).length),
    process.getActiveResourcesInfo().sort(),
  ]);

const random = getRngState();

/** Each case draws the numbers that it would draw in a process of its own. */
export const reseed = () => setRngState(random);
