// Buffers: tensors of a module that are not parameters.
import { type Tensor, ValueError } from '@dl/core/functional';
import { BUFFERS, classNameOf } from './members.js';
import type { AnyModule } from './module.js';
import { Parameter } from './parameter.js';

/** See `Module.registerBuffer`. */
export function addBuffer(
  module: AnyModule,
  name: string,
  tensor: Tensor | null,
  persistent = true,
): void {
  if (name === '' || name.includes('.')) {
    throw new ValueError(
      `registerBuffer: '${name}' cannot be the name of a buffer: it is empty or contains a dot`,
    );
  }
  const taken = name in module && !module[BUFFERS].has(name);
  if (taken && Reflect.get(module, name) !== undefined) {
    throw new ValueError(
      `registerBuffer: ${classNameOf(module)} already has '${name}'; choose another name`,
    );
  }
  if (tensor instanceof Parameter) {
    throw new ValueError(
      `registerBuffer: '${name}' is a Parameter, which needs no registration; for a buffer, pass its detach()`,
    );
  }
  module[BUFFERS].set(name, persistent);
  Reflect.set(module, name, tensor);
}
