// Changing dtype, device or layout, and copying.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { isRecording } from '../../autograd/mode.js';
import { type Backward, GradNode } from '../../autograd/node.js';
import type { Device, NameAtRunTime } from '../../backend/device-name.js';
import { backendOf } from '../../backend/registry.js';
import { checkDType, type DType, dtypeOfPyTorch, dtypes, type TypedArray } from '../../dtype.js';
import { DTypeError, ValueError } from '../../errors.js';
import { Storage } from '../../memory.js';
import { checkTensor, Tensor } from '../../tensor.js';
import { hostArray } from '../../tensor-values.js';
import { castCase, copyDense, runMap } from '../machinery/map-reduce.js';

/** The tensor in another dtype; the tensor itself if it has that dtype. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : runMap(castCase(x.dtype, dtype), [x]);
}

/** A contiguous copy of the tensor; the tensor itself if it is contiguous and no copy is requested. */
export function contiguous(x: Tensor, copy = false): Tensor {
  return x.dense && !copy ? x : copyDense(x);
}

function cloneOf(x: Tensor): Tensor {
  checkTensor('clone', x);
  return copyDense(x);
}

/**
 * A copy with its own memory, through which gradients flow (PyTorch: `torch.clone`).
 *
 * @example tensor([1, 2]).clone()
 */
export const clone = /*#__PURE__*/ callable(
  'clone',
  cloneOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {},
);

const movedBack: Backward = (node, [g]) => [move(g as Tensor, node.context as string)];

/** A CPU tensor's elements as an array in row-major order, without a copy if they already are one. */
export function denseArray(operator: string, x: Tensor): TypedArray {
  const dense = x.dense ? x : copyDense(x.detach());
  const array = hostArray(operator, dense);
  return dense.offset === 0 && array.length === dense.count
    ? array
    : array.subarray(dense.offset, dense.offset + dense.count);
}

function move(x: Tensor, device: string): Tensor {
  const backend = backendOf(device, 'to');
  if (backend === x.storage.backend) return x;
  if (x.device !== 'cpu') {
    throw new DTypeError(
      `to: values are copied from device '${x.device}' asynchronously; write (await x.cpu()).to('${device}')`,
    );
  }
  const buffer = backend.upload(denseArray('to', x), x.dtype);
  const out = new Tensor(new Storage(buffer, x.dtype, x.count, backend), x.shape);
  if (isRecording() && x.requiresGrad) out.gradFn = new GradNode('to', [x], movedBack, [], 'cpu');
  return out;
}

/** Options of `to`. */
export interface ToOptions {
  dtype?: DType;
  device?: Device | (string & {});
  /** Copy even if nothing changes. Default: false. */
  copy?: boolean;
}

/** The target of a call of `to`: a dtype, a device, or a tensor that has both. */
function asked(target: string | Tensor | undefined, options: ToOptions): ToOptions {
  let named: ToOptions = {};
  if (target instanceof Tensor) named = { dtype: target.dtype, device: target.device };
  else if (target !== undefined) {
    const meant = dtypeOfPyTorch(target);
    if (meant !== null) throw new DTypeError(`to: ${meant.hint}; write x.to('${meant.dtype}')`);
    named = Object.hasOwn(dtypes, target) ? { dtype: target as DType } : { device: target };
  }
  for (const key of ['dtype', 'device'] as const) {
    if (named[key] !== undefined && options[key] !== undefined) {
      throw new ValueError(`to: ${key} is given twice, by position and by name`);
    }
  }
  return { ...named, ...options };
}

function toOf(x: Tensor, target?: string | Tensor, options: ToOptions = {}): Tensor {
  checkTensor('to', x);
  const { dtype, device, copy } = asked(target, options);
  if (dtype === undefined && device === undefined && copy === undefined) {
    throw new ValueError("to: pass a dtype, a device or a tensor, such as x.to('float64')");
  }
  let out = device === undefined ? x : move(x, device);
  if (dtype !== undefined) out = cast(out, checkDType('to', dtype));
  return out === x && copy === true ? cloneOf(x) : out;
}

/** The signatures of `to`. */
interface To {
  <S extends string>(x: Tensor, target: S & NameAtRunTime<S>, options?: ToOptions): Tensor;
  (x: Tensor, options: ToOptions): Tensor;
  (x: Tensor, target: DType | Device | Tensor | ToOptions): Tensor;
  (x: Tensor, target: DType | Device | Tensor, options?: ToOptions): Tensor;
}

/**
 * The tensor in another dtype or on another device; the tensor itself if nothing changes (PyTorch: `Tensor.to`).
 * Copying values back to the CPU is asynchronous: `await x.cpu()`.
 *
 * @param target a dtype, a device, or a tensor whose dtype and device are wanted; or options alone.
 * @throws DeviceError if the device is not available.
 * @example
 * tensor([1.7]).to('int32') // tensor([1], dtype=torch.int32)
 * x.to('webgpu', { dtype: 'float16' })
 */
export const to = /*#__PURE__*/ callable(
  'to',
  toOf,
  [
    /*#__PURE__*/ need('x', kinds.tensor),
    /*#__PURE__*/ may('target', /*#__PURE__*/ kinds.either(kinds.string, kinds.tensor)),
  ],
  { dtype: kinds.dtype, device: kinds.string, copy: kinds.boolean },
) as To;

/** Moves positions, masks and the like, computed on the CPU, to the device of the tensor that they are for. */
export const onDeviceOf = ({ device }: Tensor, made: Tensor): Tensor =>
  made.device === device ? made : move(made, device);

async function cpuOf(x: Tensor): Promise<Tensor> {
  checkTensor('cpu', x);
  if (x.device === 'cpu') return x;
  const plain = x.detach();
  const dense = contiguous(plain);
  const values = x.storage.backend.download(dense.buffer, x.dtype, dense.offset, x.count);
  // The read is enqueued, so its inputs may be freed.
  plain.dispose();
  dense.dispose();
  const data = await values;
  return new Tensor(new Storage(data, x.dtype, x.count, backendOf('cpu')), x.shape);
}

/**
 * The tensor on the CPU, once the device has finished (PyTorch: `Tensor.cpu`). It waits only if the tensor is on
 * another device; gradients do not flow through it.
 *
 * @example const values = (await loss.cpu()).item();
 */
export const cpu = /*#__PURE__*/ callable(
  'cpu',
  cpuOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {},
);

function dataOf(x: Tensor): TypedArray {
  return denseArray('data', x).slice();
}

/**
 * The elements of a CPU tensor as a typed array in row-major order, always a copy (PyTorch: `x.numpy()`). float16 and
 * bfloat16 are returned as 16-bit patterns.
 *
 * @throws DeviceError on another device: use `(await x.cpu()).data()`.
 * @example tensor([[1, 2], [3, 4]]).data() // Float32Array [1, 2, 3, 4]
 */
export const data = /*#__PURE__*/ callable(
  'data',
  dataOf,
  [/*#__PURE__*/ need('x', kinds.tensor)],
  {},
);
