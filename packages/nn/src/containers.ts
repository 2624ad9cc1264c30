// ModuleList and ModuleDict: containers whose modules the user calls.
import {
  type GivenTo,
  IndexError,
  kinds,
  may,
  need,
  Tensor,
  takes,
  ValueError,
} from '@dl/core/functional';
import { classNameOf, isModule, LIST } from './members.js';
import { type AnyModule, Module } from './module.js';

/** Why a name cannot be used in a container, or null if it can. */
function unusable(container: object, name: string): string | null {
  if (name === '' || name.includes('.')) return 'it must not be empty or contain a dot';
  return name in container ? `${classNameOf(container)} already has it` : null;
}

/** Adds a module to a container under a name. */
export function putModule(container: object, name: string, module: unknown): void {
  const type = classNameOf(container);
  if (!isModule(module)) {
    throw new ValueError(
      `${type}: expected modules, but '${name}' is ${kinds.described(module)}; ${
        typeof module === 'function'
          ? 'create an instance with new'
          : 'pass a module such as new Linear(…)'
      }`,
    );
  }
  const why = unusable(container, name);
  if (why !== null) {
    throw new ValueError(
      `${type}: '${name}' cannot be the name of a module: ${why}; choose another name`,
    );
  }
  (container as Record<string, unknown>)[name] = module;
}

/** Arguments of a container's methods; `nothing` is for methods without arguments. */
export const nothing = (name: string) => takes<[]>()(name, [], {});
export const position = (name: string) =>
  takes<[index: number]>()(name, [/*#__PURE__*/ need('index', kinds.integer)], {});
export const range = (name: string) =>
  takes<[start?: number, end?: number]>()(
    name,
    [/*#__PURE__*/ may('start', kinds.integer), /*#__PURE__*/ may('end', kinds.integer)],
    {},
  );
const named = (name: string) =>
  takes<[name: string]>()(name, [/*#__PURE__*/ need('name', kinds.string)], {});

/** An iterable; `putModule` checks each item. */
const list = /*#__PURE__*/ kinds.kind<Iterable<AnyModule>>(
  'a list of modules',
  (x) => typeof x === 'object' && x !== null && Symbol.iterator in x && !(x instanceof Tensor),
);

