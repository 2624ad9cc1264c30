// The tape: one node per recorded operation, pointing at the nodes that made its inputs. `T` is the tensor, of which the tape
// knows what `OnTape` says.
import { AutogradError } from '../errors.js';
import { dropWhenDead, goesInPass, Hold, type Storage } from '../memory.js';
import type { Shape } from '../shape.js';
import { looksForNaN } from './mode.js';

/** What the tape knows of a tensor. */
export interface OnTape<T extends OnTape<T>> {
  readonly shape: Shape;
  readonly storage: Storage;
  readonly takesGrad: boolean;
  requiresGrad: boolean;
  gradFn: TapeNode<T> | null;
  outputIndex: number;
  accumulator: TapeNode<T> | null;
  /** The same elements in memory that was kept for the backward pass. */
  revived(storage: Storage): T;
}

/**
 * Computes the gradients of a node's inputs from the gradients of its outputs. It is written in
 * differentiable operators, so that running it with recording on gives second derivatives. A
 * gradient that no input wants (`node.wants(i)`) may be left null.
 */
export type BackwardOf<T extends OnTape<T>> = (
  node: TapeNode<T>,
  grads: readonly (T | null)[],
) => readonly (T | null)[];

/** Sees a gradient on its way; a tensor that it returns takes the gradient's place. */
export type HookOf<T> = (gradient: T) => unknown;

/** Takes a hook away again. */
export interface HookHandle {
  /** Takes the hook off; a second time does nothing. */
  remove(): void;
}

let sequence = 0;

const none: readonly number[] = [];

/**
 * One recorded operation. `next[i]` is the node that made input `i` (or gathers the gradient of a
 * leaf), null where none is wanted.
 */
export class TapeNode<T extends OnTape<T>> {
  // No property: to test runners, two rows of one tensor are equal.
  readonly #sequence: number;
  readonly name: string;
  readonly next: readonly (TapeNode<T> | null)[];
  readonly nextOutput: readonly number[];
  /** Set for nodes of leaves: the tensor whose `.grad` is filled. */
  readonly variable: T | null;
  /** How many outputs the operation had. */
  readonly outputs: number;
  private run: BackwardOf<T> | null;
  private saved: readonly (T | null)[];
  private versions: readonly number[];
  /** The memory of what was saved, and the counts on it, where memory is counted. */
  private kept: readonly (Storage | null)[] | null = null;
  private holds: readonly Hold[] | null = null;
  /** Whatever else the backward function needs. */
  readonly context: unknown;
  /** Functions that see, and may replace, the gradient of an output. */
  hooks: { readonly output: number; readonly call: HookOf<T> }[] | null = null;
  /** For nodes of leaves: functions that run once the gradient was added. */
  after: (() => unknown)[] | null = null;
  /** Where the operation was called; only with anomaly detection. */
  readonly origin: string | null;
  /** Outputs that keep their gradient although they are not leaves. */
  retained: T[] | null = null;
  /** Whether `run` is a function of the user's, who may keep what it sees and makes. */
  foreign = false;
  /** Whether it counts as having saved something: a number that PyTorch makes a tensor of, the history of a slice. */
  once = false;
  /** From here on, what is saved is not read, but must not change. */
  private guardedFrom = Number.POSITIVE_INFINITY;
  /** What it saved is the operator's own, and PyTorch has nothing there that a pass would free. */
  private lasting = false;
  /** Place in the list of the backward pass that runs now. */
  slot = -1;
  /** The last backward pass that reached it. */
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

  /** Later operations have larger numbers, which makes them a topological order. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The tensors that the forward pass saved. */
  savedTensors(): T[] {
    return this.saved.map((_, i) => this.savedTensor(i));
  }

  /** Adds a hook; the result takes it away. */
  addHook(output: number, call: HookOf<T>): HookHandle {
    const hook = { output, call };
    this.hooks = [...(this.hooks ?? []), hook];
    return {
      remove: () => {
        this.hooks = this.hooks?.filter((h) => h !== hook) ?? null;
      },
    };
  }

