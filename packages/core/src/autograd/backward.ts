// `backward` and `grad`: the public functions that run the backward pass.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { AutogradError, ValueError } from '../errors.js';
import { zerosLike } from '../operators/create/zeros-ones-full.js';
import { owned } from '../operators/machinery/map-reduce.js';
import { show } from '../shape.js';
import { Tensor } from '../tensor.js';
import { accumulate, retain } from './accumulate.js';
import { type BackwardOptions, type Root, runBackward, whenDone } from './engine.js';
import { gradEdge } from './node.js';

/** Options of the method `backward`. */
export interface BackwardCallOptions extends BackwardOptions {
  /** The tensors whose `.grad` is filled. Default: all leaves that this tensor depends on. */
  inputs?: Tensor | readonly Tensor[];
}

/** See the method `backward`. */
export function backward(
  root: Tensor,
  gradient?: Tensor | null,
  options: BackwardCallOptions = {},
): void {
  if (options.inputs !== undefined) {
    backwardTo(options.inputs, root, gradient, options);
    return;
  }
  runBackward('backward', [{ tensor: root, gradient }], options, {
    leaf: (leaf, g, how, scope) => {
      accumulate(leaf, g, how);
      for (const call of leaf.accumulator?.after ?? []) scope.outside(call);
    },
  });
}

/**
 * Calls a function at the end of the current backward pass, when all leaves have their gradients, as data-parallel
 * training needs it (PyTorch: `Variable._execution_engine.queue_callback`). Call it from a hook. Functions run in the
 * order in which they were queued; if the pass fails, none of them runs.
 *
 * @throws AutogradError outside a backward pass.
 * @example weight.registerHook(() => queueCallback(() => console.log(weight.grad)));
 */
export const queueCallback = /*#__PURE__*/ callable(
  'queueCallback',
  (callback: () => unknown): void => {
    if (!whenDone(callback)) {
      throw new AutogradError(
        'queueCallback: no backward pass is running; call it from a hook, as in x.registerHook(() => queueCallback(f))',
      );
    }
  },
  [/*#__PURE__*/ need('callback', kinds.callback)],
  {},
);

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** Gradients of the outputs; required unless the outputs are scalars. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /**
   * Return null instead of throwing for an input that no output depends on. Default: the value of `materializeGrads`.
   */
  allowUnused?: boolean;
  /** Return zeros for an input that no output depends on. Default: false. */
  materializeGrads?: boolean;
}

/** The backward pass to given tensors only. */
function backwardTo(
  inputs: Tensor | readonly Tensor[],
  root: Tensor,
  gradient: Tensor | null | undefined,
  options: BackwardOptions,
): void {
  const leaves = inputs instanceof Tensor ? [inputs] : [...new Set(inputs)];
  const found = gradientsOf('backward', [{ tensor: root, gradient }], leaves, options);
  // They may be referenced more than once.
  const how = { createGraph: options.createGraph ?? false, takes: () => false };
  leaves.forEach((leaf, i) => {
    const g = found[i] ?? null;
    if (g === null) return;
    if (leaf.gradFn === null) accumulate(leaf, g, how);
    else retain(leaf, g, how);
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
      'grad: materializeGrads returns zeros for unused inputs, which allowUnused: false refuses; leave one of them out',
    );
  }
  const results = gradientsOf(
    'grad',
    roots.map((tensor, i) => ({ tensor, gradient: given instanceof Tensor ? given : given?.[i] })),
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

/** The gradients of the given tensors, null for those that no root depends on. */
function gradientsOf(
  operator: string,
  roots: readonly Root[],
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
  runBackward(operator, roots, options, {
    wanted: nodes,
    capture: (node, list, scope) => {
      nodes.forEach((n, i) => {
        if (n !== node) return;
        const found = list[wanted[i].outputIndex] ?? null;
        results[i] = found;
        if (found === null) return;
        // The caller gets an independent tensor, even if it was a view inside the pass.
        if (found.gradFn === null) owned(found);
        scope.release(found);
        found.storage.outside = true;
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
