// Programs as data: what the generator writes, every judge runs, and the fixtures hold.
import type { DType } from '@dl/core';

/** What an earlier instruction gave; `k` picks one of several results. */
export interface Ref {
  readonly r: number;
  readonly k?: number;
}

/** A number that JSON does not have. */
export interface Special {
  readonly f: 'nan' | 'inf' | '-inf' | '-0';
}

/** The name of a dtype, which PyTorch does not write as a string. */
export interface DTypeName {
  readonly d: DType;
}

/** Options by name. */
export interface Options {
  readonly [name: string]: Value;
}

export type Value = number | boolean | string | null | Ref | Special | DTypeName | readonly Value[];

/** One call; its result is the register `out`. */
export interface Instruction {
  readonly out: number;
  readonly op: string;
  readonly args: readonly Value[];
  readonly options?: Options;
  /** Run inside `noGrad`. */
  readonly noGrad?: true;
}

export interface Program {
  /** What the generator was given; a text for programs that were written by hand or shrunk. */
  readonly seed: number | string;
  readonly instructions: readonly Instruction[];
}

const isObject = (v: Value): v is Ref | Special | DTypeName =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
export const isRef = (v: Value): v is Ref => isObject(v) && 'r' in v;
export const isSpecial = (v: Value): v is Special => isObject(v) && 'f' in v;
export const isDType = (v: Value): v is DTypeName => isObject(v) && 'd' in v;
export const isList = (v: Value): v is readonly Value[] => Array.isArray(v);

const specials: { readonly [F in Special['f']]: number } = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
};
export const numberOf = (s: Special): number => specials[s.f];

/** A JavaScript number as a value of a program. */
export function literal(x: number): number | Special {
  for (const f of ['nan', 'inf', '-inf', '-0'] as const)
    if (Object.is(x, specials[f])) return { f };
  return x;
}

/** The values of an instruction, options included. */
export const valuesOf = (i: Instruction): Value[] => [...i.args, ...Object.values(i.options ?? {})];

/** The values with `change` applied to each of them that is not a list. */
function mapValue(v: Value, change: (v: Value) => Value): Value {
  return isList(v) ? v.map((e) => mapValue(e, change)) : change(v);
}

/** An instruction with each of its values changed. */
export function mapInstruction(i: Instruction, change: (v: Value) => Value): Instruction {
  const args = i.args.map((v) => mapValue(v, change));
  if (i.options === undefined) return { ...i, args };
  const options = Object.fromEntries(
    Object.entries(i.options).map(([name, v]) => [name, mapValue(v, change)]),
  );
  return { ...i, args, options };
}

/** The registers that an instruction reads or writes, in order. */
export function refsOf(i: Instruction): Ref[] {
  const found: Ref[] = [];
  const look = (v: Value): void => {
    if (isList(v)) v.forEach(look);
    else if (isRef(v)) found.push(v);
  };
  valuesOf(i).forEach(look);
  return found;
}

/** `v3`, or `v3[1]`: a register's name in every print-out and report. */
export const nameOf = (r: Ref): string => (r.k === undefined ? `v${r.r}` : `v${r.r}[${r.k}]`);

/** The number of instructions of a name in a report: `v3[1]` is of instruction 3. */
export const outOf = (name: string): number => Number(/^v(\d+)/.exec(name)?.[1]);

/** All dtypes that a program names. */
export function dtypesOf(p: Program): Set<DType> {
  const found = new Set<DType>();
  for (const i of p.instructions) {
    mapInstruction(i, (v) => {
      if (isDType(v)) found.add(v.d);
      return v;
    });
  }
  return found;
}
