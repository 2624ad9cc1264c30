// Device memory for users: scopes, what outlives them, and how much is in use.
import { callable } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { need } from './arguments/signature.js';
import { type DeviceMemory, keepBeyond, memoryReport, runScope } from './memory.js';
import type { Synchronous } from './synchronous.js';

/**
 * Runs a function and gives back the device memory of the tensors that it made, all but those that it
 * returns (alone, or in arrays, plain objects and maps). What is reachable otherwise and must stay is
 * kept: gradients of leaves, the state of optimizers, what the tape saved, what went through `keep`.
 *
 * On the device `cpu` the collector frees memory and a scope changes nothing. On other devices memory
 * is also given back without a scope, but only when the collector finds a tensor dead, which it can
 * not do inside a loop that never waits. The function must not be asynchronous: await outside.
 *
 * @returns what the function returned.
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
 * Takes a tensor out of the scopes that are open, so that it stays when they end; gives it back.
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
 * Live and pooled bytes of every device whose memory is counted (PyTorch:
 * `torch.cuda.memory_allocated`, `memory_reserved`). The device `cpu` is not in it: its tensors are
 * ordinary arrays, which `process.memoryUsage()` shows.
 *
 * @example memory().webgpu?.live
 */
export const memory = /*#__PURE__*/ callable(
  'memory',
  (): Record<string, DeviceMemory> => memoryReport(),
  [],
  {},
);
