// Optimizer: parameter groups, the state of each parameter, and state dicts of both.
import {
  AutogradError,
  dictOf,
  enableGrad,
  FormatError,
  isFloat,
  isPromise,
  kinds,
  may,
  need,
  needValues,
  noGrad,
  reshape,
  Signature,
  Tensor,
  takes,
  tensor,
  ValueError,
  warnOnce,
  zero_,
} from '@dl/core/functional';
import { camelCase, snakeCase } from './state-names.js';

/** Parameters with their own options; the optimizer's options apply to the rest. */
export type ParamGroupInput<O extends object> = { params: Tensor | Iterable<Tensor> } & Partial<O>;

/** The parameters of an optimizer, or groups of parameters. */
export type Params<O extends object> = Iterable<Tensor> | Iterable<ParamGroupInput<O>>;

/** Parameters and their options. Options may be changed between steps. */
export type ParamGroup<O extends object> = { params: Tensor[] } & O;

/** An optimizer's state of one parameter. */
export type ParamState = Record<string, Tensor | number | null>;

/** An optimizer as plain data, in PyTorch's layout and with PyTorch's names. */
export interface OptimizerStateDict {
  /** The states by the parameter's index, counted over all groups. */
  state: Record<string, ParamState>;
  param_groups: Record<string, unknown>[];
}

const WATCHED_STEPS = 3;

// The optimizer itself checks the list and each parameter.
/** @internal The first argument of every optimizer. */
export const params: kinds.Kind<Params<never>> = {
  words: 'a list of parameters or groups, such as model.parameters()',
  is: (x): x is Params<never> => x !== undefined,
};

const stepped = /*#__PURE__*/ takes<[closure?: () => unknown]>()(
  'optimizer.step',
  [/*#__PURE__*/ may('closure', kinds.callback)],
  {},
);
const cleared = /*#__PURE__*/ takes<[options?: { setToNone?: boolean }]>()(
  'optimizer.zeroGrad',
  [],
  { setToNone: kinds.boolean },
);
const added = /*#__PURE__*/ takes<[group: object]>()(
  'optimizer.addParamGroup',
  [
    /*#__PURE__*/ need('group', {
      words: 'an object with params',
      is: (x): x is object => x !== undefined,
    }),
  ],
  {},
);
const restored = /*#__PURE__*/ takes<[dict: unknown]>()(
  'optimizer.loadStateDict',
  [
    /*#__PURE__*/ need('dict', {
      words: 'an object returned by stateDict()',
      is: (x): x is unknown => x !== undefined,
    }),
  ],
  {},
);

/**
 * The base class of optimizers (PyTorch: `optim.Optimizer`). A subclass checks the options of a group
 * and updates the group's parameters from their gradients.
 *
 * @typeParam O the options, with their camelCase names. Any optimizer is an `Optimizer`.
 */
export abstract class Optimizer<O extends object = { lr: number }> {
  /** The groups. `optimizer.paramGroups[0].lr = 0.01` takes effect at the next step. */
  readonly paramGroups: [ParamGroup<O>, ...ParamGroup<O>[]];
  /** The state of each parameter, by PyTorch's names. */
  readonly state = new Map<Tensor, ParamState>();
  /** The number of steps checked for a forgotten `zeroGrad()`. Only the first steps are checked: a mistake shows there. */
  private watched = 0;
  /** The gradients that steps have used, with their versions at that time. */
  private readonly used = new WeakMap<Tensor, number>();
  /** The default options of groups. */
  readonly defaults: Readonly<O>;

  /**
   * @throws ValueError if there are no parameters, a parameter is passed twice or is not a tensor, or an option is
   * unknown or invalid; AutogradError for a parameter that is not a leaf.
   */
  constructor(params: Params<O>, defaults: O, options: Partial<O> = {}) {
    const name = this.constructor.name;
    if (params instanceof Tensor) {
      throw new ValueError(
        `${name}: params must be an iterable of parameters or groups, got a tensor; pass [tensor]`,
      );
    }
    if (typeof params !== 'object' || params === null || !(Symbol.iterator in params)) {
      throw new ValueError(
        `${name}: params must be an iterable of parameters or groups, got ${kinds.described(params)}; pass model.parameters()`,
      );
    }
    this.defaults = ownArrays({ ...defaults, ...this.known(options, defaults) });
    const given = [...(params as Iterable<unknown>)];
    const grouped = given.length === 0 || given.some((x) => !(x instanceof Tensor) && isGroup(x));
    const groups: ParamGroup<O>[] = [];
    for (const group of grouped ? given : [{ params: given }]) {
      if (!isGroup(group)) {
        throw new ValueError(
          `${name}: params must not mix parameters and groups; put the parameters into { params: [...] }`,
        );
      }
      groups.push(this.groupOf(group as ParamGroupInput<O>, groups));
    }
    const [first, ...others] = groups;
    if (first === undefined) {
      throw new ValueError(
        `${name}: params must have at least one parameter; an iterator from parameters() can be used only once`,
      );
    }
    this.paramGroups = [first, ...others];
  }

