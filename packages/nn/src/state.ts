// Values of a module by name: taking them out, and putting others in.
import { copy_, FormatError, kinds, noGrad, Tensor } from '@dl/core/functional';
import { classNameOf, isModule, joinPath, walk } from './members.js';
import type { AnyModule } from './module.js';

/** Values of a module by PyTorch's names, in PyTorch's order. */
export type StateDict = Record<string, Tensor>;

/** Options of `stateDict`. */
export interface StateDictOptions {
  /** In front of every name. Default: ''. */
  prefix?: string;
  /** Give the parameters and buffers themselves, and not detached tensors on their memory. Default: false. */
  keepVars?: boolean;
}

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Refuse a dict with keys missing or left over. Default: true. */
  strict?: boolean;
}

/** Keys that did not match. */
export interface LoadStateDictResult {
  /** Names in the module that the dict lacks. */
  readonly missingKeys: string[];
  /** Names in the dict that the module lacks. */
  readonly unexpectedKeys: string[];
}

/** The parameters and persistent buffers themselves, by name; a shared one stands under each. */
function* namedValues(module: AnyModule, prefix = ''): Generator<[string, Tensor]> {
  for (const [path, , members] of walk(module, prefix, { unique: false })) {
    for (const [key, parameter] of members.parameters) yield [joinPath(path, key), parameter];
    for (const [key, buffer, persistent] of members.buffers) {
      if (persistent) yield [joinPath(path, key), buffer];
    }
  }
}

/** See `Module.stateDict`. */
export function takeState(module: AnyModule, prefix: string, keepVars: boolean): StateDict {
  const dict: StateDict = {};
  for (const [name, x] of namedValues(module, prefix)) dict[name] = keepVars ? x : x.detach();
  return dict;
}

const quote = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const size = (x: Tensor): string => `[${x.shape.join(', ')}]`;

/** What `loadStateDict` loads. */
export const stateDictKind: kinds.Kind<Readonly<Record<string, unknown>>> =
  /*#__PURE__*/ kinds.kind(
    'an object of tensors by name',
    (x) =>
      typeof x === 'object' &&
      x !== null &&
      !(x instanceof Tensor) &&
      !isModule(x) &&
      typeof (x as { then?: unknown }).then !== 'function' &&
      !(Symbol.iterator in x),
  );

/** See `Module.loadStateDict`. */
export function putState(
  module: AnyModule,
  dict: Readonly<Record<string, unknown>>,
  strict: boolean,
): LoadStateDictResult {
  const type = classNameOf(module);
  const missingKeys: string[] = [];
  const pairs: [target: Tensor, source: Tensor][] = [];
  const problems: string[] = [];
  const known = new Set<string>();
  for (const [name, target] of namedValues(module)) {
    known.add(name);
    const source = Object.hasOwn(dict, name) ? dict[name] : undefined;
    if (source === undefined) missingKeys.push(name);
    else if (!(source instanceof Tensor)) {
      problems.push(`"${name}" is not a tensor but ${source === null ? 'null' : typeof source}.`);
    } else if (size(source) !== size(target)) {
      problems.push(
        `size mismatch for ${name}: copying a param with shape ${size(source)} from checkpoint, the shape in current model is ${size(target)}.`,
      );
    } else pairs.push([target, source]);
  }
  const unexpectedKeys = Object.keys(dict).filter((name) => !known.has(name));
  if (strict && unexpectedKeys.length > 0) {
    problems.unshift(`Unexpected key(s) in state_dict: ${quote(unexpectedKeys)}.`);
  }
  if (strict && missingKeys.length > 0) {
    problems.unshift(`Missing key(s) in state_dict: ${quote(missingKeys)}.`);
  }
  if (problems.length > 0) {
    const loose = strict && missingKeys.length + unexpectedKeys.length > 0;
    const mend = loose ? '\n\t{ strict: false } lets missing and unexpected keys be.' : '';
    throw new FormatError(
      `loadStateDict: error(s) in loading state_dict for ${type}; nothing was changed:\n\t${problems.join('\n\t')}${mend}`,
    );
  }
  // Everything that can fail comes before the first change.
  const moved = pairs.map(
    ([target, source]) =>
      [target, source.device === target.device ? source : source.to(target.device)] as const,
  );
  noGrad(() => {
    for (const [target, source] of moved) copy_(target, source);
  });
  return { missingKeys, unexpectedKeys };
}
