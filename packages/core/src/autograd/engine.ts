// The backward pass: nodes in topological order, gradients summed where paths meet.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { AutogradError, ShapeError, ValueError } from '../errors.js';
import { backwardScope, type PassScope, stayWith } from '../memory.js';
import { cast, contiguous } from '../operators/convert.js';
import { onesLike, zerosLike } from '../operators/create.js';
import { add } from '../operators/elementwise/arithmetic.js';
import { isnan } from '../operators/elementwise/compare.js';
import { any } from '../operators/reduce.js';
import { owned } from '../operators/run.js';
import { sameShape, show } from '../shape.js';
import { checkTensor, Tensor } from '../tensor.js';
import { isAnomalyEnabled, setRecording } from './mode.js';
import { type GradNode, gradEdge } from './node.js';

/** Options of `backward` and `grad`. */
export interface BackwardOptions {
  /** Keep what was saved, so that the pass can be run again. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the pass itself, for gradients of gradients. Default: false. */
  createGraph?: boolean;
}

let passes = 0;

/** Nodes reachable from the roots, makers after users and leaves last. */
function topologicalOrder(roots: readonly GradNode[]): { order: GradNode[]; tracked: boolean } {
  const pass = ++passes;
  const order: GradNode[] = [];
  const reach = (node: GradNode | null | undefined): void => {
    if (node === null || node === undefined || node.pass === pass) return;
    node.pass = pass;
    order.push(node);
  };
  roots.forEach(reach);
  let sorted = true;
  let tracked = false;
  for (let i = 0; i < order.length; i++) {
    const node = order[i];
    const { next, sequence } = node;
    tracked ||= node.passing;
    // A node is always younger than what it consumed; leaves have number 0 and come last.
    if (i > 0 && sequence > order[i - 1].sequence) sorted = false;
    for (let k = 0; k < next.length; k++) reach(next[k]);
  }
  if (!sorted) order.sort((a, b) => b.sequence - a.sequence);
  return { order, tracked };
}

type Gradients = (Tensor | null)[];

/** Which nodes lead to one of `wanted`, itself not counted. */
function leadingTo(order: readonly GradNode[], wanted: readonly (GradNode | null)[]): boolean[] {
  const leads = new Array<boolean>(order.length).fill(false);
  const isOnTheWay = (node: GradNode | null): boolean =>
    node !== null && (wanted.includes(node) || leads[node.slot] === true);
  for (let i = order.length - 1; i >= 0; i--) {
    leads[i] = order[i].next.some(isOnTheWay);
  }
  return leads;
}

/** How many nodes will hand a gradient to each leaf, or pass it over. */
function usersOfLeaves(order: readonly GradNode[], runs: readonly boolean[] | null): Int32Array {
  const users = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    if (runs !== null && !runs[i]) continue;
    const { next } = order[i];
    for (let k = 0; k < next.length; k++) {
      const target = next[k];
      if (target !== null && target.variable !== null) {
        users[target.slot] = users[target.slot] + 1;
      }
    }
  }
  return users;
}

/** Who takes gradients out of a pass: leaves, or the nodes that `grad` was asked for. */
interface Taker {
  /** Takes the gradient of a leaf. */
  sink?(leaf: Tensor, gradient: Tensor, scope: PassScope): void;
  /** The nodes that are asked for: only what leads to them runs. */
  readonly wanted?: readonly (GradNode | null)[];
  /** Takes the gradients of a node that is asked for. */
  capture?(node: GradNode, gradients: Gradients, scope: PassScope): void;
}

/**
 * Runs the tape backwards from `roots`. A leaf has its gradient as soon as all that use it have run, while the pass
 * goes on. Seeds that the caller did not bring go with the pass.
 */
