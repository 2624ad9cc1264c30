// The backward pass: the chain rule, node by node.
import { AutogradError, ShapeError } from '../errors.js';
import { backwardScope, type PassScope, type Storage } from '../memory.js';
import { onesLike } from '../operators/create/zeros-ones-full.js';
import { isnan } from '../operators/elementwise/compare.js';
import { any } from '../operators/reduce/all-any.js';
import { sameShape, show } from '../shape.js';
import { checkTensor, Tensor } from '../tensor.js';
import { type Accumulation, retain } from './accumulate.js';
import { Gradients, type OutputGradients } from './gradients.js';
import { looksForNaN, setRecording } from './mode.js';
import { type GradNode, gradEdge } from './node.js';
import { orderOf } from './order.js';

/** Options of `backward` and `grad`. */
export interface BackwardOptions {
  /** Keep the saved tensors, so that the pass can be run again. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the pass itself, for higher-order gradients. Default: false. */
  createGraph?: boolean;
}

/** Where a pass begins: a tensor, and its gradient unless it is a scalar whose gradient is 1. */
export interface Root {
  readonly tensor: Tensor;
  readonly gradient?: Tensor | null | undefined;
}

/** Receives the gradients of a pass. */
export interface Taker {
  /** Receives the complete gradient of a leaf while the pass goes on. */
  leaf?(leaf: Tensor, gradient: Tensor, how: Accumulation, scope: PassScope): void;
  /** The nodes whose gradients are requested: only nodes that lead to them run. */
  readonly wanted?: readonly (GradNode | null)[];
  /** Receives the gradients of a requested node. */
  capture?(node: GradNode, gradients: OutputGradients, scope: PassScope): void;
}

/** Functions to run at the end of the current pass; null outside a pass. */
let atTheEnd: (() => unknown)[] | null = null;

/** Queues a function for the end of the current pass; false if no pass is running. */
export function whenDone(callback: () => unknown): boolean {
  atTheEnd?.push(callback);
  return atTheEnd !== null;
}

/**
 * Runs the backward pass from the roots, then the functions that hooks queued.
 *
 * @param operator the caller's name, for messages.
 * @throws AutogradError if a root has no history, or saved tensors were freed or changed; ShapeError if a gradient's
 *   shape differs from its tensor's, or is missing for a tensor that is not a scalar.
 */
export function runBackward(
  operator: string,
  roots: readonly Root[],
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  taker: Taker,
): void {
  const seeds = roots.map((root) => seedFor(operator, root));
  const starts = roots.map(({ tensor }) => gradEdge(tensor) as GradNode);
  const { nodes, leading, holds } = orderOf(starts, taker.wanted);
  const { owner } = roots[0].tensor.storage;
  // A recorded pass keeps the tensors that it creates: the graph needs them.
  const returns = !createGraph && (owner === 'counted' || holds);
  const before = setRecording(createGraph);
  const around = atTheEnd;
  const callbacks: (() => unknown)[] = [];
  atTheEnd = callbacks;
  try {
    backwardScope(returns, (scope) => {
      const gradients = new Gradients(nodes, returns ? scope : null);
      const how = { createGraph, takes: (g: Tensor) => gradients.claim(g) };
      roots.forEach(({ tensor, gradient }, i) => {
        // Gradients that the caller did not pass are freed with the pass.
        if (seeds[i] !== gradient) scope.adopt(seeds[i]);
        gradients.give(starts[i], tensor.outputIndex, seeds[i]);
      });
      for (const node of nodes) {
        const list = gradients.take(node);
        if (list === null) continue;
        const goesOn = leading === null || leading.has(node);
        // As in PyTorch, a root that does not lead to a requested node gets no gradient and its hooks do not run; a
        // single root always does.
        if (goesOn || taker.wanted?.includes(node) || (starts.length === 1 && node === starts[0])) {
          deliver(node, list, goesOn, taker, how, scope);
        }
        if (goesOn && node.variable === null) {
          const results = applied(node, list, owner === 'recycled' && returns, scope);
          hand(gradients, node, results);
          if (!retainGraph) node.release();
        }
        gradients.done(list);
      }
    });
  } finally {
    setRecording(before);
    atTheEnd = around;
  }
  for (const callback of callbacks) callback();
}

