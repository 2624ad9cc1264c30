// Records an operation with a hand-written gradient on the tape.
import { isRecording } from '../../autograd/mode.js';
import { anyRequiresGrad, type Backward, GradNode } from '../../autograd/node.js';
import { isFloat } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';

/** Saves tensors that PyTorch saves too, though the gradient here does not read them; returns `out`. */
export function alsoSaving(out: Tensor, ...tensors: readonly (Tensor | null)[]): Tensor {
  // Without recording, `out` may have the history of an earlier operation, if it was changed in place.
  if (isRecording()) out.gradFn?.saveToo(tensors.filter((x) => x !== null));
  return out;
}

/** Makes the last operation of `out` keep its saved tensors, all of them internal, because PyTorch's saves nothing. */
export function lasting(out: Tensor): Tensor {
  if (isRecording()) out.gradFn?.last();
  return out;
}

/** Lets the last operation of `out` run only once, as PyTorch's, which saves a tensor that is not needed here. */
export function onceOnly(out: Tensor): Tensor {
  if (isRecording() && out.gradFn !== null) out.gradFn.once = true;
  return out;
}

/**
 * Records the operation that produced `out`, if gradients are recorded and an input requires one. `saved` lists the
 * tensors that the backward function reads by `node.savedTensor(i)`; it may contain `out` itself.
 */
export function record(
  name: string,
  out: Tensor,
  inputs: readonly Tensor[],
  backward: Backward,
  saved: readonly (Tensor | null)[] = [],
  context: unknown = null,
): Tensor {
  if (isRecording() && isFloat(out.dtype) && anyRequiresGrad(inputs)) {
    // If it is a view of memory that nothing else references, it becomes a tensor that is not a view.
    out.base = null;
    out.gradFn = new GradNode(name, inputs, backward, saved, context);
  }
  return out;
}
