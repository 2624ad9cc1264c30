// Hooks: functions that a module's forward and backward pass call.
import {
  Function as AutogradFunction,
  type FunctionContext,
  type HookHandle,
  Tensor,
} from '@dl/core/functional';
import type { AnyModule } from './module.js';

/** A function called after a module's forward. A returned value replaces the output. */
export type ForwardHook = (
  module: AnyModule,
  inputs: readonly unknown[],
  output: unknown,
) => unknown;

/** A function called before a module's forward. A returned value replaces the inputs. */
export type ForwardPreHook = (module: AnyModule, inputs: readonly unknown[]) => unknown;

/** Options of the methods that register hooks. */
export interface HookOptions {
  /** Call the hook before those registered earlier. Default: false. */
  prepend?: boolean;
}

/** Gradients of a module's inputs or outputs, null where there is none. */
export type ModuleGrads = readonly (Tensor | null)[];

/** A function called when the gradients of a module's inputs are known. It may replace them. */
export type BackwardHook = (
  module: AnyModule,
  gradInput: ModuleGrads,
  gradOutput: ModuleGrads,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook may return nothing
) => ModuleGrads | Tensor | null | undefined | void;

/** A function called when the gradients of a module's outputs are known. It may replace them. */
export type BackwardPreHook = (
  module: AnyModule,
  gradOutput: ModuleGrads,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook may return nothing
) => ModuleGrads | Tensor | null | undefined | void;

/** The type of each kind of hook. */
interface Hooks {
  forwardPre: ForwardPreHook;
  forward: ForwardHook;
  backwardPre: BackwardPreHook;
  backward: BackwardHook;
}

/** The hooks of one module. */
export type ModuleHooks = { [K in keyof Hooks]: Set<Hooks[K]> };

const hooks = new WeakMap<AnyModule, ModuleHooks>();

/** The hooks of a module, or undefined while it has none. */
export const hooksOf = (module: AnyModule): ModuleHooks | undefined => hooks.get(module);

/** Adds a hook. */
export function addHook<K extends keyof Hooks>(
  module: AnyModule,
  kind: K,
  hook: Hooks[K],
  prepend = false,
): HookHandle {
  const own = hooks.get(module) ?? {
    forwardPre: new Set(),
    forward: new Set(),
    backwardPre: new Set(),
    backward: new Set(),
  };
  hooks.set(module, own);
  // Sets compare by identity; a wrapper allows adding the same hook twice.
  const entry = ((...args: never[]) =>
    (hook as (...args: never[]) => unknown)(...args)) as Hooks[K];
  const set = own[kind] as Set<Hooks[K]>;
  const before = prepend ? [...set] : [];
  set.add(entry);
  for (const other of before) {
    set.delete(other);
    set.add(other);
  }
  return {
    remove: () => {
      set.delete(entry);
      if (Object.values(own).every(({ size }) => size === 0)) hooks.delete(module);
    },
  };
}

/** Runs a forward pass with its hooks. */
export function withHooks(
  module: AnyModule,
  own: ModuleHooks,
  inputs: readonly unknown[],
  forward: (inputs: readonly unknown[]) => unknown,
): unknown {
  let given = inputs;
  for (const hook of [...own.forwardPre]) {
    const other = hook(module, given);
    if (other !== undefined && other !== null) given = Array.isArray(other) ? other : [other];
  }
  const watched = own.backward.size + own.backwardPre.size > 0;
  const watch = watched ? new Watch(module, own) : null;
  if (watch !== null) given = watch.inputs(given);
  let output = forward(given);
  for (const hook of [...own.forward]) output = hook(module, given, output) ?? output;
  return watch === null ? output : watch.outputs(output);
}

const listed = (grads: ModuleGrads | Tensor): ModuleGrads =>
  grads instanceof Tensor ? [grads] : grads;

/** Observes one pass through a module: gates on its inputs and outputs receive the gradients. */
class Watch {
  private readonly module: AnyModule;
  private readonly own: ModuleHooks;
  private gradOutput: ModuleGrads = [];
  /** For each input, its index among the inputs of the gate, or -1. */
  private places: readonly number[] = [];
  private gated = false;

  constructor(module: AnyModule, own: ModuleHooks) {
    this.module = module;
    this.own = own;
  }

  inputs(given: readonly unknown[]): readonly unknown[] {
    const seen: Tensor[] = [];
    this.places = given.map((x) => (x instanceof Tensor && x.requiresGrad ? seen.push(x) - 1 : -1));
    if (seen.length === 0) return given;
    this.gated = true;
    const through = Gate.apply((grads: ModuleGrads) => this.arriveAtInputs(grads), ...seen);
    return given.map((x, i) => {
      const place = this.places[i];
      return place < 0 ? x : through[place];
    });
  }

  outputs(output: unknown): unknown {
    const many = Array.isArray(output);
    const all: unknown[] = many ? output : [output];
    const seen: Tensor[] = [];
    const places = all.map((x) => (x instanceof Tensor && x.requiresGrad ? seen.push(x) - 1 : -1));
    if (seen.length === 0) return output;
    const through = Gate.apply(
      (grads: ModuleGrads) => {
        const known = places.map((place) => (place < 0 ? null : (grads[place] ?? null)));
        const replaced = this.arriveAtOutputs(known);
        return seen.map((_, k) => replaced[places.indexOf(k)] ?? null);
      },
      ...seen,
    );
    const passed = all.map((x, i) => {
      const place = places[i];
      return place < 0 ? x : through[place];
    });
    return many ? passed : passed[0];
  }

  private arriveAtOutputs(grads: ModuleGrads): ModuleGrads {
    let known = grads;
    for (const hook of [...this.own.backwardPre]) {
      const other = hook(this.module, known);
      if (other !== undefined && other !== null) known = listed(other);
    }
    this.gradOutput = known;
    // Without a gate on the inputs, the backward pass of this module ends here.
    if (!this.gated) {
      const none = this.places.map(() => null);
      for (const hook of [...this.own.backward]) hook(this.module, none, known);
    }
    return known;
  }

  private arriveAtInputs(grads: ModuleGrads): ModuleGrads {
    let known: ModuleGrads = this.places.map((place) =>
      place < 0 ? null : (grads[place] ?? null),
    );
    for (const hook of [...this.own.backward]) {
      const other = hook(this.module, known, this.gradOutput);
      if (other !== undefined && other !== null) known = listed(other);
    }
    return grads.map((_, k) => known[this.places.indexOf(k)] ?? null);
  }
}

/** Returns its inputs. In the backward pass it calls a function with the gradients, which may replace them. */
class Gate extends AutogradFunction {
  static override forward(
    ctx: FunctionContext,
    arrive: (grads: ModuleGrads) => ModuleGrads,
    ...tensors: Tensor[]
  ): Tensor[] {
    ctx.arrive = arrive;
    return tensors;
  }

  static override backward(ctx: FunctionContext, ...grads: Tensor[]): (Tensor | null)[] {
    return [null, ...(ctx.arrive as (grads: ModuleGrads) => ModuleGrads)(grads)];
  }
}