  /** Throws a ValueError for invalid options. */
  protected abstract check(group: O): void;

  /** Updates the parameters of a group that have a gradient. */
  protected abstract update(group: ParamGroup<O>): void;

  /** Options that exist only in PyTorch, written into state dicts because PyTorch expects them. */
  protected foreignOptions(): Record<string, unknown> {
    return {};
  }

  /**
   * Adds a parameter group, with its own options (PyTorch: `add_param_group`).
   *
   * @throws ValueError and AutogradError as for the constructor; nothing is added then.
   * @example optimizer.addParamGroup({ params: head.parameters(), lr: 0.01 });
   */
  addParamGroup(...given: [group: ParamGroupInput<O>]): void {
    added.take(given);
    this.paramGroups.push(this.groupOf(given[0], this.paramGroups));
  }

  /** Checks a new group and fills in the defaults. `before` are the existing groups. */
  private groupOf(input: ParamGroupInput<O>, before: readonly ParamGroup<O>[]): ParamGroup<O> {
    const name = this.constructor.name;
    if (!isGroup(input)) {
      throw new ValueError(
        `${name}: a parameter group must be an object with params, got ${kinds.described(input)}`,
      );
    }
    const { params: list, ...options } = input;
    if (
      !(list instanceof Tensor) &&
      !(typeof list === 'object' && list !== null && Symbol.iterator in list)
    ) {
      throw new ValueError(
        `${name}: the params of a group must be a parameter or a list of parameters, got ${kinds.described(list)}`,
      );
    }
    const params: Tensor[] = list instanceof Tensor ? [list] : [...list];
    if (params.length === 0)
      throw new ValueError(`${name}: a parameter group must have at least one parameter`);
    const taken = new Set<Tensor>();
    params.forEach((x, i) => {
      const where = `parameter ${i} of group ${before.length}`;
      if (!(x instanceof Tensor)) {
        throw new ValueError(
          `${name}: can only optimize tensors, but ${where} is ${kinds.described(x)}`,
        );
      }
      if (!x.isLeaf) {
        throw new AutogradError(
          `${name}: can't optimize a tensor that is not a leaf: ${where}, of shape [${x.shape.join(', ')}], was computed by '${x.gradFn?.name}'; ` +
            'pass the tensor that it was computed from, or a new leaf, x.detach().requiresGrad_()',
        );
      }
      if (!isFloat(x.dtype)) {
        throw new ValueError(
          `${name}: can only optimize floating-point tensors, but ${where} is ${x.dtype}`,
        );
      }
      if (taken.has(x)) throw new ValueError(`${name}: ${where} is in the group twice`);
      taken.add(x);
    });
    before.forEach((group, i) => {
      const shared = params.findIndex((x) => group.params.includes(x));
      if (shared >= 0) {
        throw new ValueError(
          `${name}: parameter ${shared} of group ${before.length} is already in group ${i}`,
        );
      }
    });
    const group = {
      ...ownArrays({
        ...this.defaults,
        ...this.known(options as unknown as Partial<O>, this.defaults),
      }),
      params,
    };
    this.check(group);
    return group;
  }

  /**
   * Updates every parameter that has a gradient (PyTorch: `step`).
   *
   * @param closure a function that recomputes the loss, with gradients; its result is returned. It must not be async.
   * @throws ValueError for a closure that returns a promise; nothing is updated then.
   * @example optimizer.zeroGrad(); loss.backward(); optimizer.step();
   */
  step(): null;
  step<T>(closure: () => T): T;
  step<T>(...given: [closure?: () => T]): T | null {
    stepped.take(given);
    const [closure] = given;
    const loss = closure === undefined ? null : lossOf(closure);
    if (this.watched < WATCHED_STEPS) this.watch();
    noGrad(() => {
      for (const group of this.paramGroups) this.update(group);
    });
    return loss;
  }

  /**
   * Clears the gradients (PyTorch: `zero_grad`).
   *
   * @param options `setToNone: false` fills them with zeros instead.
   */
  zeroGrad(...given: [options?: { setToNone?: boolean }]): void {
    const [options = {}] = cleared.take(given);
    for (const { params } of this.paramGroups) {
      for (const x of params) {
        if (x.gradient === null) continue;
        if (options.setToNone ?? true) x.dropGrad();
        else x.gradient = zero_(x.gradient.detach());
      }
    }
  }

