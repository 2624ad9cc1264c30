// Checkpointing, which trades time for memory: part of the forward pass is computed again in the backward pass.
import { variadic } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { AutogradError } from '../errors.js';
import { defaultGenerator } from '../random/index.js';
import { Tensor } from '../tensor.js';
import { backward } from './backward.js';
import { isRecording } from './mode.js';
import { enableGrad, noGrad } from './no-grad.js';
import { type Backward, GradNode } from './node.js';

function checkResult(x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  throw new AutogradError(`checkpoint: f must return one tensor, not ${kinds.described(x)}`);
}

function checkpointOf(f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  if (!isRecording()) {
    const out: unknown = f(...inputs);
    checkResult(out);
    return out;
  }
  const state = defaultGenerator().getState();
  const result: unknown = noGrad(() => f(...inputs));
  checkResult(result);
  const out = result.detach();
  // Parameters used in `f` may require gradients even if no input does.
  const anchor = new Tensor(out.storage, out.shape, out.strides, out.offset);
  const run: Backward = (_node, [g]) => {
    const generator = defaultGenerator();
    const now = generator.getState();
    const live = inputs.map((x) => (x.requiresGrad ? x.detach().requiresGrad_() : x));
    try {
      generator.setState(state);
      const again = enableGrad(() => f(...live));
      if (again.requiresGrad) backward(again, g ?? null);
    } finally {
      generator.setState(now);
    }
    return live.map((x, i) => (inputs[i]?.requiresGrad ? x.grad : null));
  };
  const node = new GradNode('checkpoint', inputs, run, [], null);
  node.foreign = true;
  anchor.gradFn = node;
  return anchor;
}

/**
 * Runs a function without saving what its backward pass needs, and runs it again in the backward pass (PyTorch:
 * `torch.utils.checkpoint.checkpoint`). The second run draws the same random numbers.
 *
 * @param f returns one tensor; parameters that it uses get their gradients too.
 * @example const y = checkpoint((x) => block.forward(x), x);
 */
export const checkpoint = /*#__PURE__*/ variadic(
  'checkpoint',
  checkpointOf,
  [/*#__PURE__*/ need('f', kinds.callback)],
  /*#__PURE__*/ need('input', kinds.tensor),
);
