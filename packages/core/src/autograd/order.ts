// The order in which a backward pass visits the tape: users before producers, each leaf after its last use.
import type { GradNode } from './node.js';

/** What a backward pass visits. */
export interface Order {
  readonly nodes: readonly GradNode[];
  /** If only some gradients are requested: the nodes that lead to them, excluding themselves. */
  readonly leading: ReadonlySet<GradNode> | null;
  /** Whether a node has saved memory that can be freed once it has run. */
  readonly holds: boolean;
}

let passes = 0;

/** The nodes that `roots` depend on, and which of them lead to `wanted`, if given. */
export function orderOf(roots: readonly GradNode[], wanted?: readonly (GradNode | null)[]): Order {
  const { steps, leaves, holds } = reachedFrom(roots);
  const leading = wanted === undefined ? null : leadingTo(steps, wanted);
  const nodes = leaves.length === 0 ? steps : withLeaves(steps, leaves, leading);
  return { nodes, leading, holds };
}

/** Operations from the newest to the oldest, and leaves. */
function reachedFrom(roots: readonly GradNode[]): {
  steps: GradNode[];
  leaves: GradNode[];
  holds: boolean;
} {
  const pass = ++passes;
  const steps: GradNode[] = [];
  const leaves: GradNode[] = [];
  const reach = (node: GradNode | null): void => {
    if (node === null || node.pass === pass) return;
    node.pass = pass;
    (node.variable === null ? steps : leaves).push(node);
  };
  roots.forEach(reach);
  let sorted = true;
  let holds = false;
  for (let i = 0; i < steps.length; i++) {
    const { next, sequence, holdsMemory } = steps[i];
    holds ||= holdsMemory;
    // An operation is always newer than its inputs.
    if (i > 0 && sequence > steps[i - 1].sequence) sorted = false;
    for (let k = 0; k < next.length; k++) reach(next[k]);
  }
  if (!sorted) steps.sort((a, b) => b.sequence - a.sequence);
  return { steps, leaves, holds };
}

function leadingTo(
  steps: readonly GradNode[],
  wanted: readonly (GradNode | null)[],
): Set<GradNode> {
  const leading = new Set<GradNode>();
  const isOnTheWay = (node: GradNode | null): boolean =>
    node !== null && (wanted.includes(node) || leading.has(node));
  for (let i = steps.length - 1; i >= 0; i--) {
    if (steps[i].next.some(isOnTheWay)) leading.add(steps[i]);
  }
  return leading;
}

/** Puts each leaf after the last operation that passes it a gradient. */
function withLeaves(
  steps: readonly GradNode[],
  leaves: readonly GradNode[],
  leading: ReadonlySet<GradNode> | null,
): GradNode[] {
  const waiting = new Set(leaves);
  const backwards: GradNode[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i];
    if (leading === null || leading.has(step)) {
      // Seen from the end, the first use found is the last one.
      for (let k = step.next.length - 1; k >= 0; k--) {
        const target = step.next[k];
        if (target !== null && waiting.delete(target)) backwards.push(target);
      }
    }
    backwards.push(step);
  }
  // Roots that are leaves, and leaves that no operation leads to.
  return [...backwards.reverse(), ...waiting];
}
