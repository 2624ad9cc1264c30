// The gradients of a backward pass, from the nodes that computed them to the nodes that wait for them.
import type { PassScope, Storage } from '../memory.js';
import { add } from '../operators/elementwise/arithmetic.js';
import type { Tensor } from '../tensor.js';
import type { GradNode } from './node.js';

/** The gradients of a node's outputs; null for an output that has none yet. */
export type OutputGradients = (Tensor | null)[];

/** Pending gradients: the users of a node's outputs add them, and the node takes them once all users have run. */
export class Gradients {
  private readonly pending: (OutputGradients | null)[];
  /** The number of nodes that wait for a gradient; counted only if its memory is freed when no node waits. */
  private readonly waiting: Map<Tensor, number> | null;
  /** Gradients whose memory no leaf may reuse, because several nodes share it. */
  private several: Set<Storage> | null = null;

  /**
   * @param order the nodes of the pass.
   * @param scope frees memory during the pass; null if the garbage collector does.
   */
  constructor(
    private readonly order: readonly GradNode[],
    private readonly scope: PassScope | null,
  ) {
    this.pending = new Array<OutputGradients | null>(order.length).fill(null);
    this.waiting = scope === null ? null : new Map();
    for (let i = 0; i < order.length; i++) order[i].slot = i;
  }

  /** Accumulates a gradient for an output of a node. */
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

  /** Takes the gradients of a node's outputs; null if there are none. */
  take(node: GradNode): OutputGradients | null {
    const slot = this.slotOf(node);
    const list = this.pending[slot];
    this.pending[slot] = null;
    return list;
  }

  /** Marks a node as done with its gradients: memory that no other node waits for is freed. */
  done(list: OutputGradients): void {
    if (this.waiting === null) return;
    for (const g of list) if (g !== null) this.leave(g);
  }

  /** Marks a gradient's memory as shared by several nodes or the user. */
  share(gradient: Tensor): void {
    this.several ??= new Set();
    this.several.add(gradient.storage);
  }

  /** Whether a leaf may reuse this gradient's memory. From then on nobody else may. */
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

  /** A node's position; a nested backward pass may have changed the positions of shared nodes. */
  private slotOf(node: GradNode): number {
    return this.order[node.slot] === node ? node.slot : this.order.indexOf(node);
  }
}
