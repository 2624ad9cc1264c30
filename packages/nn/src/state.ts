// `stateDict` and `loadStateDict`.
import {
  copy_,
  dictOf,
  FormatError,
  isPromise,
  kinds,
  needValues,
  noGrad,
  Tensor,
} from '@dl/core/functional';
import { classNameOf, isModule, joinPath, OPTIONAL, walk } from './members.js';
import type { AnyModule } from './module.js';
import { likelyCause, quote } from './state-dict-mismatch.js';

/** Values of a module by PyTorch's names, in PyTorch's order. */
export type StateDict = Record<string, Tensor>;

/** Options of `stateDict`. */
export interface StateDictOptions {
  /** Prepended to every name. Default: ''. */
  prefix?: string;
  /** Return the parameters and buffers themselves, not detached tensors that share their memory. Default: false. */
  keepVars?: boolean;
}

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Throw if keys are missing or unexpected. Default: true. */
  strict?: boolean;
}

/** Keys that did not match. */
export interface LoadStateDictResult {
  /** Names in the module that the dict lacks. */
  readonly missingKeys: string[];
  /** Names in the dict that the module lacks. */
  readonly unexpectedKeys: string[];
}

/** The parameters and persistent buffers themselves, by name; shared ones under each of their names. */
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

const size = (x: Tensor): string => `[${x.shape.join(', ')}]`;

/** The argument of `loadStateDict`; `checkDict` checks it further. */
export const stateDictKind: kinds.Kind<Readonly<Record<string, unknown>>> =
  /*#__PURE__*/ kinds.kind('an object of tensors by name', (x) => x !== null && x !== undefined);

/** See `Module.loadStateDict`. */
export function putState(
  module: AnyModule,
  given: Readonly<Record<string, unknown>>,
  strict: boolean,
): LoadStateDictResult {
  const type = classNameOf(module);
  const dict = checkDict(type, given);
  const missing: [name: string, target: Tensor][] = [];
  const pairs: [name: string, target: Tensor, source: Tensor][] = [];
  const problems: string[] = [];
  const known = new Set<string>();
  for (const [name, target] of namedValues(module)) {
    known.add(name);
    const source = Object.hasOwn(dict, name) ? dict[name] : undefined;
    if (source === undefined) missing.push([name, target]);
    else if (!(source instanceof Tensor)) {
      problems.push(`"${name}" is not a tensor but ${kindOf(source)}.`);
    } else if (size(source) !== size(target)) {
      problems.push(
        `size mismatch for ${name}: copying a param with shape ${size(source)} from checkpoint, the shape in current model is ${size(target)}.`,
      );
    } else pairs.push([name, target, source]);
  }
  const filled = pairs.map(([, target]) => target);
  const forgiven = forgivenKeys(module);
  const missingKeys = missing
    .filter(([name, x]) => !forgiven.has(name) && !filled.some((other) => isSame(other, x)))
    .map(([name]) => name);
  const unexpectedKeys = Object.keys(dict).filter((name) => !known.has(name));
  if (strict && unexpectedKeys.length > 0) {
    problems.unshift(`Unexpected key(s) in state_dict: ${quote(unexpectedKeys)}.`);
  }
  if (strict && missingKeys.length > 0) {
    problems.unshift(`Missing key(s) in state_dict: ${quote(missingKeys)}.`);
  }
  if (problems.length > 0) {
    const loose = strict && missingKeys.length + unexpectedKeys.length > 0;
    const hint = loose
      ? (likelyCause(dict, known) ??
        'Pass { strict: false } to ignore missing and unexpected keys.')
      : null;
    throw new FormatError(
      `loadStateDict: error(s) in loading state_dict for ${type}; nothing was changed:\n\t${problems.join('\n\t')}${hint === null ? '' : `\n\t${hint}`}`,
    );
  }
  // Everything that can fail happens before the first change.
  const moved = pairs.map(([name, target, source]) => {
    if (source.device === target.device) return [target, source] as const;
    needValues(`loadStateDict: "${name}"`, source, `(await x.cpu()) in its place`);
    return [target, source.to(target.device)] as const;
  });
  noGrad(() => {
    for (const [target, source] of moved) copy_(target, source);
  });
  return { missingKeys, unexpectedKeys };
}

/** Whether two tensors have the same elements in memory, so that loading one loads the other. */
const isSame = (a: Tensor, b: Tensor): boolean =>
  a === b ||
  (a.storage === b.storage &&
    a.offset === b.offset &&
    size(a) === size(b) &&
    a.strides.every((n, d) => n === b.strides[d]));

/** Names that a dict may lack because an older PyTorch wrote it. */
function forgivenKeys(module: AnyModule): Set<string> {
  const names = new Set<string>();
  for (const [path, holder] of walk(module, '', { unique: false })) {
    for (const key of (holder as { [OPTIONAL]?: readonly string[] })[OPTIONAL] ?? []) {
      names.add(joinPath(path, key));
    }
  }
  return names;
}

/** Under this symbol a value of `@dl/io` describes what it represents. */
const PLACEHOLDER = Symbol.for('@dl/io.Placeholder');

function kindOf(x: unknown): string {
  if (x === null) return 'null';
  if (x instanceof Tensor) return 'a tensor';
  if (typeof x !== 'object') return typeof x;
  const placeholder = (x as { [PLACEHOLDER]?: string })[PLACEHOLDER];
  if (placeholder !== undefined) return placeholder;
  if (isPromise(x)) return 'a promise';
  return Array.isArray(x) ? 'an array' : 'object';
}

/** Returns the dict as an object, or throws if it is not one. */
function checkDict(type: string, dict: unknown): Readonly<Record<string, unknown>> {
  const refuse = (what: string, hint = ''): FormatError =>
    new FormatError(
      `loadStateDict: expected an object of tensors by name for ${type}, got ${what}${hint}`,
    );
  if (isPromise(dict)) {
    throw refuse('a promise', '; await it: model.loadStateDict(await load(file))');
  }
  if (isModule(dict)) throw refuse('a module', '; use its stateDict()');
  const found = dict instanceof Tensor ? null : dictOf(dict);
  if (found === null) {
    const isBytes = typeof dict === 'object' && dict !== null && !Array.isArray(dict);
    const hint = isBytes && !(dict instanceof Tensor) ? '; read a file with load() of @dl/io' : '';
    throw refuse(isBytes ? kinds.described(dict) : kindOf(dict), hint);
  }
  if (PLACEHOLDER in found) {
    throw refuse(kindOf(found), '; save model.state_dict() instead of the model in Python');
  }
  return found;
}
