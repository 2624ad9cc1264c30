// Writes a module as PyTorch pickles it: the name of its class, and its attributes as a dict.
import { DTypeError, isPlain, type Tensor } from '@dl/core/functional';
import type { AnyModule } from '@dl/nn';
import { isModule, type NN } from '../modules.js';
import { PyDict, PyGlobal, PySet, PyTuple } from '../pickle/values.js';
import { PyInstance } from '../pickle/writer.js';
import { step } from '../saveable.js';
import { type LayerForm, layerForms } from './layers.js';
import { orderedDict } from './names.js';

/** Converts a module to its form in the pickle; `convert` does this for tensors and plain values. */
export type ModuleWriter = (module: AnyModule, convert: (value: unknown) => unknown) => PyInstance;

/** The attribute in which a user's class keeps its config. */
export const CONFIG = '_dl_config';

// The attributes that torch.nn.Module.__init__ creates, in its order.
const HOOKS = [
  '_backward_pre_hooks',
  '_backward_hooks',
  '_is_full_backward_hook',
  '_forward_hooks',
  '_forward_hooks_with_kwargs',
  '_forward_hooks_always_called',
  '_forward_pre_hooks',
  '_forward_pre_hooks_with_kwargs',
  '_state_dict_hooks',
  '_state_dict_pre_hooks',
  '_load_state_dict_pre_hooks',
  '_load_state_dict_post_hooks',
] as const;

const dictOf = (entries: Iterable<readonly [string, unknown]>): PyDict => {
  const made = new PyDict();
  for (const [key, value] of entries) made.entries.set(key, value);
  return made;
};

const LIST = new PyGlobal('torch.nn.modules.container', 'ModuleList');
const PARAMETERS = new PyGlobal('torch.nn.modules.container', 'ParameterList');

/** Creates a writer of modules. */
export function moduleWriter(nn: NN): ModuleWriter {
  const known = new Map<object, PyInstance>();

  type Members = ReturnType<NN['membersOf']>;

  /** The attributes of every module: its parts, and empty dicts of hooks. */
  const base = (
    training: boolean,
    members: Members,
    form: LayerForm | undefined,
    convert: (value: unknown) => unknown,
  ): PyDict => {
    const own = (
      names: readonly string[] | undefined,
      found: readonly (readonly [string, Tensor, ...unknown[]])[],
    ): PyDict => {
      const all = new Map<string, unknown>((names ?? []).map((name) => [name, null]));
      for (const [name, x] of found) all.set(name, convert(x));
      return dictOf(all);
    };
    const passing = new PySet();
    for (const [name, , persistent] of members.buffers) if (!persistent) passing.items.add(name);
    const state = dictOf([
      ['training', training],
      ['_parameters', own(form?.parameters, members.parameters)],
      ['_buffers', own(form?.buffers, members.buffers)],
      ['_non_persistent_buffers_set', passing],
    ]);
    for (const name of HOOKS) {
      state.entries.set(name, name === '_is_full_backward_hook' ? null : orderedDict());
    }
    const children = members.children.map(
      ([name, child]) => [name, instance(child, training, convert)] as const,
    );
    state.entries.set('_modules', dictOf(children));
    return state;
  };

  const instance = (
    holder: Members['children'][number][1],
    training: boolean,
    convert: (value: unknown) => unknown,
  ): PyInstance => {
    const seen = known.get(holder);
    if (seen !== undefined) return seen;
    const members = nn.membersOf(holder);
    if (!isModule(holder)) {
      const parameters = members.parameters.length > 0;
      const made = new PyInstance(parameters ? PARAMETERS : LIST);
      known.set(holder, made);
      made.state = base(training, members, undefined, convert);
      if (parameters) made.state.entries.set('_size', members.parameters.length);
      return made;
    }
    const { type, config } = nn.describeModule(holder);
    const form = Object.hasOwn(layerForms, type) ? layerForms[type] : undefined;
    const made = new PyInstance(new PyGlobal(form?.module ?? '__main__', type));
    known.set(holder, made);
    const state = base(holder.training, members, form, convert);
    made.state = state;
    if (form === undefined) {
      // A user's class: PyTorch can load it if the program has a class of this name.
      if (Object.keys(config).length > 0) state.entries.set(CONFIG, convert(plain(config)));
      return made;
    }
    const values = (name: string): unknown => {
      const found = members.parameters.find(([key]) => key === name);
      return found === undefined ? null : convert(found[1]);
    };
    for (const [key, value] of Object.entries(config)) {
      if (form.drop?.includes(key)) continue;
      const tuple = form.tuples?.includes(key) && Array.isArray(value);
      state.entries.set(
        key,
        tuple ? new PyTuple(value as readonly unknown[]) : convert(plain(value)),
      );
    }
    for (const [key, value] of Object.entries(form.extra?.(config, values) ?? {})) {
      state.entries.set(key, value);
    }
    return made;
  };

  return (module, convert) => instance(module, module.training, convert);
}

/** A value in a config, checked to be plain data. */
function plain<T>(value: T, path = 'config()'): T {
  if (typeof value === 'object' && value !== null) {
    if (!Array.isArray(value) && !isPlain(value)) {
      const name = Object.getPrototypeOf(value).constructor?.name;
      throw new DTypeError(
        `save: ${path} contains an object of class ${name}; a config must be plain data`,
      );
    }
    for (const [key, item] of Object.entries(value)) plain(item, step(path, key));
  }
  return value;
}