  /** Adds a hook that runs after a leaf has taken its gradient; the result takes it away. */
  addAfterHook(call: () => unknown): HookHandle {
    this.after = [...(this.after ?? []), call];
    return {
      remove: () => {
        this.after = this.after?.filter((h) => h !== call) ?? null;
      },
    };
  }

  /** Whether memory is saved that can be given back once the node has run. */
  get holdsMemory(): boolean {
    return this.kept?.some((s) => s !== null && goesInPass(s)) ?? false;
  }

  /** Whether the gradient of input `i` is wanted by anyone. */
  wants(i: number): boolean {
    return this.next[i] !== null;
  }

  /** A tensor that the forward pass saved, checked to be unchanged since. */
  savedTensor(i: number): T {
    const x = this.saved[i];
    if (x === null || x === undefined)
      throw new AutogradError(`${this.name}: saved tensor ${i} is gone`);
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
        `${this.name}: a tensor of shape [${x.shape.join(', ')}] that its gradient needs was cut off by detach_() ` +
          'after it was used; use detach(), which gives a tensor of its own',
      );
    }
    return x.storage === storage ? x : x.revived(storage);
  }

  /** Saves another tensor of the same elements in the place of one that it has saved. */
  saveInstead(before: T, after: T): void {
    if (!this.saved.includes(before)) return;
    const { saved, versions } = this;
    this.resave(
      saved.map((x) => (x === before ? after : x)),
      versions.map((v, i) => (saved[i] === before ? after.storage.version : v)),
    );
  }

  /** Saves tensors that the gradient does not read, but that PyTorch saves too: a change of them is refused. */
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

  /** The gradients of the inputs from those of the outputs; not after `release`. */
  apply(grads: readonly (T | null)[]): readonly (T | null)[] {
    if (this.run === null) {
      throw new AutogradError(
        `${this.name}: backward() ran through this operation before and freed what it had saved; ` +
          'pass { retainGraph: true } to the first backward(), or compute the loss again',
      );
    }
    for (let i = this.guardedFrom; i < this.saved.length; i++) this.savedTensor(i);
    return this.run(this, grads);
  }

  /** Has an output keep its gradient. */
  retain(output: T): void {
    this.retained ??= [];
    if (!this.retained.includes(output)) this.retained.push(output);
  }

  /** Keeps what is saved after a pass, so that it can be run again. */
  last(): void {
    this.lasting = true;
  }

  /** Lets go of saved tensors. Where there are none, the pass can be run again, as in PyTorch. */
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

/** Tensors that were cut off in place: the last operation before that, and what had made them. */
const detached = new WeakMap<object, { readonly after: number; readonly maker: unknown }>();
let anyDetached = false;

/**
 * Cuts a tensor off from the tape in place. What has saved it before would count it as a constant in gradients of
 * gradients, and refuses to run.
 */
export function cutOff<T extends OnTape<T>>(x: T): void {
  const maker = x.gradFn;
  if (maker !== null) {
    detached.set(x, { after: sequence, maker });
    anyDetached = true;
  }
  x.gradFn = null;
  // As a leaf it is the only output of the node that fills its gradient.
  x.outputIndex = 0;
  x.requiresGrad = false;
}

/** The node that takes a tensor's gradient: its maker, or for a leaf one that fills `.grad`. */
export function gradEdge<T extends OnTape<T>>(x: T): TapeNode<T> | null {
  if (x.gradFn !== null) return x.gradFn;
  return x.takesGrad ? accumulatorOf(x) : null;
}

/** The node that fills a leaf's `.grad`. */
export function accumulatorOf<T extends OnTape<T>>(x: T): TapeNode<T> {
  x.accumulator ??= new TapeNode<T>('AccumulateGrad', [], null, [], null, x);
  return x.accumulator;
}

/** Whether an operation on these inputs is to be recorded. */
export function anyRequiresGrad<T extends OnTape<T>>(inputs: readonly T[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i].requiresGrad) return true;
  return false;
}
