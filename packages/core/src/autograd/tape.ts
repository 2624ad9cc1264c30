// The tape: one node per recorded operation, linked to the nodes that produced its inputs. The tensor is a type parameter, so that
// tensor.ts can import this file.
import { AutogradError } from '../errors.js';
import { dropWhenDead, goesInPass, Hold, type Storage } from '../memory.js';
import type { Shape } from '../shape.js';
import { looksForNaN } from './mode.js';

/** The properties of a tensor that the tape uses. */
export interface OnTape<T extends OnTape<T>> {
  readonly shape: Shape;
  readonly storage: Storage;
  readonly takesGrad: boolean;
  requiresGrad: boolean;
  gradFn: TapeNode<T> | null;
  outputIndex: number;
  accumulator: TapeNode<T> | null;
  /** The same elements in a storage that was kept for the backward pass. */
  revived(storage: Storage): T;
}

/**
 * Computes the gradients of a node's inputs from the gradients of its outputs. It uses differentiable operators, so
 * that a recorded pass yields second derivatives. It may return null for an input that requires no gradient
 * (`node.wants(i)` is false).
 */
export type BackwardOf<T extends OnTape<T>> = (
  node: TapeNode<T>,
  grads: readonly (T | null)[],
) => readonly (T | null)[];

/** Receives a gradient; a tensor that it returns replaces the gradient. */
export type HookOf<T> = (gradient: T) => unknown;

/** Removes a hook. */
export interface HookHandle {
  /** Removes the hook; a second call does nothing. */
  remove(): void;
}

let sequence = 0;

const none: readonly number[] = [];

/**
 * One recorded operation. `next[i]` is the node that produced input `i` (or accumulates the gradient of a leaf), null
 * if the input requires no gradient.
 */
export class TapeNode<T extends OnTape<T>> {
  // Not a property, so that test runners consider two rows of one tensor equal.
  readonly #sequence: number;
  readonly name: string;
  readonly next: readonly (TapeNode<T> | null)[];
  readonly nextOutput: readonly number[];
  /** For nodes of leaves: the tensor whose `.grad` is filled. */
  readonly variable: T | null;
  /** The number of outputs. */
  readonly outputs: number;
  private run: BackwardOf<T> | null;
  private saved: readonly (T | null)[];
  private versions: readonly number[];
  /** The storages of the saved tensors and their reference counts, on devices that count memory. */
  private kept: readonly (Storage | null)[] | null = null;
  private holds: readonly Hold[] | null = null;
  /** Other values that the backward function needs. */
  readonly context: unknown;
  /** Functions that receive, and may replace, the gradient of an output. */
  hooks: { readonly output: number; readonly call: HookOf<T> }[] | null = null;
  /** For nodes of leaves: functions that run after the gradient was accumulated. */
  after: (() => unknown)[] | null = null;
  /** Where the operation was called; only with anomaly detection. */
  readonly origin: string | null;
  /** Non-leaf outputs that retain their gradient. */
  retained: T[] | null = null;
  /** Whether `run` is user code, which may keep the tensors that it receives and creates. */
  foreign = false;
  /**
   * Whether it counts as having saved something without a saved tensor: a number that PyTorch wraps in a tensor, or the
   * history of a slice.
   */
  once = false;
  /** Saved tensors from this index on are not read, but must not change. */
  private guardedFrom = Number.POSITIVE_INFINITY;
  /** Whether its saved tensors are internal: PyTorch saves nothing there that a pass would free. */
  private lasting = false;
  /** Position in the order of the current backward pass. */
  slot = -1;
  /** The last backward pass that reached this node. */
  pass = 0;

  constructor(
    name: string,
    inputs: readonly T[],
    run: BackwardOf<T> | null,
    saved: readonly (T | null)[],
    context: unknown,
    variable: T | null = null,
    outputs = 1,
  ) {
    const count = inputs.length;
    const next = new Array<TapeNode<T> | null>(count);
    const nextOutput = new Array<number>(count);
    for (let i = 0; i < count; i++) {
      const x = inputs[i];
      next[i] = gradEdge(x);
      nextOutput[i] = x.outputIndex;
    }
    this.#sequence = variable === null ? ++sequence : 0;
    this.name = name;
    this.next = next;
    this.nextOutput = nextOutput;
    this.variable = variable;
    this.outputs = outputs;
    this.run = run;
    this.saved = saved;
    this.versions = none;
    if (saved.length > 0) {
      const versions = new Array<number>(saved.length);
      let holds = false;
      for (let i = 0; i < saved.length; i++) {
        const x = saved[i];
        versions[i] = x === null ? 0 : x.storage.version;
        holds ||= x !== null && x.storage.owner !== 'collector';
      }
      this.versions = versions;
      if (holds) this.keepSaved();
    }
    this.context = context;
    this.origin = looksForNaN() ? (new Error().stack ?? null) : null;
  }

  /** Later operations have larger numbers, so sorting by them is a topological order. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The tensors that the forward pass saved. */
  savedTensors(): T[] {
    return this.saved.map((_, i) => this.savedTensor(i));
  }

  /** Adds a hook and returns a handle that removes it. */
  addHook(output: number, call: HookOf<T>): HookHandle {
    const hook = { output, call };
    this.hooks = [...(this.hooks ?? []), hook];
    return {
      remove: () => {
        this.hooks = this.hooks?.filter((h) => h !== hook) ?? null;
      },
    };
  }

  /** Adds a hook that runs after a leaf's gradient was accumulated; returns a handle that removes it. */
  addAfterHook(call: () => unknown): HookHandle {
    this.after = [...(this.after ?? []), call];
    return {
      remove: () => {
        this.after = this.after?.filter((h) => h !== call) ?? null;
      },
    };
  }

