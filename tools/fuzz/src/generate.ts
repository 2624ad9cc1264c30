// From a seed to a program: each instruction is drawn with the tensors before it at hand.
import { isFloat, type Tensor } from '@dl/core';
import { Draw, isLeaf, isLive, isRecorded, type Live, NoFit } from './draw.js';
import { Machine } from './machine.js';
import { families, rowOf } from './operations/index.js';
import type { Call, Result, Row } from './operations/row.js';
import { type Profile, profile } from './palette.js';
import { Prng } from './prng.js';
import {
  type Instruction,
  isList,
  type Options,
  type Program,
  type Ref,
  refsOf,
  type Value,
} from './program.js';

/** Larger results are not kept: programs are to be small and fast. */
const largest = 3000;

/**
 * The program of a seed. It is run while it is drawn, by core's own loops on device `cpu`, whose shapes and dtypes
 * decide what fits; `plain` has to be the runner.
 */
export function generate(seed: number): Program {
  return new Generation(seed).program();
}

class Generation {
  private readonly rng: Prng;
  private readonly profile: Profile;
  private readonly machine = new Machine('cpu');
  /** The same in float64, which tells what is exact. */
  private readonly wide = new Machine('cpu', true);
  private readonly live: Live[] = [];
  private readonly draw: Draw;
  private readonly instructions: Instruction[] = [];

  constructor(private readonly seed: number) {
    this.rng = new Prng(seed);
    this.profile = profile(this.rng, Object.keys(families));
    this.draw = new Draw(this.rng, this.profile, this.live, (call) => this.add(call));
  }

  program(): Program {
    for (let n = this.rng.int(1, 3); n > 0; n--)
      this.draw.make(this.draw.shape(1), { dtype: this.draw.dtype() });
    if (this.rng.chance(0.15)) this.ramp();
    const { length } = this.profile;
    for (let tries = 0; this.instructions.length < length + 3 && tries < 6 * length; tries++) {
      this.one(this.family());
    }
    // Most programs end in a backward pass, where something is recorded.
    if (this.rng.chance(0.8)) this.finish();
    return { seed: this.seed, instructions: this.instructions };
  }

  private family(): readonly Row[] {
    const names = Object.keys(families);
    const weights = names.map((n) => this.profile.families[n]);
    return families[this.pickBy(names, weights)];
  }

  private pickBy<T>(list: readonly T[], weights: readonly number[]): T {
    let at = this.rng.next() * weights.reduce((a, b) => a + b, 0);
    for (const [i, w] of weights.entries()) {
      at -= w;
      if (at < 0) return list[i];
    }
    return list[list.length - 1];
  }

  /** One instruction of a family, if one fits. */
  private one(family: readonly Row[]): void {
    const row = this.pickBy(
      family,
      family.map((r) => r.weight ?? 1),
    );
    this.draw.demands = {
      exact: row.steps === true,
      finite: row.finite === true,
      constant: row.constant === true,
    };
    try {
      let call = row.draw(this.draw);
      if (this.rng.chance(this.profile.wrong)) call = this.spoiled(call);
      if (rowOf(row.op).promised?.(call) === false) throw new NoFit();
      const noGrad = this.rng.chance(row.writes ? 0.1 : 0.03) && row.mayBeInput !== true;
      this.add(
        {
          op: row.op,
          args: call.args.map(plain),
          ...(Object.keys(call.options ?? {}).length > 0
            ? { options: plainAll(call.options) }
            : {}),
          ...(noGrad ? { noGrad } : {}),
        },
        row,
      );
    } catch (e) {
      if (!(e instanceof NoFit)) throw e;
    } finally {
      this.draw.demands = { exact: false, finite: false, constant: false };
    }
  }

  /** Many elements, exactly: more than a vector or a block of any kernel holds. */
  private ramp(): void {
    const n = this.rng.of([100, 300, 1030, 2049]);
    const base = this.add({ op: 'arange', args: [0, n, 1], options: { dtype: { d: 'float32' } } });
    if (base === null) return;
    const small = this.add({ op: 'remainder', args: [base.ref, this.rng.of([5, 7, 11])] });
    if (small === null) return;
    const centered = this.add({ op: 'sub', args: [small.ref, this.rng.of([2, 3.5])] });
    if (centered === null) return;
    if (this.rng.chance(0.5))
      this.add({ op: 'reshape', args: [centered.ref, [this.rng.of([2, 5, 10]), -1]] });
    if (this.rng.chance(this.profile.grad)) this.add({ op: 'requiresGrad_', args: [centered.ref] });
  }

