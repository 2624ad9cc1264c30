// How far rounding carries a program: its outcome beside the same in float64, and beside that of inputs moved a little.
import { type DType, dtypes, isFloat } from '@dl/core';
import { defaults } from 'dl-conformance/compare';
import { type Machine, run } from './machine.js';
import { numberFrom, type Outcome, type Reading, type Scalar } from './outcome.js';
import { Prng } from './prng.js';
import { type Instruction, isDType, mapInstruction, type Program, type Value } from './program.js';

/** Beyond this share of a value, a small move of the inputs has led elsewhere: over a step, or past a tie. */
const elsewhere = 1e-2;

/** Numbers below this are as good as none where they are what is left of larger ones. */
const small = 2 ** -7;

/** A program whose literal tensors are moved by up to one rounding of their dtypes. */
function shaken(program: Program): Program {
  const rng = new Prng(program.instructions.length);
  const dtypeOf = ({ options }: Instruction): DType => {
    const d = options?.dtype;
    return d !== undefined && isDType(d) ? d.d : 'float32';
  };
  const instructions = program.instructions.map((i) => {
    const rounding = i.op === 'tensor' ? dtypes[dtypeOf(i)].rounding : undefined;
    if (rounding === undefined) return i;
    const move = (v: Value): Value =>
      typeof v === 'number' ? v * (1 + rounding * (2 * rng.next() - 1)) : v;
    return { ...i, args: mapInstruction({ ...i, options: {} }, move).args };
  });
  return { ...program, instructions };
}

/**
 * Moves what each step makes in float64 by what rounding to its own dtype may, up or down by chance, equal values alike:
 * they are rounded alike.
 */
function rounding(outcome: Outcome): (machine: Machine) => void {
  const rng = new Prng(Object.keys(outcome.registers).length + 1);
  const seen = new Map<unknown, number>();
  return (machine) => {
    for (const [name, x] of machine.named()) {
      // Once for what was made, and once for each change in place.
      if (seen.get(x.storage) === x.version) continue;
      seen.set(x.storage, x.version);
      const dtype = outcome.registers[name]?.dtype;
      const own = dtype === undefined || dtype === 'float64' ? undefined : dtypes[dtype].rounding;
      if (own === undefined || x.dtype !== 'float64') continue;
      const values = x.buffer as Float64Array;
      const factors = new Map<number, number>();
      for (let i = x.offset; i < x.offset + x.count && i < values.length; i++) {
        const v = values[i];
        const exact = machine.rounded.has(x.storage) ? Number.isInteger(v) : Math.fround(v) === v;
        if (exact || !Number.isFinite(v)) continue;
        const factor = factors.get(v) ?? 1 + own * (rng.next() < 0.5 ? -1 : 1);
        factors.set(v, factor);
        values[i] = v * factor;
      }
    }
  };
}

const distance = (a: Scalar, b: Scalar): number =>
  a === b ? 0 : Math.abs(numberFrom(a) - numberFrom(b));

/** Whether a result is rightly infinite: the same in float64 is too large for its dtype. */
const overflows = (v: Scalar, wide: Scalar, dtype: DType): boolean =>
  Math.abs(numberFrom(v)) === Infinity &&
  Math.sign(numberFrom(v)) === Math.sign(numberFrom(wide)) &&
  Math.abs(numberFrom(wide)) >
    (dtype === 'float64' ? Infinity : (dtypes[dtype].largest ?? Infinity));

function between(
  x: Reading,
  wide: Reading | undefined,
  moved: Reading | undefined,
): { noise?: number | null } {
  if (wide === undefined || wide.values.length !== x.values.length) return {};
  const { rtol, atol } = defaults[x.dtype];
  let largest = 0;
  let noisy = false;
  for (const [n, v] of x.values.entries()) {
    const w = wide.values[n];
    if (overflows(v, w, x.dtype)) continue;
    const size = Math.abs(numberFrom(w));
    const rounded = distance(v, w);
    if (v !== w && (!isFloat(x.dtype) || !Number.isFinite(rounded))) return { noise: null };
    const carried = distance(moved?.values[n] ?? w, w);
    const counted = carried <= elsewhere * Math.max(size, small) ? carried : 0;
    const far = Math.max(rounded, counted);
    largest = Math.max(largest, far);
    noisy ||= far > 0.25 * (atol + rtol * size);
  }
  return noisy ? { noise: largest } : {};
}

/** What a program gives on a device, with the noise of every register. */
export async function runWithNoise(program: Program, device: string): Promise<Outcome> {
  const outcome = await run(program, device);
  const wide = await run(program, device, true);
  const moved = await run(shaken(program), device, true, rounding(outcome));
  const registers: Record<string, Reading> = {};
  for (const [name, x] of Object.entries(outcome.registers)) {
    const w = wide.registers[name];
    const m = moved.registers[name];
    const grad =
      x.grad === undefined ? {} : { grad: { ...x.grad, ...between(x.grad, w?.grad, m?.grad) } };
    registers[name] = { ...x, ...between(x, w, m), ...grad };
  }
  return { ...outcome, registers };
}
