// Wraps every module's `forward`: adds paths to error messages and runs hooks.
import { DLError, ValueError } from '@dl/core/functional';
import { hooksOf, withHooks } from './hooks.js';
import { classNameOf, isModule, joinPath, MODULE, walk } from './members.js';
import type { AnyModule } from './module.js';

type Forward = (this: AnyModule, ...inputs: unknown[]) => unknown;

const guarded = new WeakSet<object>();

/**
 * Wraps the `forward` of a class and of its parents up to `Module`, each once, when the first instance is created.
 *
 * A module does not know its own name, but its parent does. An error thrown in a child's forward passes through the
 * parent's, which finds the child among its modules and adds its name to the message. Without an error this costs only
 * a try block, and no module needs a reference to its parent.
 */
export function guardForward(prototype: object): void {
  if (!('forward' in prototype)) giveForward(prototype);
  // Only Module's own prototype has the mark as an own property.
  for (let p = prototype; !Object.hasOwn(p, MODULE); p = Object.getPrototypeOf(p)) {
    if (guarded.has(p)) return;
    guarded.add(p);
    const own = Object.getOwnPropertyDescriptor(p, 'forward');
    if (typeof own?.value === 'function') {
      Object.defineProperty(p, 'forward', { ...own, value: guard(own.value as Forward) });
    }
  }
}

/** Adds a forward to Module's prototype that throws, for classes without one. */
function giveForward(prototype: object): void {
  let p = prototype;
  while (!Object.hasOwn(p, MODULE)) p = Object.getPrototypeOf(p);
  const value = function (this: AnyModule): never {
    throw new ValueError(
      `${classNameOf(this)} has no forward; define forward(x) { return …; } in the class`,
    );
  };
  Object.defineProperty(p, 'forward', { value, configurable: true, writable: true });
}

function guard(original: Forward): Forward {
  const forward: Forward = function (...inputs) {
    const own = hooksOf(this);
    try {
      // A forward called by super.forward() is part of another forward.
      if (own === undefined || (this as { forward: unknown }).forward !== forward) {
        return original.apply(this, inputs);
      }
      return withHooks(this, own, inputs, (given) => original.apply(this, [...given]));
    } catch (error) {
      if (error instanceof DLError) addPath(error, this);
      throw error;
    }
  };
  Object.defineProperty(forward, 'name', { value: original.name });
  Object.defineProperty(forward, 'length', { value: original.length });
  // A program that prints sources then prints the user's.
  Object.defineProperty(forward, 'toString', { value: () => original.toString() });
  return forward;
}

/** Where an error was thrown, as far as is known yet. */
interface Trail {
  /** The outermost module that the error has passed. */
  root: AnyModule;
  /** The path from there to the module whose forward threw. */
  path: string;
  /** The message without the path. */
  message: string;
}

const trails = new WeakMap<DLError, Trail>();

function addPath(error: DLError, module: AnyModule): void {
  const trail = trails.get(error);
  if (trail === undefined) {
    trails.set(error, { root: module, path: '', message: error.message });
    return;
  }
  if (trail.root === module) return;
  const name = pathOf(module, trail.root);
  trail.root = module;
  if (name === null) {
    // The failing module is not part of this one, so it has no path here. Paths start again at the caller.
    trail.path = '';
    trail.message = error.message;
    return;
  }
  trail.path = joinPath(name, trail.path);
  const message = `${classNameOf(module)}.${trail.path}: ${trail.message}`;
  // The stack contains the message as of the first read of `stack`, so read it before the change.
  const { stack, message: before } = error;
  error.message = message;
  if (stack !== undefined) error.stack = stack.replace(before, () => message);
}

function pathOf(module: AnyModule, wanted: AnyModule): string | null {
  for (const [path, holder] of walk(module)) {
    if (isModule(holder) && holder === wanted) return path;
  }
  return null;
}
