// Putting an operation with a hand-written gradient on the tape.
import { isRecording } from '../../autograd/mode.js';
import { anyRequiresGrad, type Backward, GradNode } from '../../autograd/node.js';
import { isFloat } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';

/** Saves tensors that PyTorch saves too, though the gradient here does not read them; gives `out` back. */
export function alsoSaving(out: Tensor, ...tensors: readonly (Tensor | null)[]): Tensor {
  // Without recording, what was changed in place may have the history of something older.
  if (isRecording()) out.gradFn?.saveToo(tensors.filter((x) => x !== null));
  return out;
}

/** Has the last step of `out` keep what it saved, all of it the operator's own, as PyTorch's saves nothing there. */
export function lasting(out: Tensor): Tensor {
  if (isRecording()) out.gradFn?.last();
  return out;
}

/** Has the last step of `out` run once alone, as PyTorch's, which saves something that the one here does not need. */
export function onceOnly(out: Tensor): Tensor {
  if (isRecording() && out.gradFn !== null) out.gradFn.once = true;
  return out;
}

/**
 * Gives `out` its history, if gradients are recorded and an input wants one. `saved` is what the
 * backward function reads by `node.savedTensor(i)`; it may name `out` itself.
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
    // Where it is a view of memory that is nobody else's, it is a tensor of its own.
    out.base = null;
    out.gradFn = new GradNode(name, inputs, backward, saved, context);
  }
  return out;
}