function run(
  roots: readonly Tensor[],
  given: readonly (Tensor | null | undefined)[],
  operator: string,
  options: BackwardOptions,
  { sink, wanted, capture }: Taker,
): void {
  const seeds = roots.map((r, i) => seedFor(operator, r, given[i]));
  const createGraph = options.createGraph ?? false;
  const retainGraph = options.retainGraph ?? createGraph;
  const rootNodes = roots.map((r) => gradEdge(r) as GradNode);
  const { order, tracked: known } = topologicalOrder(rootNodes);
  const gradients = new Array<Gradients | null>(order.length).fill(null);
  for (let i = 0; i < order.length; i++) order[i].slot = i;
  const runs = wanted === undefined ? null : leadingTo(order, wanted);
  const users = usersOfLeaves(order, runs);
  // A backward pass inside this one may have renumbered shared nodes.
  const slotOf = (node: GradNode): number =>
    order[node.slot] === node ? node.slot : order.indexOf(node);

  const before = setRecording(createGraph);
  // A pass that is recorded itself keeps what it makes: that is what it is for.
  const { counted } = roots[0].storage;
  const tracked = !createGraph && (counted || known);
  try {
    backwardScope(tracked, (scope) => {
      const pending = tracked ? new Map<Tensor, number>() : null;
      const give = (node: GradNode, output: number, gradient: Tensor): void => {
        const slot = slotOf(node);
        let list = gradients[slot];
        if (list === null) {
          list = new Array<Tensor | null>(node.outputs).fill(null);
          gradients[slot] = list;
        }
        const sofar = list[output];
        if (sofar === null || sofar === undefined) {
          list[output] = gradient;
          pending?.set(gradient, (pending.get(gradient) ?? 0) + 1);
          return;
        }
        const sum = add(sofar, gradient);
        list[output] = sum;
        if (pending === null) return;
        pending.set(sum, 1);
        used(sofar);
        if (!pending.has(gradient)) scope.done(gradient);
      };
      // Once the last node that waits for a gradient has had it, its memory can go.
      const used = (gradient: Tensor): void => {
        const waiting = (pending?.get(gradient) ?? 1) - 1;
        if (waiting > 0) pending?.set(gradient, waiting);
        else {
          pending?.delete(gradient);
          scope.done(gradient);
        }
      };
      roots.forEach((r, i) => {
        const seed = seeds[i];
        if (seed !== given[i]) scope.adopt(seed);
        give(rootNodes[i], r.outputIndex, seed);
      });
      const visit = (i: number): void => {
        const node = order[i];
        const list = gradients[i];
        if (list === null || list === undefined) {
          if (runs?.[i] !== false) passOver(node);
          return;
        }
        gradients[i] = null;
        const goesOn = runs?.[i] !== false;
        // As PyTorch: what is not on the way to a tensor that is asked for has no gradient, nor have its hooks; but a
        // single root always has.
        if (goesOn || wanted?.includes(node) || (roots.length === 1 && node === rootNodes[0])) {
          // What is asked for has been through the hooks, unless the pass goes on from there.
          if (goesOn) capture?.(node, list, scope);
          if (node.hooks !== null) callHooks(node, list, scope);
          if (!goesOn) capture?.(node, list, scope);
          if (node.variable !== null) {
            // It may have been detached since.
            if (node.variable.takesGrad) sink?.(node.variable, list[0] as Tensor, scope);
          } else if (node.retained !== null) retainAll(node.retained, list, createGraph);
        }
        if (node.variable === null && goesOn) {
          if (node.foreign) claimAll(list);
          const results =
            tracked && !counted && node.foreign
              ? shown(node, list, scope)
              : scope.run(() => node.apply(list));
          if (isAnomalyEnabled()) refuseNan(node, results);
          for (let k = 0; k < node.next.length; k++) {
            const target = node.next[k];
            const result = results[k];
            if (target !== null && target !== undefined && result) {
              give(target, node.nextOutput[k], result);
            }
          }
          if (!retainGraph) node.release();
          passOver(node);
        }
        if (pending !== null) for (const g of list) if (g) used(g);
      };
      // Leaves that wait for nobody else any more.
      const passOver = (node: GradNode): void => {
        for (let k = 0; k < node.next.length; k++) {
          const target = node.next[k];
          if (target === null || target.variable === null) continue;
          const slot = slotOf(target);
          users[slot] = users[slot] - 1;
          if (users[slot] === 0) visit(slot);
        }
      };
      // Leaves come last in the order; those that are still waiting are roots themselves.
      for (let i = 0; i < order.length; i++) visit(i);
    });
  } finally {
    setRecording(before);
  }
}

