// The gradients that a backward pass is carrying, from the nodes that computed them to those that wait for them.
import type { PassScope, Storage } from '../memory.js';
import { add } from '../operators/elementwise/arithmetic.js';
import type { Tensor } from '../tensor.js';
import type { GradNode } from './node.js';

/** The gradients of a node's outputs; null where none has come. */
export type OutputGradients = (Tensor | null)[];

/** What is pending: given by those that use a node's outputs, taken by the node once they all have run. */
export class Gradients {
  private readonly pending: (OutputGradients | null)[];
  /** How many nodes wait for a gradient; only where its memory is given back once none does. */
  private readonly waiting: Map<Tensor, number> | null;
  /** Memory that no leaf may take over: several nodes have it. */
  private several: Set<Storage> | null = null;

  /**
   * @param order the nodes of the pass.
   * @param scope gives memory back as the pass goes on; null if the collector does.
   */
  constructor(
    private readonly order: readonly GradNode[],
    private readonly scope: PassScope | null,
  ) {
    this.pending = new Array<OutputGradients | null>(order.length).fill(null);
    this.waiting = scope === null ? null : new Map();
    for (let i = 0; i < order.length; i++) order[i].slot = i;
  }

  /** Adds a gradient to what has come for an output of a node. */
  give(node: GradNode, output: number, gradient: Tensor): void {
    const slot = this.slotOf(node);
    const list = this.pending[slot] ?? new Array<Tensor | null>(node.outputs).fill(null);
    this.pending[slot] = list;
    const before = list[output];
    const { waiting, scope } = this;
    if (before === null) {
      list[output] = gradient;
      waiting?.set(gradient, (waiting.get(gradient) ?? 0) + 1);
      return;
    }
    const sum = add(before, gradient);
    list[output] = sum;
    if (waiting === null) return;
    waiting.set(sum, 1);
    this.leave(before);
    if (!waiting.has(gradient)) scope?.done(gradient);
  }

  /** The gradients of a node's outputs, which it then has no more; null if none has come. */
  take(node: GradNode): OutputGradients | null {
    const slot = this.slotOf(node);
    const list = this.pending[slot];
    this.pending[slot] = null;
    return list;
  }

  /** Notes that a node is through with its gradients: memory that no other node waits for can go. */
  done(list: OutputGradients): void {
    if (this.waiting === null) return;
    for (const g of list) if (g !== null) this.leave(g);
  }

  /** Notes that several nodes, or somebody else, have this gradient's memory. */
  share(gradient: Tensor): void {
    this.several ??= new Set();
    this.several.add(gradient.storage);
  }

  /** Whether a leaf may take this gradient's memory over. Nobody else may from then on. */
  claim(gradient: Tensor): boolean {
    if (gradient.storage.outside || this.several?.has(gradient.storage) === true) return false;
    this.share(gradient);
    return true;
  }

  private leave(gradient: Tensor): void {
    const waiting = this.waiting as Map<Tensor, number>;
    const others = (waiting.get(gradient) ?? 1) - 1;
    if (others > 0) waiting.set(gradient, others);
    else {
      waiting.delete(gradient);
      this.scope?.done(gradient);
    }
  }

  /** A node's place; a backward pass inside this one may have given shared nodes another. */
  private slotOf(node: GradNode): number {
    return this.order[node.slot] === node ? node.slot : this.order.indexOf(node);
  }
}