  /** A sum of what is recorded, and its gradients: of the first order, or of the second. */
  private finish(): void {
    const recorded = this.live.filter(({ tensor }) => isFloat(tensor.dtype) && isRecorded(tensor));
    if (recorded.length === 0) return;
    let total: Live | null = null;
    for (const x of this.rng.shuffled(recorded).slice(0, this.rng.int(1, 3))) {
      const squared: Live | null = this.rng.chance(0.4)
        ? this.add({ op: 'mul', args: [x.ref, x.ref] })
        : x;
      if (squared === null) continue;
      const part: Live | null = this.add({ op: 'sum', args: [squared.ref] });
      if (part === null) continue;
      total = total === null ? part : this.add({ op: 'add', args: [total.ref, part.ref] });
      if (total === null) return;
    }
    if (total === null) return;
    const inputs = this.live.filter(({ tensor }) => tensor.requiresGrad && isLeaf(tensor));
    if (inputs.length > 0 && this.rng.chance(0.3)) {
      const first = this.rng.shuffled(inputs)[0];
      const out = this.next();
      this.add({
        op: 'grad',
        args: [total.ref, [first.ref]],
        options: { createGraph: true, allowUnused: true },
      });
      const g = this.live.find(({ ref }) => ref.r === out);
      if (g?.tensor.requiresGrad) {
        const again = this.add({ op: 'sum', args: [g.ref] });
        if (again !== null) total = again;
      }
    }
    this.add({ op: 'backward', args: [total.ref] });
  }

  private next(): number {
    return this.instructions.length;
  }

  /** A call with one argument changed into what likely does not fit. */
  private spoiled(call: Call): Call {
    const args = call.args.slice();
    const at = this.rng.int(0, args.length - 1);
    const old = args[at];
    if (old === undefined) return call;
    if (isLive(old)) args[at] = this.draw.pick((x) => x !== old.tensor);
    else if (typeof old === 'number') args[at] = old + this.rng.of([-5, -2, 1, 4]);
    else if (isList(old) && typeof old[0] === 'number')
      args[at] = this.rng.chance(0.5) ? old.slice(1) : [...old, 1];
    return { ...call, args };
  }

  /** Runs an instruction and keeps it, with the register that it gives; null where there is none. */
  private add(given: Omit<Instruction, 'out'>, row: Row = rowOf(given.op)): Live | null {
    const i: Instruction = { out: this.next(), ...given };
    const live = this.live.filter((l) => refsOf(i).some((ref) => sameRef(ref, l.ref)));
    const result = this.machine.step(i);
    this.wide.step(i);
    this.instructions.push(i);
    if (result === null || 'kind' in result) return null;
    const exact = row.exact === true && live.every((l) => l.exact);
    const gradient = row.gradients === true || live.some((l) => l.gradient);
    if (row.writes) this.written(live[0], exact);
    const first = this.keep(i.out, result, { exact, gradient, made: row.creates === true });
    if (first !== null && first.tensor.count > largest)
      this.live.splice(this.live.indexOf(first), 1);
    return first;
  }

  /** What shares memory with what was written to is looked at again. */
  private written(target: Live | undefined, exact: boolean): void {
    if (target === undefined) return;
    for (const [n, l] of this.live.entries()) {
      if (l.tensor.storage !== target.tensor.storage) continue;
      this.live[n] = { ...l, exact: l.exact && exact, finite: isWithoutNan(l.tensor) };
    }
  }

  private keep(
    r: number,
    result: Result,
    { exact, gradient, made }: { exact: boolean; gradient: boolean; made: boolean },
  ): Live | null {
    if (result === null) return null;
    const list: [Ref, Tensor][] = isTensorList(result)
      ? result.flatMap((x, k): [Ref, Tensor][] => (x === null ? [] : [[{ r, k }, x]]))
      : [[{ r }, result]];
    let first: Live | null = null;
    for (const [ref, tensor] of list) {
      const other = this.wide.tensor(ref);
      const live: Live = {
        ref,
        tensor,
        exact: exact && other !== null && equal(tensor, other),
        gradient,
        finite: isWithoutNan(tensor),
        made,
      };
      this.live.push(live);
      first ??= live;
    }
    return first;
  }
}

const isTensorList = (r: Result): r is readonly (Tensor | null)[] => Array.isArray(r);
const sameRef = (a: Ref, b: Ref): boolean => a.r === b.r && a.k === b.k;
const plain = (v: Value | Live): Value => (isLive(v) ? v.ref : v);

function plainAll(options: Call['options'] = {}): Options {
  return Object.fromEntries(Object.entries(options).map(([k, v]) => [k, plain(v)]));
}

function isWithoutNan(x: Tensor): boolean {
  return (
    !isFloat(x.dtype) ||
    x
      .detach()
      .to('float64')
      .data()
      .every((v) => Number.isFinite(Number(v)))
  );
}

/** Whether float64 gives the same elements. */
function equal(x: Tensor, wide: Tensor): boolean {
  if (x.dtype === 'int64' || wide.dtype === 'int64') return x.dtype === wide.dtype;
  const a = x.detach().to('float64').data();
  const b = wide.detach().to('float64').data();
  return a.length === b.length && a.every((v, n) => Object.is(v, b[n]) || v === b[n]);
}