  /** Whether saved memory can be freed once the node has run. */
  get holdsMemory(): boolean {
    return this.kept?.some((s) => s !== null && goesInPass(s)) ?? false;
  }

  /** Whether the gradient of input `i` is needed. */
  wants(i: number): boolean {
    return this.next[i] !== null;
  }

  /** A saved tensor, checked to be unchanged since the forward pass. */
  savedTensor(i: number): T {
    const x = this.saved[i];
    if (x === null || x === undefined)
      throw new AutogradError(`${this.name}: saved tensor ${i} was freed`);
    const storage = this.kept?.[i] ?? x.storage.before ?? x.storage;
    if (storage.version !== this.versions[i]) {
      throw new AutogradError(
        `${this.name}: a tensor of shape [${x.shape.join(', ')}] that its gradient needs was changed in place ` +
          `after it was used (version ${storage.version}, expected ${this.versions[i]}); ` +
          'use the form without "_" there, or clone() the tensor first',
      );
    }
    const cut = anyDetached ? detached.get(x) : undefined;
    if (cut !== undefined && cut.after >= this.#sequence && cut.maker !== this) {
      throw new AutogradError(
        `${this.name}: a tensor of shape [${x.shape.join(', ')}] that its gradient needs was detached in place by detach_() ` +
          'after it was used; use detach(), which returns a separate tensor',
      );
    }
    return x.storage === storage ? x : x.revived(storage);
  }

  /** Replaces a saved tensor by another one with the same elements. */
  saveInstead(before: T, after: T): void {
    if (!this.saved.includes(before)) return;
    const { saved, versions } = this;
    this.resave(
      saved.map((x) => (x === before ? after : x)),
      versions.map((v, i) => (saved[i] === before ? after.storage.version : v)),
    );
  }

  /** Saves tensors that the gradient does not read but that PyTorch saves too, so that changing them is refused. */
  saveToo(tensors: readonly T[]): void {
    this.guardedFrom = Math.min(this.guardedFrom, this.saved.length);
    this.resave(
      [...this.saved, ...tensors],
      [...this.versions, ...tensors.map((x) => x.storage.version)],
    );
  }

  private resave(saved: readonly (T | null)[], versions: readonly number[]): void {
    this.saved = saved;
    this.versions = versions;
    for (const hold of this.holds ?? []) hold.drop();
    this.kept = null;
    this.holds = null;
    if (this.saved.some((x) => x !== null && x.storage.owner !== 'collector')) this.keepSaved();
  }

  private keepSaved(): void {
    const kept = new Array<Storage | null>(this.saved.length);
    const holds: Hold[] = [];
    for (let i = 0; i < kept.length; i++) {
      const storage = this.saved[i]?.storage;
      kept[i] = null;
      if (storage === undefined || storage.owner === 'collector') continue;
      kept[i] = storage;
      const hold = new Hold(storage);
      if (storage.owner === 'counted') dropWhenDead(this, hold);
      holds.push(hold);
    }
    this.kept = kept;
    this.holds = holds;
  }

  /** The gradients of the inputs from those of the outputs; not available after `release`. */
  apply(grads: readonly (T | null)[]): readonly (T | null)[] {
    if (this.run === null) {
      throw new AutogradError(
        `${this.name}: backward() already ran through this operation and freed its saved tensors; ` +
          'pass { retainGraph: true } to the first backward(), or compute the loss again',
      );
    }
    for (let i = this.guardedFrom; i < this.saved.length; i++) this.savedTensor(i);
    return this.run(this, grads);
  }

  /** Makes an output retain its gradient. */
  retain(output: T): void {
    this.retained ??= [];
    if (!this.retained.includes(output)) this.retained.push(output);
  }

  /** Keeps the saved tensors after a pass, so that it can be run again. */
  last(): void {
    this.lasting = true;
  }

  /** Frees the saved tensors. A node without any can be run again, as in PyTorch. */
  release(): void {
    if (this.variable !== null || this.lasting || (this.saved.length === 0 && !this.once)) return;
    this.run = null;
    this.saved = [];
    if (this.holds !== null) {
      for (const hold of this.holds) hold.drop();
      this.kept = null;
      this.holds = null;
    }
  }
}

/**
 * Tensors that were detached in place: the number of the last operation before that, and the node that had produced
 * them.
 */
const detached = new WeakMap<object, { readonly after: number; readonly maker: unknown }>();
let anyDetached = false;

/**
 * Detaches a tensor from the tape in place. Nodes that saved it before would treat it as a constant in higher-order
 * gradients, so they refuse to run.
 */
export function cutOff<T extends OnTape<T>>(x: T): void {
  const maker = x.gradFn;
  if (maker !== null) {
    detached.set(x, { after: sequence, maker });
    anyDetached = true;
  }
  x.gradFn = null;
  // A leaf is the only output of the node that fills its gradient.
  x.outputIndex = 0;
  x.requiresGrad = false;
}

/** The node that receives a tensor's gradient: the one that produced it, or for a leaf the one that fills `.grad`. */
export function gradEdge<T extends OnTape<T>>(x: T): TapeNode<T> | null {
  if (x.gradFn !== null) return x.gradFn;
  return x.takesGrad ? accumulatorOf(x) : null;
}

/** The node that fills a leaf's `.grad`. */
export function accumulatorOf<T extends OnTape<T>>(x: T): TapeNode<T> {
  x.accumulator ??= new TapeNode<T>('AccumulateGrad', [], null, [], null, x);
  return x.accumulator;
}

/** Whether an operation on these inputs is recorded. */
export function anyRequiresGrad<T extends OnTape<T>>(inputs: readonly T[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i].requiresGrad) return true;
  return false;
}