  /**
   * The state and the options as plain data in PyTorch's layout (PyTorch: `state_dict`). As in PyTorch, its tensors
   * are the optimizer's own: later steps change them.
   *
   * @example await save({ model: model.stateDict(), optimizer: optimizer.stateDict() }, 'run.pth');
   */
  stateDict(): OptimizerStateDict {
    const numbers = new Map<Tensor, number>();
    const groups = this.paramGroups.map(({ params, ...options }) => {
      const group: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(ownArrays(options))) group[snakeCase(key)] = value;
      return {
        ...group,
        ...this.foreignOptions(),
        params: params.map((x) => {
          numbers.set(x, numbers.size);
          return numbers.size - 1;
        }),
      };
    });
    const state: Record<string, ParamState> = {};
    for (const [x, own] of this.state) {
      const number = numbers.get(x);
      if (number !== undefined) state[number] = { ...own };
    }
    return { state, param_groups: groups };
  }

  /**
   * Loads state and options from a `stateDict()` of this library or of PyTorch (PyTorch:
   * `load_state_dict`). Tensors are copied and converted to their parameter's dtype and device.
   *
   * @throws FormatError if `dict` is not a state dict, or the groups or numbers of parameters differ; ValueError for
   * invalid options. Nothing is changed then.
   */
  loadStateDict(...given: [dict: OptimizerStateDict]): void {
    restored.take(given);
    const [dict] = given;
    const name = `${this.constructor.name}.loadStateDict`;
    const found = dictOf(dict);
    const entries = dictOf(found?.state);
    const groups = found?.param_groups;
    if (
      entries === null ||
      !Array.isArray(groups) ||
      groups.some((group) => !Array.isArray(group?.params))
    ) {
      throw new FormatError(
        `${name}: expected { state, param_groups: [{ params, … }] }, got ${kinds.described(dict)}`,
      );
    }
    if (groups.length !== this.paramGroups.length) {
      throw new FormatError(
        `${name}: the dict has ${groups.length} parameter groups, but the optimizer has ${this.paramGroups.length}`,
      );
    }
    const byNumber = new Map<string, Tensor>();
    const changes = groups.map((saved, i) => this.optionsOf(name, i, saved, byNumber));
    const state = this.statesOf(name, entries, byNumber);
    changes.forEach((options, i) => {
      Object.assign(this.paramGroups[i] as object, options);
    });
    this.state.clear();
    for (const [parameter, own] of state) this.state.set(parameter, own);
  }

  /** The options of a saved group, checked; its parameters' numbers go into `byNumber`. */
  private optionsOf(
    name: string,
    i: number,
    saved: OptimizerStateDict['param_groups'][number],
    byNumber: Map<string, Tensor>,
  ): Record<string, unknown> {
    const own = this.paramGroups[i];
    const numbers = saved.params as unknown[];
    if (numbers.length !== own.params.length) {
      throw new FormatError(
        `${name}: group ${i} of the dict has ${numbers.length} parameters, but group ${i} of the optimizer has ${own.params.length}`,
      );
    }
    numbers.forEach((number, k) => {
      if (typeof number !== 'number') {
        throw new FormatError(
          `${name}: the params of group ${i} of the dict must be integers, got ${kinds.described(number)}`,
        );
      }
      byNumber.set(String(number), own.params[k]);
    });
    const foreign = this.foreignOptions();
    const options: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(saved)) {
      if (key !== 'params' && !Object.hasOwn(foreign, key))
        options[camelCase(key)] = plain(name, `'${key}' of group ${i}`, value);
    }
    this.check({ ...this.defaults, ...options } as O);
    return options;
  }

  /** The saved state of every parameter, copied and converted. */
  private statesOf(
    name: string,
    entries: object,
    byNumber: ReadonlyMap<string, Tensor>,
  ): Map<Tensor, ParamState> {
    const state = new Map<Tensor, ParamState>();
    for (const [number, entry] of Object.entries(entries)) {
      const parameter = byNumber.get(number);
      if (parameter === undefined) {
        throw new FormatError(
          `${name}: the state has an entry for parameter ${number}, which is in no group of the dict`,
        );
      }
      const values = dictOf(entry);
      if (values === null) {
        throw new FormatError(
          `${name}: the state of parameter ${number} must be an object, not ${kinds.described(entry)}`,
        );
      }
      const own: ParamState = {};
      for (const [key, value] of Object.entries(values as ParamState)) {
        if (value instanceof Tensor) own[key] = this.adopt(name, number, key, value, parameter);
        else own[key] = key === 'step' ? stepIn(name, number, value) : value;
      }
      state.set(parameter, own);
    }
    return state;
  }

  /** The optimizer as PyTorch prints it. */
  toString(): string {
    const lines = this.paramGroups.flatMap(({ params: _, ...options }, i) => {
      const own = Object.entries(options).map(([key, value]) => [snakeCase(key), value]);
      const all = { ...Object.fromEntries(own), ...this.foreignOptions() };
      const sorted = Object.entries(all).sort(byKey);
      return [
        `Parameter Group ${i}`,
        ...sorted.map(([k, v]) => `    ${k}: ${k.endsWith('lr') ? rate(v) : python(v)}`),
      ];
    });
    return `${this.constructor.name} (\n${lines.join('\n')}\n)`;
  }

  /** Warns if the gradients of a step were not cleared, so that the next ones were added to them. */
  private watch(): void {
    this.watched++;
    for (const { params } of this.paramGroups) {
      for (const { gradient: grad } of params) {
        if (grad === null) continue;
        const before = this.used.get(grad);
        if (before !== undefined && before !== grad.storage.version) {
          warnOnce(
            'step without zeroGrad',
            `${this.constructor.name}.step: the gradients of the last step were not cleared, so new gradients were added to them; ` +
              'call optimizer.zeroGrad() before each loss.backward()',
          );
        }
        this.used.set(grad, grad.storage.version);
      }
    }
  }

  /** The state of a parameter, created at the first call. */
  protected stateOf(x: Tensor): ParamState {
    let own = this.state.get(x);
    if (own === undefined) {
      own = {};
      this.state.set(x, own);
    }
    return own;
  }

  private adopt(name: string, number: string, key: string, x: Tensor, parameter: Tensor): Tensor {
    const plain = x.detach();
    // PyTorch counts steps in a scalar tensor that stays on the CPU and in float32.
    if (key === 'step' || x.device !== parameter.device) {
      needValues(`${name}: '${key}' of parameter ${number}`, x, broughtBack);
    }
    if (key === 'step') return plain.clone();
    if (x.ndim > 0 && x.shape.join() !== parameter.shape.join()) {
      throw new FormatError(
        `${name}: '${key}' of parameter ${number} has shape [${x.shape.join(', ')}], but the parameter has shape [${parameter.shape.join(', ')}]`,
      );
    }
    const there = plain.device === parameter.device ? plain.clone() : plain.to(parameter.device);
    return there.to(parameter.dtype);
  }

  private known(options: Partial<O>, defaults: O): Partial<O> {
    const known = Object.fromEntries(Object.keys(defaults).map((key) => [key, kinds.anything]));
    const [taken = {}] = new Signature(this.constructor.name, [], known).take([options]);
    return taken as Partial<O>;
  }
}

