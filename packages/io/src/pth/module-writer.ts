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

type Members = ReturnType<NN['membersOf']>;
type Convert = (value: unknown) => unknown;

/** A writer of modules. */
export function moduleWriter(nn: NN): ModuleWriter {
  const known = new Map<object, PyInstance>();
  return (module, convert) => new Instances(nn, known, convert).of(module, module.training);
}

/** The forms of modules and of those inside them. */
class Instances {
  private readonly nn: NN;
  /** Those that are there already: a module in two places is written once. */
  private readonly known: Map<object, PyInstance>;
  private readonly convert: Convert;

  constructor(nn: NN, known: Map<object, PyInstance>, convert: Convert) {
    this.nn = nn;
    this.known = known;
    this.convert = convert;
  }

  /** @param training the mode of the module around, for a list, which has none of its own. */
  of(holder: Members['children'][number][1], training: boolean): PyInstance {
    const seen = this.known.get(holder);
    if (seen !== undefined) return seen;
    const members = this.nn.membersOf(holder);
    return isModule(holder) ? this.module(holder, members) : this.list(holder, members, training);
  }

  private list(holder: object, members: Members, training: boolean): PyInstance {
    const parameters = members.parameters.length > 0;
    const made = new PyInstance(parameters ? PARAMETERS : LIST);
    this.known.set(holder, made);
    made.state = this.base(training, members, undefined);
    if (parameters) made.state.entries.set('_size', members.parameters.length);
    return made;
  }

  private module(module: AnyModule, members: Members): PyInstance {
    const { type, config } = this.nn.describeModule(module);
    const form = Object.hasOwn(layerForms, type) ? layerForms[type] : undefined;
    const made = new PyInstance(new PyGlobal(form?.module ?? '__main__', type));
    this.known.set(module, made);
    const state = this.base(module.training, members, form);
    made.state = state;
    if (form !== undefined) {
      for (const [key, value] of this.attributes(form, config, members)) {
        state.entries.set(key, value);
      }
    } else if (Object.keys(config).length > 0) {
      // A user's class: PyTorch opens it where the program has a class of this name.
      state.entries.set(CONFIG, this.convert(plain(config)));
    }
    return made;
  }

  /** What PyTorch's layer has beside the parts: its config, and what that layer alone has. */
  private *attributes(
    form: LayerForm,
    config: ReturnType<NN['describeModule']>['config'],
    members: Members,
  ): Iterable<readonly [string, unknown]> {
    for (const [key, value] of Object.entries(config)) {
      if (form.drop?.includes(key)) continue;
      const tuple = form.tuples?.includes(key) && Array.isArray(value);
      yield [key, tuple ? new PyTuple(value) : this.convert(plain(value))];
    }
    const parameter = (name: string): unknown => {
      const found = members.parameters.find(([key]) => key === name);
      return found === undefined ? null : this.convert(found[1]);
    };
    yield* Object.entries(form.extra?.(config, parameter) ?? {});
  }

  /** The attributes of every module: its parts, and empty dicts of hooks. */
  private base(training: boolean, members: Members, form: LayerForm | undefined): PyDict {
    const passing = new PySet();
    for (const [name, , persistent] of members.buffers) if (!persistent) passing.items.add(name);
    const state = dictOf([
      ['training', training],
      ['_parameters', this.tensors(form?.parameters, members.parameters)],
      ['_buffers', this.tensors(form?.buffers, members.buffers)],
      ['_non_persistent_buffers_set', passing],
    ]);
    for (const name of HOOKS) {
      state.entries.set(name, name === '_is_full_backward_hook' ? null : orderedDict());
    }
    const children = members.children.map(
      ([name, child]) => [name, this.of(child, training)] as const,
    );
    state.entries.set('_modules', dictOf(children));
    return state;
  }

  /** Tensors by name; null for those that PyTorch's layer has and this one has not. */
  private tensors(
    names: readonly string[] | undefined,
    found: readonly (readonly [string, Tensor, ...unknown[]])[],
  ): PyDict {
    const all = new Map<string, unknown>((names ?? []).map((name) => [name, null]));
    for (const [name, x] of found) all.set(name, this.convert(x));
    return dictOf(all);
  }
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