/** Passes the gradients of a node's inputs on to the nodes that wait for them. */
function hand(
  gradients: Gradients,
  { next, nextOutput }: GradNode,
  results: readonly (Tensor | null | undefined)[],
): void {
  // A single input shares memory with no other, which saves the smallest steps a set.
  const given = next.length > 1 ? new Set<Storage>() : null;
  for (let k = 0; k < next.length; k++) {
    const target = next[k];
    const result = results[k];
    if (target === null || !result) continue;
    if (given?.has(result.storage)) gradients.share(result);
    given?.add(result.storage);
    gradients.give(target, nextOutput[k], result);
  }
}

/** Passes a node's gradients to hooks, leaves, callers that requested them, and outputs that retain them. */
function deliver(
  node: GradNode,
  list: OutputGradients,
  goesOn: boolean,
  taker: Taker,
  how: Accumulation,
  scope: PassScope,
): void {
  // A requested gradient has already been through the hooks, unless the pass continues from there.
  if (goesOn) taker.capture?.(node, list, scope);
  if (node.hooks !== null) callHooks(node, list, scope);
  if (!goesOn) taker.capture?.(node, list, scope);
  const { variable, retained } = node;
  if (variable === null) {
    for (const x of retained ?? []) {
      const g = list[x.outputIndex];
      if (g !== null) retain(x, g, how);
    }
  } else if (variable.takesGrad) taker.leaf?.(variable, list[0] as Tensor, how, scope);
}

/** The gradients of a node's inputs. */
function applied(
  node: GradNode,
  list: OutputGradients,
  recycles: boolean,
  scope: PassScope,
): readonly (Tensor | null)[] {
  if (node.foreign) leaveOutside(list);
  const results =
    node.foreign && recycles ? shown(node, list, scope) : scope.run(() => node.apply(list));
  if (looksForNaN()) refuseNan(node, results);
  return results;
}

// Without counting, the user may keep tensors that their backward function receives or creates.
function shown(
  node: GradNode,
  list: OutputGradients,
  scope: PassScope,
): readonly (Tensor | null)[] {
  for (const g of list) if (g) scope.release(g);
  return scope.outside(() => node.apply(list));
}

// A hook is user code: tensors that it receives or creates may outlive the pass.
function callHooks(node: GradNode, list: OutputGradients, scope: PassScope): void {
  leaveOutside(list);
  for (const { output, call } of node.hooks ?? []) {
    const g = list[output];
    if (!g) continue;
    scope.release(g);
    list[output] = checkedHook(
      scope.outside(() => call(g)),
      g,
    );
  }
}

function checkedHook(replacement: unknown, gradient: Tensor): Tensor {
  if (replacement === null || replacement === undefined) return gradient;
  if (replacement instanceof Tensor && sameShape(replacement.shape, gradient.shape)) {
    return replacement;
  }
  throw new AutogradError(
    `registerHook: a hook must return nothing or a gradient of shape ${show(gradient.shape)}`,
  );
}

// They may be kept elsewhere.
function leaveOutside(list: OutputGradients): void {
  for (const g of list) if (g !== null) g.storage.outside = true;
}

/** Throws at the first operation whose gradient contains NaN. */
function refuseNan(node: GradNode, results: readonly (Tensor | null)[]): void {
  for (const r of results) {
    if (r === null || r.device !== 'cpu' || !any(isnan(r.detach())).item()) continue;
    const where = node.origin === null ? '' : `\nForward call:\n${node.origin}`;
    throw new AutogradError(`${node.name}: its gradient contains NaN${where}`);
  }
}

/** The gradient that a pass begins with. */
function seedFor(operator: string, { tensor: root, gradient }: Root): Tensor {
  if (gradEdge(root) === null) {
    throw new AutogradError(
      `${operator}: the tensor does not depend on any tensor that requires gradients; ` +
        'create the parameters with { requiresGrad: true }, and compute outside noGrad()',
    );
  }
  if (gradient === null || gradient === undefined) {
    if (root.count !== 1) {
      throw new ShapeError(
        `${operator}: a gradient can be created implicitly only for a scalar, this tensor has shape ${show(root.shape)}; ` +
          'reduce it with sum() or mean(), or pass a gradient of its shape',
      );
    }
    return onesLike(root);
  }
  checkTensor(operator, gradient);
  if (!sameShape(gradient.shape, root.shape)) {
    throw new ShapeError(
      `${operator}: the gradient has shape ${show(gradient.shape)}, the tensor ${show(root.shape)}; they must be equal`,
    );
  }
  // The caller keeps this memory.
  gradient.storage.outside = true;
  return gradient;
}