/** Runs a closure with gradients enabled and returns its loss. */
function lossOf<T>(closure: () => T): T {
  let loss: T | undefined;
  enableGrad(() => {
    loss = closure();
  });
  if (isPromise(loss)) {
    loss.then(undefined, () => {});
    throw new ValueError(
      'optimizer.step: the closure must not be async, but it returned a promise; write\n' +
        '  const loss = await closure();\n  optimizer.step();',
    );
  }
  return loss as T;
}

const isGroup = (x: unknown): x is { params: unknown } =>
  typeof x === 'object' && x !== null && 'params' in x;

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;

/** Copies options including arrays, so that groups never share an array. */
function ownArrays<T extends object>(options: T): T {
  const out: Record<string, unknown> = Object.fromEntries(Object.entries(options));
  for (const [key, value] of Object.entries(out)) if (Array.isArray(value)) out[key] = [...value];
  return out as T;
}

/** A step count that is not a tensor: old versions of PyTorch used plain numbers. */
function stepIn(name: string, number: string, value: unknown): Tensor | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return tensor(value);
  throw new FormatError(
    `${name}: 'step' of parameter ${number} must be a number, got ${kinds.described(value)}`,
  );
}

/** The fix for a tensor in a state dict whose values must be read. */
const broughtBack = '(await x.cpu()) in its place';

/** An option as PyTorch saved it, where a learning rate or a beta may be a scalar tensor. */
function plain(name: string, what: string, x: unknown): unknown {
  if (Array.isArray(x)) return x.map((each) => plain(name, what, each));
  if (!(x instanceof Tensor) || x.numel() !== 1) return x;
  needValues(`${name}: ${what}`, x, broughtBack);
  return Number(reshape(x, []).item());
}

/** A learning rate in Python's notation, with a decimal point: `1.0`. */
const rate = (x: unknown): string => python(x).replace(/^\d+$/, '$&.0');

function python(x: unknown): string {
  if (x === null) return 'None';
  if (x === true) return 'True';
  if (Array.isArray(x)) return `(${x.map(python).join(', ')})`;
  if (typeof x !== 'number' || !Number.isFinite(x)) return x === false ? 'False' : String(x);
  // Python uses exponents below 1e-4 and from 1e16 on, with at least two digits.
  const size = Math.abs(x);
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return String(x);
  return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
