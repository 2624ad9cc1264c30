// ModuleList and ModuleDict: modules that are held, and run by whoever holds them.
import { IndexError, ValueError } from '@dl/core/functional';
import { classNameOf, isModule, LIST } from './members.js';
import { type AnyModule, Module } from './module.js';

/** What a module in a container cannot be called, or null for a usable name. */
function unusable(container: object, name: string): string | null {
  if (name === '' || name.includes('.')) return 'it must not be empty or hold a dot';
  return name in container ? `${classNameOf(container)} has it already` : null;
}

/** Gives a container a module under a name. */
export function putModule(container: object, name: string, module: unknown): void {
  const type = classNameOf(container);
  if (!isModule(module)) {
    const got = module === null ? 'null' : Array.isArray(module) ? 'an array' : typeof module;
    throw new ValueError(
      `${type}: expected modules, got ${got} as '${name}'; ${
        typeof module === 'function'
          ? 'make an instance with new'
          : 'pass new Linear(…) and the like'
      }`,
    );
  }
  const why = unusable(container, name);
  if (why !== null) {
    throw new ValueError(
      `${type}: '${name}' cannot be a module's name: ${why}; choose another one`,
    );
  }
  (container as Record<string, unknown>)[name] = module;
}

/** What both containers have: they hold modules, and compute nothing. */
abstract class Container extends Module<never[], never> {
  override forward(): never {
    throw new ValueError(
      `${classNameOf(this)}: holds modules and has no forward of its own; call those of its modules, or use Sequential`,
    );
  }

  /** Names are the user's, as in PyTorch. */
  override stateKey(field: string): string {
    return field;
  }

  /** How many modules there are. */
  get length(): number {
    return this.held().length;
  }

  protected held(): [string, AnyModule][] {
    return Object.entries(this).filter((entry): entry is [string, AnyModule] => isModule(entry[1]));
  }
}

/**
 * Modules in a list (PyTorch: `nn.ModuleList`). An array in a field does the same; a list may be
 * handed on by itself.
 *
 * @throws ValueError if one is no module.
 * @example
 * const layers = new ModuleList([new Linear(2, 8), new Linear(8, 1)]);
 * for (const layer of layers) x = layer.forward(x);
 */
export class ModuleList<M extends AnyModule = AnyModule> extends Container implements Iterable<M> {
  /** @internal */
  get [LIST](): true {
    return true;
  }

  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /**
   * The module at a position; a negative one counts from the end (PyTorch: `list[i]`).
   *
   * @throws IndexError if there is none.
   */
  at(index: number): M {
    const all = [...this];
    const found = all[index < 0 ? index + all.length : index];
    if (found === undefined) {
      throw new IndexError(`ModuleList.at: no module ${index}; there are ${all.length}`);
    }
    return found;
  }

  /** Some of the modules, as another list (PyTorch: `list[1:3]`). */
  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList([...this].slice(start, end));
  }

  /** Adds a module at the end. */
  append(module: M): this {
    putModule(this, String(this.length), module);
    return this;
  }

  /** Adds several at the end. */
  extend(modules: Iterable<M>): this {
    if (typeof modules !== 'object' || modules === null || !(Symbol.iterator in modules)) {
      throw new ValueError(`ModuleList: expected a list of modules, got ${typeof modules}`);
    }
    for (const module of modules) this.append(module);
    return this;
  }

  /** Puts a module in front of the one at a position. */
  insert(index: number, module: M): this {
    const all = [...this];
    all.splice(index, 0, module);
    return this.become(all);
  }

  /** Takes a module out and returns it. */
  pop(index = -1): M {
    const found = this.at(index);
    const all = [...this];
    all.splice(index, 1);
    this.become(all);
    return found;
  }

  /** Puts another module at a position (PyTorch: `list[i] = module`). */
  set(index: number, module: M): this {
    this.at(index);
    const all = [...this];
    all[index < 0 ? index + all.length : index] = module;
    return this.become(all);
  }

  *[Symbol.iterator](): Iterator<M> {
    for (const [, module] of this.held()) yield module as M;
  }

  private become(modules: readonly M[]): this {
    const before = this.held();
    for (const [name] of before) delete (this as unknown as Record<string, unknown>)[name];
    try {
      return this.extend(modules);
    } catch (error) {
      for (const [name] of this.held()) delete (this as unknown as Record<string, unknown>)[name];
      for (const [name, module] of before) putModule(this, name, module);
      throw error;
    }
  }
}

/**
 * Modules by name (PyTorch: `nn.ModuleDict`).
 *
 * @throws ValueError if one is no module, or a name is unusable.
 * @example
 * const heads = new ModuleDict({ age: new Linear(8, 1), kind: new Linear(8, 3) });
 * heads.get('age').forward(x)
 */
export class ModuleDict<M extends AnyModule = AnyModule>
  extends Container
  implements Iterable<string>
{
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    this.update(modules);
  }

  /**
   * The module of a name (PyTorch: `dict[name]`).
   *
   * @throws IndexError if there is none.
   */
  get(name: string): M {
    const found = this.held().find(([key]) => key === name);
    if (found === undefined) {
      const names = [...this.keys()].map((key) => `'${key}'`).join(', ');
      throw new IndexError(`ModuleDict.get: no module '${name}'; there are ${names || 'none'}`);
    }
    return found[1] as M;
  }

  /** Puts a module under a name, in place of the one that has it (PyTorch: `dict[name] = module`). */
  set(name: string, module: M): this {
    if (this.has(name) && isModule(module)) {
      (this as unknown as Record<string, unknown>)[name] = module;
    } else putModule(this, name, module);
    return this;
  }

  /** Whether there is a module of that name (PyTorch: `name in dict`). */
  has(name: string): boolean {
    return this.held().some(([key]) => key === name);
  }

  /** Adds or replaces several. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    if (typeof modules !== 'object' || modules === null || isModule(modules)) {
      throw new ValueError('ModuleDict: expected an object of modules by name');
    }
    const entries = Symbol.iterator in modules ? modules : Object.entries(modules);
    for (const [name, module] of entries as Iterable<readonly [string, M]>) this.set(name, module);
    return this;
  }

  /** Takes a module out and returns it. */
  pop(name: string): M {
    const found = this.get(name);
    delete (this as unknown as Record<string, unknown>)[name];
    return found;
  }

  /** Takes all out. */
  clear(): void {
    for (const name of [...this.keys()]) this.pop(name);
  }

  /** The names. */
  *keys(): Generator<string> {
    for (const [name] of this.held()) yield name;
  }

  /** The modules. */
  *values(): Generator<M> {
    for (const [, module] of this.held()) yield module as M;
  }

  /** Names and modules (PyTorch: `items`). */
  *entries(): Generator<[string, M]> {
    for (const [name, module] of this.held()) yield [name, module as M];
  }

  [Symbol.iterator](): Iterator<string> {
    return this.keys();
  }
}
