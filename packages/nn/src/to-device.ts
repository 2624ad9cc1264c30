// Moves the tensors of a module to a device or dtype.
import {
  type Device,
  type DType,
  DTypeError,
  isDType,
  isFloat,
  needValues,
  Tensor,
  ValueError,
} from '@dl/core/functional';
import type { AnyModule } from './module.js';

/** A device, a dtype, or both: `'webgpu'`, `'float64'`. */
export interface ModuleToOptions {
  dtype?: DType;
  device?: Device | (string & {});
}

/** See `Module.to`. */
export function moveTo(
  module: AnyModule,
  given: readonly [device?: string | Tensor, dtype?: DType],
): void {
  const { dtype, device } = targetOf(given);
  if (dtype !== undefined && !isFloat(dtype)) {
    throw new DTypeError(
      `Module.to: dtype must be a floating-point dtype, got ${dtype}; convert single tensors with x.to('${dtype}')`,
    );
  }
  const convert = (x: Tensor): Tensor => {
    if (device === 'cpu') needValues('Module.to', x, 'await module.cpu()');
    const plain = x.detach();
    const moved = device === undefined ? plain : plain.to(device);
    return dtype !== undefined && isFloat(x.dtype) ? moved.to(dtype) : moved;
  };
  replace(tensorsOf(module).map((x) => [x, convert(x)]));
}

/** See `Module.cpu`. */
export async function bringBack(module: AnyModule): Promise<void> {
  replace(
    await Promise.all(tensorsOf(module).map(async (x) => [x, await x.detach().cpu()] as const)),
  );
}

/** All tensors to move: parameters, buffers and gradients. */
function tensorsOf(module: AnyModule): Tensor[] {
  const own: Tensor[] = [...module.parameters(), ...module.buffers()];
  return own.flatMap((x) => (x.grad === null ? [x] : [x, x.grad]));
}

/** Converts everything before the first change, so that a failure changes nothing. */
function replace(pairs: readonly (readonly [x: Tensor, moved: Tensor])[]): void {
  for (const [x, moved] of pairs) if (moved.storage !== x.storage) x.setData(moved);
}

/** A dtype may be passed instead of the device, and a tensor instead of both. */
function targetOf([first, second]: readonly [
  device?: string | Tensor,
  dtype?: DType,
]): ModuleToOptions {
  if (first === undefined) {
    if (second !== undefined) return { dtype: second };
    throw new ValueError(
      "Module.to: a device or a dtype is required; use to('float64'), to('webgpu') or to({ device, dtype })",
    );
  }
  if (first instanceof Tensor) {
    return { device: first.device, dtype: second ?? first.dtype };
  }
  if (!isDType(first))
    return second === undefined ? { device: first } : { device: first, dtype: second };
  if (second === undefined) return { dtype: first };
  throw new ValueError(`Module.to: the dtype is given twice, as '${first}' and '${second}'`);
}
