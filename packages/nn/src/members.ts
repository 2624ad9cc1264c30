// The members of a module: parameters, buffers and submodules, found in its fields.
import { callable, kinds, need, Tensor, ValueError } from '@dl/core/functional';
import type { AnyModule } from './module.js';
import { isParameter, type Parameter } from './parameter.js';

/** Marks modules of any copy of this package. */
export const MODULE: unique symbol = Symbol.for('@dl/nn.Module');
/** Under this key a module keeps the fields that are buffers, and whether they are persistent. */
export const BUFFERS: unique symbol = Symbol.for('@dl/nn.buffers');

/** Under this key a module may list values that a state dict may lack, because older files do not have them. */
export const OPTIONAL: unique symbol = Symbol.for('@dl/nn.optional');

/** The name of a module's class; `Module` for a class without a name, which minifiers create. */
export const classNameOf = (module: object): string => module.constructor.name || 'Module';

/** Marks the modules that are printed as a list. */
export const LIST: unique symbol = Symbol.for('@dl/nn.ModuleList');

/** An array in a field, which corresponds to PyTorch's `ModuleList` and `ParameterList`. */
export type List = readonly unknown[];
/** Anything that can hold parameters. */
export type Holder = AnyModule | List;

/** The direct members of a holder, by state-dict key. */
export interface Members {
  readonly parameters: [key: string, parameter: Parameter][];
  readonly buffers: [key: string, buffer: Tensor, persistent: boolean][];
  readonly children: [key: string, child: Holder][];
}

/** Whether a value is a module, of this copy of the package or another. */
export const isModule = (x: unknown): x is AnyModule =>
  typeof x === 'object' && x !== null && (x as { [MODULE]?: true })[MODULE] === true;

/** Whether an array holds a parameter or module, at any depth. */
const holds = (list: List): boolean =>
  list.some((x) => isParameter(x) || isModule(x) || (Array.isArray(x) && holds(x)));

function keyOf(field: string): string {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(field)) return field;
  return field
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * The state-dict key of a field: PyTorch's spelling of a camelCase name. A name that starts with a
 * lower-case letter and has no underscore becomes snake_case (`runningMean` becomes
 * `running_mean`, `weightIhL0` becomes `weight_ih_l0`, `fc1` stays); any other name (`W`, `_scale`,
 * `fc_1`) stays as it is.
 */
export const keyOfField = /*#__PURE__*/ (() =>
  callable('keyOfField', keyOf, [/*#__PURE__*/ need('field', kinds.string)], {}))();

const holderKind = /*#__PURE__*/ kinds.kind<Holder>(
  'a module or an array',
  (x) => isModule(x) || Array.isArray(x),
);

function membersIn(holder: Holder): Members {
  const members: Members = { parameters: [], buffers: [], children: [] };
  if (!isModule(holder)) {
    holder.forEach((x, i) => {
      sort(members, String(i), x);
    });
    return members;
  }
  const buffers = holder[BUFFERS];
  const taken = new Map<string, string>();
  for (const [field, value] of Object.entries(holder)) {
    if (typeof value !== 'object' || value === null) continue;
    const key = holder.stateKey(field);
    const persistent = buffers.get(field);
    const found =
      persistent !== undefined && value instanceof Tensor && !isParameter(value)
        ? members.buffers.push([key, value, persistent])
        : sort(members, key, value);
    if (!found) continue;
    const other = taken.get(key);
    if (other !== undefined) {
      throw new ValueError(
        `${classNameOf(holder)}: the fields '${other}' and '${field}' both have the state-dict key '${key}'; rename one`,
      );
    }
    taken.set(key, field);
  }
  return members;
}

/** The direct members of a module or array, in the order of its fields. */
export const membersOf = /*#__PURE__*/ (() =>
  callable('membersOf', membersIn, [/*#__PURE__*/ need('holder', holderKind)], {}))();

function sort(members: Members, key: string, value: unknown): boolean {
  if (isParameter(value)) members.parameters.push([key, value]);
  else if (isModule(value) || (Array.isArray(value) && holds(value))) {
    members.children.push([key, value as Holder]);
  } else return false;
  return true;
}

/** `a.b` from `a` and `b`, either of which may be empty. */
export const joinPath = (prefix: string, key: string): string =>
  prefix === '' ? key : key === '' ? prefix : `${prefix}.${key}`;

/** Options of `walk`. */
export interface Walk {
  /** Visit submodules and arrays too. */
  readonly recurse?: boolean;
  /** Visit each holder once, as PyTorch's `parameters()` does. */
  readonly unique?: boolean;
}

/** Visits a module and all holders of parameters inside it, parents before children. */
export function* walk(
  root: Holder,
  prefix = '',
  { recurse = true, unique = true }: Walk = {},
): Generator<[path: string, holder: Holder, members: Members]> {
  const seen = new Set<Holder>();
  function* visit(path: string, holder: Holder): ReturnType<typeof walk> {
    if (seen.has(holder)) {
      if (unique) return;
      throw new ValueError(
        `${classNameOf(root)}: '${path}' is a module that contains itself; keep references to parents in a #private field`,
      );
    }
    seen.add(holder);
    const members = membersOf(holder);
    yield [path, holder, members];
    if (recurse) {
      for (const [key, child] of members.children) yield* visit(joinPath(path, key), child);
    }
    // Without `unique`, remember only the holders on the path from the root.
    if (!unique) seen.delete(holder);
  }
  yield* visit(prefix, root);
}
