// Deep copies of modules.
import { callable, isPlain, need, Tensor } from '@dl/core/functional';
import { moduleKind } from './arguments.js';
import { BUFFERS, isModule } from './members.js';
import type { AnyModule } from './module.js';
import { isParameter, Parameter } from './parameter.js';

type CloneModule = <M extends AnyModule>(module: M) => M;

/**
 * A deep copy of a module (PyTorch: `copy.deepcopy(module)`). It copies parameters with their gradients,
 * buffers, submodules, arrays and plain objects. What the module shares internally, the copy shares too.
 * Functions and other objects are the same ones, not copies. Hooks are not copied.
 *
 * No constructor runs, so a class with `#private` fields needs its own way of copying.
 *
 * @example const best = cloneModule(model); // keeps the current values
 */
export const cloneModule = /*#__PURE__*/ (() =>
  callable(
    'cloneModule',
    (module: AnyModule) => copy(module, new Map()) as AnyModule,
    [/*#__PURE__*/ need('module', moduleKind)],
    {},
  ) as CloneModule)();

function copy(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const seen = known.get(value);
  if (seen !== undefined) return seen;
  if (value instanceof Tensor) {
    const plain = value.detach().clone();
    const made = isParameter(value) ? new Parameter(plain, value.requiresGrad) : plain;
    if (!isParameter(value) && value.isLeaf) made.requiresGrad = value.requiresGrad;
    if (value.grad !== null) made.grad = value.grad.detach().clone();
    known.set(value, made);
    return made;
  }
  if (Array.isArray(value)) {
    const made: unknown[] = [];
    known.set(value, made);
    for (const item of value) made.push(copy(item, known));
    return Object.isFrozen(value) ? Object.freeze(made) : made;
  }
  if (!isModule(value) && !isPlain(value)) return value;
  const made = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  known.set(value, made);
  if (isModule(value)) Object.defineProperty(made, BUFFERS, { value: new Map(value[BUFFERS]) });
  for (const [field, item] of Object.entries(value)) made[field] = copy(item, known);
  return made;
}
