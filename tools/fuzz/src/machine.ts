// Runs a program on a device, one instruction after the other.
import * as core from '@dl/core';
import { DLError, noGrad, Tensor } from '@dl/core';
import * as losses from '@dl/losses';
import { rowOf } from './operations/index.js';
import type { Result, Row } from './operations/row.js';
import { type Outcome, type Problem, type Reading, scalarOf } from './outcome.js';
import {
  type Instruction,
  isDType,
  isList,
  isRef,
  isSpecial,
  numberOf,
  type Program,
  type Ref,
  refsOf,
  type Value,
} from './program.js';

const functions = {
  core: new Map<string, unknown>(Object.entries(core)),
  losses: new Map<string, unknown>(Object.entries(losses)),
};

function called(row: Row, args: readonly unknown[]): unknown {
  if (row.run !== undefined) return row.run(args);
  const form = row.form ?? 'method';
  const [self, ...rest] = args;
  const f: unknown =
    form === 'method' ? Reflect.get(self as Tensor, row.op) : functions[form].get(row.op);
  if (typeof f !== 'function') throw new ReferenceError(`there is no ${row.op}`);
  return form === 'method' ? Reflect.apply(f, self, rest) : Reflect.apply(f, undefined, args);
}

const isIterable = (x: unknown): x is Iterable<unknown> =>
  typeof x === 'object' && x !== null && Symbol.iterator in x;

function resultOf(x: unknown): Result {
  if (x instanceof Tensor) return x;
  if (!isIterable(x)) return null;
  return Array.from(x, (e) => (e instanceof Tensor ? e : null));
}

export const problemOf = (e: unknown): Problem =>
  e instanceof Error
    ? { kind: e instanceof DLError ? e.name : `bare ${e.name}`, message: e.message }
    : { kind: 'bare value', message: String(e) };

/** Registers, and what the instructions so far have made of them. */
export class Machine {
  readonly registers = new Map<number, Result>();
  readonly errors = new Map<number, Problem>();
  /** Memory of float64 whose values were rounded to float32 all the same. */
  readonly rounded = new WeakSet<object>();

  constructor(
    readonly device: string,
    /** float64 in the place of every floating-point dtype: what rounding has no part in. */
    readonly wide = false,
  ) {}

  /** The tensor of a register; null if there is none. */
  tensor({ r, k }: Ref): Tensor | null {
    const x = this.registers.get(r) ?? null;
    if (k === undefined) return x instanceof Tensor ? x : null;
    return x === null || x instanceof Tensor ? null : (x[k] ?? null);
  }

  /** Runs an instruction. What refers to a register that is not there is passed over, and is null. */
  step(i: Instruction): Result | Problem | null {
    if (refsOf(i).some((ref) => this.tensor(ref) === null)) return null;
    const row = rowOf(i.op);
    const args = i.args.map((v) => this.resolved(v));
    const options: Record<string, unknown> = {};
    for (const [name, v] of Object.entries(i.options ?? {})) options[name] = this.resolved(v);
    if (row.creates) options.device = this.device;
    if (Object.keys(options).length > 0) args.push(options);
    try {
      const value = i.noGrad ? noGrad(() => called(row, args)) : called(row, args);
      const result = row.silent ? null : this.own(resultOf(value));
      if (!row.silent) this.registers.set(i.out, result);
      return result;
    } catch (e) {
      const problem = problemOf(e);
      this.errors.set(i.out, problem);
      return problem;
    }
  }

  /** What integers became, which is float32 whatever was asked for, in float64 too. */
  private own(result: Result): Result {
    if (!this.wide || result === null) return result;
    const own = (x: Tensor): Tensor => {
      if (x.dtype !== 'float32') return x;
      const wide = x.to('float64');
      this.rounded.add(wide.storage);
      return wide;
    };
    return result instanceof Tensor ? own(result) : result.map((x) => (x === null ? x : own(x)));
  }

  private resolved(v: Value): unknown {
    if (isList(v)) return v.map((e) => this.resolved(e));
    if (isRef(v)) return this.tensor(v);
    if (isSpecial(v)) return numberOf(v);
    if (isDType(v)) return this.wide && core.isFloat(v.d) ? 'float64' : v.d;
    return v;
  }

  /** All tensors by name, in order. */
  named(): [string, Tensor][] {
    const list: [string, Tensor][] = [];
    for (const [r, result] of this.registers) {
      if (result instanceof Tensor) list.push([`v${r}`, result]);
      else {
        for (const [k, x] of (result ?? []).entries())
          if (x !== null) list.push([`v${r}[${k}]`, x]);
      }
    }
    return list;
  }
}

async function read(x: Tensor): Promise<Reading> {
  const here = await x.detach().cpu();
  const { dtype } = here;
  const plain = dtype === 'float16' || dtype === 'bfloat16' ? here.to('float32') : here;
  const values = Array.from(plain.data() as ArrayLike<number | bigint>, (v) => scalarOf(Number(v)));
  return { shape: x.shape, dtype, requiresGrad: x.requiresGrad, values };
}

async function readWithGrad(x: Tensor): Promise<Reading> {
  const [own, grad] = await Promise.all([read(x), x.grad === null ? null : read(x.grad)]);
  return grad === null ? own : { ...own, grad };
}

/** Who shares memory with whom. Tensors without elements have none. */
function sharing(named: readonly [string, Tensor][]): string[][] {
  const groups = new Map<unknown, string[]>();
  for (const [name, x] of named) {
    if (x.storage.length === 0) continue;
    const group = groups.get(x.storage);
    if (group === undefined) groups.set(x.storage, [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function drop(x: Tensor): void {
  x.grad?.dispose();
  x.dispose();
}

/** All that a program gives on a device; `after` sees the machine after each step. */
export async function run(
  program: Program,
  device: string,
  wide = false,
  after: (machine: Machine) => void = () => {},
): Promise<Outcome> {
  const machine = new Machine(device, wide);
  for (const i of program.instructions) {
    machine.step(i);
    after(machine);
  }
  return outcomeOf(machine);
}

/** What a machine holds at the end; its tensors are given back. */
export async function outcomeOf(machine: Machine): Promise<Outcome> {
  const named = machine.named();
  const errors = Object.fromEntries(machine.errors);
  const shares = sharing(named);
  const registers: Record<string, Reading> = {};
  try {
    const readings = await Promise.all(named.map(([, x]) => readWithGrad(x)));
    for (const [n, [name]] of named.entries()) registers[name] = readings[n];
  } catch (e) {
    return { registers: {}, errors, shares, failure: problemOf(e) };
  } finally {
    // A name may stand for the same tensor as another one.
    if (machine.device !== 'cpu') for (const x of new Set(named.map(([, x]) => x))) drop(x);
  }
  return { registers, errors, shares };
}