// `putModule` checks the module, so any value is accepted here.
const listTakes = /*#__PURE__*/ (() => ({
  new: takes<[modules?: Iterable<AnyModule>]>()(
    'ModuleList',
    [/*#__PURE__*/ may('modules', list)],
    {},
  ),
  at: position('ModuleList.at'),
  slice: range('ModuleList.slice'),
  append: takes<[module: unknown]>()(
    'ModuleList.append',
    [/*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
  extend: takes<[modules: Iterable<AnyModule>]>()(
    'ModuleList.extend',
    [/*#__PURE__*/ need('modules', list)],
    {},
  ),
  insert: takes<[index: number, module: unknown]>()(
    'ModuleList.insert',
    [/*#__PURE__*/ need('index', kinds.integer), /*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
  pop: takes<[index?: number]>()('ModuleList.pop', [/*#__PURE__*/ may('index', kinds.integer)], {}),
  set: takes<[index: number, module: unknown]>()(
    'ModuleList.set',
    [/*#__PURE__*/ need('index', kinds.integer), /*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
}))();

type ByName<M> = Readonly<Record<string, M>> | Iterable<readonly [string, M]>;

const byName = /*#__PURE__*/ kinds.kind<ByName<AnyModule>>(
  'an object of modules by name',
  (x) => typeof x === 'object' && x !== null && !(x instanceof Tensor) && !isModule(x),
);

const dictTakes = /*#__PURE__*/ (() => ({
  new: takes<[modules?: ByName<AnyModule>]>()(
    'ModuleDict',
    [/*#__PURE__*/ may('modules', byName)],
    {},
  ),
  get: named('ModuleDict.get'),
  set: takes<[name: string, module: unknown]>()(
    'ModuleDict.set',
    [/*#__PURE__*/ need('name', kinds.string), /*#__PURE__*/ need('module', kinds.anything)],
    {},
  ),
  has: named('ModuleDict.has'),
  update: takes<[modules: ByName<AnyModule>]>()(
    'ModuleDict.update',
    [/*#__PURE__*/ need('modules', byName)],
    {},
  ),
  pop: named('ModuleDict.pop'),
  clear: nothing('ModuleDict.clear'),
  keys: nothing('ModuleDict.keys'),
  values: nothing('ModuleDict.values'),
  entries: nothing('ModuleDict.entries'),
}))();

/** Base of both containers, which compute nothing themselves. */
abstract class Container extends Module<never[], never> {
  override forward(): never {
    throw new ValueError(
      `${classNameOf(this)} has no forward; call the forward of its modules, or use Sequential`,
    );
  }

  /** Keys are the user's names, as in PyTorch. */
  override stateKey(field: string): string {
    return field;
  }

  /** The number of modules. */
  get length(): number {
    return this.held().length;
  }

  protected held(): [string, AnyModule][] {
    return Object.entries(this).filter((entry): entry is [string, AnyModule] => isModule(entry[1]));
  }
}

/**
 * A list of modules (PyTorch: `nn.ModuleList`). An array in a field works the same way; a ModuleList can also
 * be passed around as a module.
 *
 * @throws ValueError if an item is not a module.
 * @example
 * const layers = new ModuleList([new Linear(2, 8), new Linear(8, 1)]);
 * for (const layer of layers) x = layer.forward(x);
 */
export class ModuleList<M extends AnyModule = AnyModule> extends Container implements Iterable<M> {
  /** @internal */
  get [LIST](): true {
    return true;
  }

  constructor(...given: [modules?: Iterable<M>]) {
    super();
    const [modules = []] = listTakes.new.take(given) as [Iterable<M>?];
    this.extend(modules);
  }

  /**
   * The module at a position; a negative one counts from the end (PyTorch: `list[i]`).
   *
   * @throws IndexError if there is no such module.
   */
  at(...given: GivenTo<typeof listTakes.at>): M {
    const [index] = listTakes.at.take(given);
    const all = [...this];
    const found = all[index < 0 ? index + all.length : index];
    if (found === undefined) {
      throw new IndexError(
        `ModuleList.at: index ${index} is out of range for ${all.length} modules`,
      );
    }
    return found;
  }

  /** A range of the modules as a new list (PyTorch: `list[1:3]`). */
  slice(...given: GivenTo<typeof listTakes.slice>): ModuleList<M> {
    const [start, end] = listTakes.slice.take(given);
    return new ModuleList([...this].slice(start, end));
  }

  /** Appends a module (PyTorch: `append`). */
  append(...given: [module: M]): this {
    const [module] = listTakes.append.take(given);
    putModule(this, String(this.length), module);
    return this;
  }

  /** Appends several modules (PyTorch: `extend`). */
  extend(...given: [modules: Iterable<M>]): this {
    const [modules] = listTakes.extend.take(given);
    for (const module of modules) putModule(this, String(this.length), module);
    return this;
  }

  /** Inserts a module before the one at a position (PyTorch: `insert`). */
  insert(...given: [index: number, module: M]): this {
    const [index, module] = listTakes.insert.take(given);
    const all: unknown[] = [...this];
    all.splice(index, 0, module);
    return this.become(all);
  }

  /** Removes a module and returns it (PyTorch: `pop`). */
  pop(...given: GivenTo<typeof listTakes.pop>): M {
    const [index = -1] = listTakes.pop.take(given);
    const found = this.at(index);
    const all = [...this];
    all.splice(index, 1);
    this.become(all);
    return found;
  }

  /** Replaces the module at a position (PyTorch: `list[i] = module`). */
  set(...given: [index: number, module: M]): this {
    const [index, module] = listTakes.set.take(given);
    this.at(index);
    const all: unknown[] = [...this];
    all[index < 0 ? index + all.length : index] = module;
    return this.become(all);
  }

  *[Symbol.iterator](): Iterator<M> {
    for (const [, module] of this.held()) yield module as M;
  }

  private become(modules: readonly unknown[]): this {
    const before = this.held();
    for (const [name] of before) delete (this as unknown as Record<string, unknown>)[name];
    try {
      return this.extend(modules as readonly M[]);
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
 * @throws ValueError if a value is not a module, or a name cannot be used.
 * @example
 * const heads = new ModuleDict({ age: new Linear(8, 1), kind: new Linear(8, 3) });
 * heads.get('age').forward(x)
 */
export class ModuleDict<M extends AnyModule = AnyModule>
  extends Container
  implements Iterable<string>
{
  constructor(...given: [modules?: ByName<M>]) {
    super();
    const [modules = {}] = dictTakes.new.take(given) as [ByName<M>?];
    this.update(modules);
  }

  /**
   * The module with a name (PyTorch: `dict[name]`).
   *
   * @throws IndexError if there is no such module.
   */
  get(...given: GivenTo<typeof dictTakes.get>): M {
    const [name] = dictTakes.get.take(given);
    const found = this.held().find(([key]) => key === name);
    if (found === undefined) {
      const names = [...this.keys()].map((key) => `'${key}'`).join(', ');
      const there = names ? `its names are ${names}` : 'the dict is empty';
      throw new IndexError(`ModuleDict.get: no module is named '${name}'; ${there}`);
    }
    return found[1] as M;
  }

  /** Adds a module under a name, or replaces the one that has it (PyTorch: `dict[name] = module`). */
  set(...given: [name: string, module: M]): this {
    const [name, module] = dictTakes.set.take(given);
    if (this.has(name) && isModule(module)) {
      (this as unknown as Record<string, unknown>)[name] = module;
    } else putModule(this, name, module);
    return this;
  }

  /** Whether there is a module with that name (PyTorch: `name in dict`). */
  has(...given: GivenTo<typeof dictTakes.has>): boolean {
    const [name] = dictTakes.has.take(given);
    return this.held().some(([key]) => key === name);
  }

  /** Adds or replaces several modules (PyTorch: `update`). */
  update(...given: [modules: ByName<M>]): this {
    const [modules] = dictTakes.update.take(given);
    const entries = Symbol.iterator in modules ? modules : Object.entries(modules);
    for (const entry of entries as Iterable<unknown>) {
      if (!Array.isArray(entry) || entry.length !== 2) {
        throw new ValueError(`ModuleDict: expected [name, module], got ${kinds.described(entry)}`);
      }
      this.set(...(entry as [string, M]));
    }
    return this;
  }

  /** Removes a module and returns it (PyTorch: `pop`). */
  pop(...given: GivenTo<typeof dictTakes.pop>): M {
    const [name] = dictTakes.pop.take(given);
    const found = this.get(name);
    delete (this as unknown as Record<string, unknown>)[name];
    return found;
  }

  /** Removes all modules (PyTorch: `clear`). */
  clear(...given: []): void {
    dictTakes.clear.take(given);
    for (const name of [...this.keys()]) this.pop(name);
  }

  /** The names (PyTorch: `keys`). */
  keys(...given: []): Generator<string> {
    dictTakes.keys.take(given);
    return each(this.held(), ([name]) => name);
  }

  /** The modules (PyTorch: `values`). */
  values(...given: []): Generator<M> {
    dictTakes.values.take(given);
    return each(this.held(), ([, module]) => module as M);
  }

  /** Names and modules (PyTorch: `items`). */
  entries(...given: []): Generator<[string, M]> {
    dictTakes.entries.take(given);
    return each(this.held(), ([name, module]) => [name, module as M]);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.keys();
  }
}

function* each<T, U>(items: Iterable<T>, of: (item: T) => U): Generator<U> {
  for (const item of items) yield of(item);
}