// Where the collector frees memory, the user may keep what a backward function of theirs sees and makes.
function shown(node: GradNode, list: Gradients, scope: PassScope): readonly (Tensor | null)[] {
  for (const g of list) if (g) scope.release(g);
  return scope.outside(() => node.apply(list));
}

// A hook is the user's: what it sees and makes may be kept beyond the pass.
function callHooks(node: GradNode, list: Gradients, scope: PassScope): void {
  claimAll(list);
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

// The memory of gradients that somebody may keep does not become a leaf's `.grad`.
function claimAll(list: Gradients): void {
  for (const g of list) if (g) g.storage.claimed = true;
}

/** Stops at the first operation whose gradient holds NaN. */
function refuseNan(node: GradNode, results: readonly (Tensor | null)[]): void {
  for (const r of results) {
    if (r === null || r.device !== 'cpu' || !any(isnan(r.detach())).item()) continue;
    const where = node.origin === null ? '' : `\nForward call:\n${node.origin}`;
    throw new AutogradError(`${node.name}: its gradient holds NaN${where}`);
  }
}

/** Leaves gradients in results that are to keep theirs. */
function retainAll(results: readonly Tensor[], list: Gradients, createGraph: boolean): void {
  for (const x of results) {
    const g = list[x.outputIndex];
    if (g) retainFor(x, g, createGraph);
  }
}

/** Adds a gradient to the `.grad` of a tensor that is not a leaf: never in place, since others may hold what is there. */
function retainFor(x: Tensor, g: Tensor, createGraph: boolean): void {
  if (x.gradient === null) {
    accumulate(x, g, createGraph);
    return;
  }
  const sum = add(x.gradient, g);
  // Made in the pass, it would go with it.
  if (!createGraph) stayWith(sum, x);
  x.gradient = sum;
}

/** Adds a gradient to a tensor's `.grad`; the first one is taken over without a copy if it may be. */
function accumulate(x: Tensor, gradient: Tensor, createGraph: boolean): void {
  const g = gradient.dtype === x.dtype ? gradient : cast(gradient, x.dtype);
  if (x.gradient !== null) {
    if (createGraph) x.gradient = add(x.gradient, g);
    else add.operator.applyInPlace([x.gradient, g]);
    return;
  }
  if (createGraph) {
    // The graph may have saved it, and a later pass adds to it.
    x.gradient = contiguous(g, true);
    return;
  }
  const takeable = g.dense && !g.storage.claimed && g.storage.length === g.count;
  const own = takeable ? g.detach() : contiguous(g.detach(), true);
  own.storage.claimed = true;
  stayWith(own, x);
  x.gradient = own;
}

function seedFor(operator: string, root: Tensor, gradient: Tensor | null | undefined): Tensor {
  if (gradEdge(root) === null) {
    throw new AutogradError(
      `${operator}: the tensor does not depend on any tensor that requires gradients; ` +
        'create the parameters with { requiresGrad: true }, and compute outside noGrad()',
    );
  }
  if (gradient === null || gradient === undefined) {
    if (root.count !== 1) {
      throw new ShapeError(
        `${operator}: a gradient can be started implicitly only from a scalar, this tensor has shape ${show(root.shape)}; ` +
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
  gradient.storage.claimed = true;
  return gradient;
}

/** Options of the method `backward`. */
export interface BackwardCallOptions extends BackwardOptions {
  /** The tensors whose `.grad` is filled. Default: all leaves that the tensor was computed from. */
  inputs?: Tensor | readonly Tensor[];
}

/** See the method `backward`. */
export function backward(
  root: Tensor,
  gradient?: Tensor | null,
  options: BackwardCallOptions = {},
): void {
  const createGraph = options.createGraph ?? false;
  if (options.inputs !== undefined) {
    backwardTo(options.inputs, root, gradient, options);
    return;
  }
  run([root], [gradient], 'backward', options, {
    sink: (leaf, g, scope) => {
      const after = leaf.accumulator?.after ?? [];
      // A hook may change what the leaf got, and other nodes may still wait for the same memory.
      if (after.length > 0) g.storage.claimed = true;
      accumulate(leaf, g, createGraph);
      for (const call of after) scope.outside(call);
    },
  });
}

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** Gradients of the outputs; needed unless they are scalars. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Give null for an input that no output depends on, instead of an error. Default: that of `materializeGrads`. */
  allowUnused?: boolean;
  /** Give zeros for an input that no output depends on. Default: false. */
  materializeGrads?: boolean;
}

/** The backward pass to some tensors alone. */
function backwardTo(
  inputs: Tensor | readonly Tensor[],
  root: Tensor,
  gradient: Tensor | null | undefined,
  options: BackwardOptions,
): void {
  const leaves = inputs instanceof Tensor ? [inputs] : [...new Set(inputs)];
  const found = gradients('backward', [root], [gradient], leaves, options);
  const { createGraph = false } = options;
  leaves.forEach((leaf, i) => {
    const g = found[i] ?? null;
    if (g === null) return;
    if (leaf.gradFn === null) accumulate(leaf, g, createGraph);
    else retainFor(leaf, g, createGraph);
    for (const call of leaf.accumulator?.after ?? []) call();
  });
}

function gradOf(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const roots = outputs instanceof Tensor ? [outputs] : outputs;
  const wanted = inputs instanceof Tensor ? [inputs] : inputs;
  const given = options.gradOutputs;
  const { materializeGrads = false, allowUnused = materializeGrads } = options;
  if (materializeGrads && !allowUnused) {
    throw new ValueError(
      'grad: materializeGrads gives zeros for unused inputs, which allowUnused: false refuses; leave one of them out',
    );
  }
  const results = gradients(
    'grad',
    roots,
    roots.map((_, i) => (given instanceof Tensor ? given : given?.[i])),
    wanted,
    options,
  );
  if (!allowUnused) {
    const missing = results.indexOf(null);
    if (missing >= 0) {
      throw new AutogradError(
        `grad: input ${missing} of shape ${show(wanted[missing].shape)} was not used to compute the outputs; ` +
          'pass { allowUnused: true } to get null for it',
      );
    }
  }
  return materializeGrads ? results.map((g, i) => g ?? zerosLike(wanted[i])) : results;
}

/** The gradients of some tensors, null for those that no root depends on. */
function gradients(
  operator: string,
  roots: readonly Tensor[],
  given: readonly (Tensor | null | undefined)[],
  wanted: readonly Tensor[],
  options: BackwardOptions,
): (Tensor | null)[] {
  for (const [name, list] of Object.entries({ outputs: roots, inputs: wanted })) {
    if (list.length === 0) throw new ValueError(`${operator}: ${name} must not be empty`);
  }
  const results: (Tensor | null)[] = wanted.map(() => null);
  const nodes = wanted.map((x) => {
    if (!x.requiresGrad) {
      throw new AutogradError(
        `${operator}: an input does not require gradients; create it with { requiresGrad: true }`,
      );
    }
    return gradEdge(x);
  });
  run(roots, given, operator, options, {
    wanted: nodes,
    capture: (node, list, scope) => {
      nodes.forEach((n, i) => {
        if (n !== node) return;
        const found = list[wanted[i].outputIndex] ?? null;
        results[i] = found;
        if (found === null) return;
        // Who asked for it gets a tensor, whatever it was a view of inside of the pass.
        if (found.gradFn === null) owned(found);
        scope.release(found);
        found.storage.claimed = true;
      });
    },
  });
  return results;
}

/**
 * Gradients of outputs with respect to inputs, without touching any `.grad` (PyTorch:
 * `torch.autograd.grad`). The results have the inputs' shapes.
 *
 * @throws AutogradError if an input is not used and `allowUnused` is not set.
 * @example
 * const x = tensor(3, { requiresGrad: true });
 * const [dx] = grad(x.mul(x).mul(x), [x], { createGraph: true }); // 27
 * const [d2x] = grad(dx!, [x]); // 18
 */
export const grad = /*#__PURE__*/ callable(
  'grad',
  gradOf,
  [
    /*#__PURE__*/ need('outputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  {
    gradOutputs: /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensorsOrNulls),
    retainGraph: kinds.boolean,
    createGraph: kinds.boolean,
    allowUnused: kinds.boolean,
    materializeGrads: kinds.boolean,
  },
);
