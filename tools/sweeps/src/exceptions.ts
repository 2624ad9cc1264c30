// Errors beyond the limits: known faults, and what is accepted with a reason. Both lists are lines of one form.
import { accepted } from './accepted.js';
import type { Cause } from './cause.js';
import { faults } from './faults.js';
import { type FloatType, formats } from './floats.js';

/** One line of a cause. */
export interface Exception {
  readonly of: string;
  readonly pass: string;
  readonly on: readonly string[];
  /** The first operand lies between these, or is NaN. */
  readonly from: number;
  readonly to: number;
  /** The largest error, Infinity for a result of another kind, and how many points of one runner may have it. */
  readonly limits: { readonly [T in FloatType]?: readonly [ulp: number, points: number] };
  /** A fault must show on each runner and dtype that it names. */
  readonly fault: boolean;
  readonly why: string;
}

const addon = ['addon:avx512', 'addon:avx2', 'addon:portable'];
const host = ['plain', ...addon, 'cuda'];
const groups: { readonly [name: string]: readonly string[] } = {
  addon,
  host,
  every: [...host, 'webgpu'],
};

const isFloatType = (text: string): text is FloatType => Object.hasOwn(formats, text);

function numberIn(text: string, line: string): number {
  const x = Number(text);
  if (text === '' || Number.isNaN(x)) throw new Error(`'${text}' is not a number in: ${line}`);
  return x;
}

/** Reads one line. */
export function exceptionOf(line: string, why: string, fault: boolean): Exception {
  const [of = '', pass = '', runners = '', range = '', limits = ''] = line.split(' | ');
  const [from = '', to = ''] = range.split('..');
  const on = runners.split(' ').flatMap((name) => groups[name] ?? [name]);
  const unknown = on.filter((name) => !groups.every?.includes(name));
  if (unknown.length > 0) throw new Error(`there is no runner '${unknown[0]}' in: ${line}`);
  const parsed = limits.split(', ').map((limit) => {
    const [dtype = '', ulp = '', points = ''] = limit.split(' ');
    if (!isFloatType(dtype)) throw new Error(`'${dtype}' is no floating-point dtype in: ${line}`);
    return [dtype, [numberIn(ulp, line), numberIn(points, line)]] as const;
  });
  return {
    of,
    pass,
    on,
    from: numberIn(from, line),
    to: numberIn(to, line),
    limits: Object.fromEntries(parsed),
    fault,
    why,
  };
}

const read = (causes: readonly Cause[], fault: boolean): Exception[] =>
  causes.flatMap(({ why, cases }) => cases.map((line) => exceptionOf(line, why, fault)));

export const exceptions: readonly Exception[] = [...read(faults, true), ...read(accepted, false)];
