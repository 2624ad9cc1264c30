// The parameters, buffers and submodules of a module, by name or by path.
import { IndexError, type Tensor } from '@dl/core/functional';
import {
  classNameOf,
  type Holder,
  isModule,
  joinPath,
  type Members,
  membersOf,
  walk,
} from './members.js';
import type { AnyModule } from './module.js';
import type { Parameter } from './parameter.js';

/** The parameters or buffers of a module, with their names. */
export function* named<T extends Tensor>(
  root: AnyModule,
  of: (members: Members) => readonly (readonly [key: string, x: T, ...rest: unknown[]])[],
  prefix = '',
  {
    recurse = true,
    removeDuplicate = true,
  }: { recurse?: boolean | undefined; removeDuplicate?: boolean } = {},
): Generator<[name: string, x: T]> {
  const seen = new Set<T>();
  for (const [path, , members] of walk(root, prefix, { recurse, unique: removeDuplicate })) {
    for (const [key, x] of of(members)) {
      if (removeDuplicate && seen.has(x)) continue;
      seen.add(x);
      yield [joinPath(path, key), x];
    }
  }
}

export function* namedModules(
  root: AnyModule,
  prefix = '',
  removeDuplicate = true,
): Generator<[name: string, module: AnyModule]> {
  for (const [path, holder] of walk(root, prefix, { unique: removeDuplicate })) {
    if (isModule(holder)) yield [path, holder];
  }
}

export function* namedChildren(root: Holder): Generator<[name: string, module: AnyModule]> {
  const seen = new Set<AnyModule>();
  function* visit(path: string, holder: Holder): Generator<[string, AnyModule]> {
    for (const [key, child] of membersOf(holder).children) {
      const name = joinPath(path, key);
      if (!isModule(child)) yield* visit(name, child);
      else if (!seen.has(child)) {
        seen.add(child);
        yield [name, child];
      }
    }
  }
  yield* visit('', root);
}

export function* second<T>(pairs: Iterable<readonly [unknown, T]>): Generator<T> {
  for (const [, x] of pairs) yield x;
}

/** See `Module.getSubmodule`. */
export function moduleAt(root: AnyModule, path: string): AnyModule {
  if (path === '') return root;
  for (const [name, module] of namedModules(root, '', false)) if (name === path) return module;
  throw missing('getSubmodule', root, 'module', path, namedModules(root));
}

/** See `Module.getParameter`. */
export function parameterAt(root: AnyModule, path: string): Parameter {
  const parameters = named(root, (members) => members.parameters, '', { removeDuplicate: false });
  for (const [name, parameter] of parameters) if (name === path) return parameter;
  throw missing('getParameter', root, 'parameter', path, root.namedParameters());
}

function missing(
  method: string,
  root: AnyModule,
  what: string,
  path: string,
  found: Iterable<readonly [name: string, unknown]>,
): IndexError {
  const names = [...found].flatMap(([name]) => (name === '' ? [] : [`'${name}'`]));
  return new IndexError(
    `${method}: ${classNameOf(root)} has no ${what} '${path}'; it has ${names.join(', ') || 'none'}`,
  );
}
