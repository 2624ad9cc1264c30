// Device memory for users: scopes, what outlives them, and how much is in use.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import { type DeviceMemory, keepBeyond, memoryReport, runScope } from './memory.js';
import type { Synchronous } from './synchronous.js';

/**
 * Runs a function and frees the device memory of the tensors that it created, except those that it returns (alone, or
 * in arrays, plain objects and maps). Also kept are gradients of leaves, optimizer state, tensors saved by the tape,
 * and tensors passed to `keep`.
 *
 * On device `cpu` the garbage collector frees memory and a scope changes nothing. On other devices memory is freed
 * without a scope too, but only when the garbage collector finds a tensor unreachable, which it cannot do in a loop
 * that never waits. The function must not be async: await outside.
 *
 * @returns the function's result.
 * @throws AutogradError if the function returns a promise or a generator.
 * @example
 * for (const [x, y] of loader) {
 *   const loss = scope(() => {
 *     optimizer.zeroGrad();
 *     const loss = crossEntropy(model.forward(x.to('webgpu')), y.to('webgpu'));
 *     loss.backward();
 *     optimizer.step();
 *     return loss.detach();
 *   });
 *   console.log((await loss.cpu()).item());
 * }
 */
export const scope = /*#__PURE__*/ callable(
  'scope',
  runScope,
  [/*#__PURE__*/ need('body', kinds.callback)],
  {},
) as <T>(body: Synchronous<T>) => T;

/**
 * Removes a tensor from all open scopes, so that it outlives them; returns the tensor.
 *
 * @example let best = scope(() => { const y = f(x); saved = keep(y.detach()); return y; });
 */
export const keep = /*#__PURE__*/ callable(
  'keep',
  keepBeyond,
  [/*#__PURE__*/ need('x', kinds.object)],
  {},
) as <T extends object>(x: T) => T;

/**
 * Live and pooled bytes of every device whose memory is counted (PyTorch: `torch.cuda.memory_allocated`,
 * `memory_reserved`). Device `cpu` is not included: its tensors are ordinary arrays, which `process.memoryUsage()`
 * shows.
 *
 * @example memory().webgpu?.live
 */
export const memory = /*#__PURE__*/ callable(
  'memory',
  (): Record<string, DeviceMemory> => memoryReport(),
  [],
  {},
);
