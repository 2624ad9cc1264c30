// Module: the base of everything with parameters.
import {
  type DType,
  DTypeError,
  type HookHandle,
  IndexError,
  isFloat,
  Tensor,
  ValueError,
  zero_,
} from '@dl/core/functional';
import { isDType } from './dtypes.js';
import { guardForward } from './forward.js';
import {
  addHook,
  type BackwardHook,
  type BackwardPreHook,
  type ForwardHook,
  type ForwardPreHook,
} from './hooks.js';
import {
  BUFFERS,
  classNameOf,
  type Holder,
  isModule,
  joinPath,
  keyOfField,
  MODULE,
  membersOf,
  walk,
} from './members.js';
import { Parameter } from './parameter.js';
import { formatModule } from './print.js';
import {
  type LoadStateDictOptions,
  type LoadStateDictResult,
  putState,
  type StateDict,
  takeState,
} from './state.js';

/** A module whatever it takes and returns. */
export type AnyModule = Module<never[], unknown>;

/** Where to, or as what: `'webgpu'`, `'float64'`, or both. */
export interface ModuleToOptions {
  dtype?: DType;
  device?: string;
}

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * The base of layers and models (PyTorch: `nn.Module`). A subclass has its parameters and modules as
 * fields, or in arrays that are fields, and computes in `forward`. Nothing is registered: what is in
 * the fields is the module's. Only a buffer (a tensor that is saved but not trained) is named, by
 * {@link Module.registerBuffer}.
 *
 * Names in state dicts are PyTorch's: a camelCase field has a snake_case key (`runningMean` is
 * `running_mean`; see {@link Module.stateKey}), and an array counts: `layers.0.weight`. As in PyTorch
 * a module's own parameters come first, then its buffers, then its modules. A field that is to stay
 * out (a reference to a parent, another model) is a `#private` one.
 *
 * An error from a module inside says where: `Net.fc2: linear: …`.
 *
 * `Inputs` and `Output` need stating only where they are not tensors.
 *
 * @example
 * class Net extends Module {
 *   fc1 = new Linear(2, 8);
 *   fc2 = new Linear(8, 1);
 *   forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).tanh());
 *   }
 * }
 * const net = new Net();
 * net.forward(randn([5, 2])).shape // [5, 1]
 */
export abstract class Module<Inputs extends readonly unknown[] = Tensor[], Output = Tensor> {
  /** Whether the module is being trained (true) or used (false); `dropout` and others ask. */
  training = true;

  /** @internal */
  declare readonly [BUFFERS]: Map<string, boolean>;

  constructor() {
    // Not `new.target`: Terser (5.51) moves it into functions that it inlines, where it is undefined.
    guardForward(Object.getPrototypeOf(this));
    Object.defineProperty(this, BUFFERS, { value: new Map<string, boolean>() });
  }

  /** @internal */
  get [MODULE](): true {
    return true;
  }

  /** What the module computes. It is called as it is: `model.forward(x)`. */
  abstract forward(...inputs: Inputs): Output;

  /**
   * The state-dict key of a field. A name that starts with a lower-case letter and has no underscore
   * becomes snake_case (`runningMean` is `running_mean`, `fc1` stays `fc1`); any other stays as it is.
   * Override it for a model whose PyTorch namesake spells otherwise.
   *
   * @example class Net extends Module { override stateKey(field: string) { return field; } … }
   */
  stateKey(field: string): string {
    return keyOfField(field);
  }

  /**
   * Makes a tensor a buffer: part of the state dict and moved with the module, but no parameter
   * (PyTorch: `register_buffer`). It sets the field and returns the tensor, so that a field can be
   * declared with it. The field may be given another tensor, or null, later.
   *
   * @param name the field.
   * @param options `persistent: false` keeps it out of the state dict.
   * @throws ValueError if the name is taken by a method or another field.
   * @example
   * class Norm extends Module {
   *   runningMean = this.registerBuffer('runningMean', zeros([3]));
   */
  registerBuffer<T extends Tensor | null>(
    name: string,
    tensor: T,
    options: { persistent?: boolean } = {},
  ): T {
    if (name === '' || name.includes('.')) {
      throw new ValueError(`registerBuffer: '${name}' is no name for a field`);
    }
    const taken = name in this && !this[BUFFERS].has(name);
    if (taken && (this as Record<string, unknown>)[name] !== undefined) {
      throw new ValueError(
        `registerBuffer: ${classNameOf(this)} has '${name}' already; choose another name`,
      );
    }
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new DTypeError(
        `registerBuffer: '${name}' must be a tensor or null, got ${typeof tensor}`,
      );
    }
    if (tensor instanceof Parameter) {
      throw new ValueError(
        `registerBuffer: '${name}' is a Parameter, which needs no registering; for a buffer pass its detach()`,
      );
    }
    this[BUFFERS].set(name, options.persistent ?? true);
    (this as Record<string, unknown>)[name] = tensor;
    return tensor;
  }

  /** The parameters with their names, each once (PyTorch: `named_parameters`). */
  *namedParameters(prefix = '', recurse = true): Generator<[name: string, parameter: Parameter]> {
    const seen = new Set<Parameter>();
    for (const [path, , members] of walk(this, prefix, { recurse })) {
      for (const [key, parameter] of members.parameters) {
        if (seen.has(parameter)) continue;
        seen.add(parameter);
        yield [joinPath(path, key), parameter];
      }
    }
  }

  /**
   * The parameters, each once (PyTorch: `parameters`).
   *
   * @param recurse whether to go into modules and arrays. Default: true.
   * @example new SGD(model.parameters(), { lr: 0.1 })
   */
  *parameters(recurse = true): Generator<Parameter> {
    for (const [, parameter] of this.namedParameters('', recurse)) yield parameter;
  }

  /** The buffers with their names, each once (PyTorch: `named_buffers`). */
  *namedBuffers(prefix = '', recurse = true): Generator<[name: string, buffer: Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, , members] of walk(this, prefix, { recurse })) {
      for (const [key, buffer] of members.buffers) {
        if (seen.has(buffer)) continue;
        seen.add(buffer);
        yield [joinPath(path, key), buffer];
      }
    }
  }

  /** The buffers, each once (PyTorch: `buffers`). */
  *buffers(recurse = true): Generator<Tensor> {
    for (const [, buffer] of this.namedBuffers('', recurse)) yield buffer;
  }

  /** The modules in the fields, with their names, each once (PyTorch: `named_children`). */
  *namedChildren(): Generator<[name: string, module: AnyModule]> {
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
    yield* visit('', this);
  }

  /** The modules in the fields, each once (PyTorch: `children`). */
  *children(): Generator<AnyModule> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** This module and all inside it, with their names, each once (PyTorch: `named_modules`). */
  *namedModules(prefix = ''): Generator<[name: string, module: AnyModule]> {
    for (const [path, holder] of walk(this, prefix)) {
      if (isModule(holder)) yield [path, holder];
    }
  }

  /** This module and all inside it, each once (PyTorch: `modules`). */
  *modules(): Generator<AnyModule> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /**
   * The module at a path; `''` is this one (PyTorch: `get_submodule`).
   *
   * @throws IndexError if there is none.
   * @example net.getSubmodule('encoder.layers.0')
   */
  getSubmodule(path: string): AnyModule {
    if (path === '') return this;
    for (const [name, holder] of walk(this, '', { unique: false })) {
      if (name === path && isModule(holder)) return holder;
    }
    const names = [...this.namedModules()].map(([name]) => name).filter((name) => name !== '');
    throw new IndexError(
      `getSubmodule: ${classNameOf(this)} has no module '${path}'; it has ${list(names)}`,
    );
  }

  /**
   * The parameter at a path (PyTorch: `get_parameter`).
   *
   * @throws IndexError if there is none.
   * @example net.getParameter('fc1.weight')
   */
  getParameter(path: string): Parameter {
    for (const [prefix, , members] of walk(this, '', { unique: false })) {
      for (const [key, parameter] of members.parameters) {
        if (joinPath(prefix, key) === path) return parameter;
      }
    }
    const names = [...this.namedParameters()].map(([name]) => name);
    throw new IndexError(
      `getParameter: ${classNameOf(this)} has no parameter '${path}'; it has ${list(names)}`,
    );
  }

  /**
   * Parameters and persistent buffers by name (PyTorch: `state_dict`): detached tensors that share
   * memory with the module's. What is shared inside the module stands under each of its names.
   *
   * @param options `prefix` is put in front of every name.
   * @example await save(model.stateDict(), 'model.pth');
   */
  stateDict(options: { prefix?: string } = {}): StateDict {
    return takeState(this, (options.prefix ?? '').replace(/\.$/, ''));
  }

  /**
   * Copies values by name into the module (PyTorch: `load_state_dict`). Dtypes and devices are
   * converted to the module's.
   *
   * @param options `strict: false` lets missing and unexpected keys be.
   * @throws FormatError that lists every missing, unexpected and mismatched entry; the module is
   * then as it was.
   * @example model.loadStateDict(await load('model.pth'));
   */
  loadStateDict(
    dict: Readonly<Record<string, unknown>>,
    options: LoadStateDictOptions = {},
  ): LoadStateDictResult {
    return putState(this, dict, options.strict ?? true);
  }

  /** Switches this module and all inside it to training (PyTorch: `train`). */
  train(mode = true): this {
    if (typeof mode !== 'boolean') {
      throw new ValueError(`train: the mode must be true or false, got ${String(mode)}`);
    }
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all inside it to use (PyTorch: `eval`). */
  eval(): this {
    return this.train(false);
  }

  /**
   * Moves parameters, buffers and gradients to a device, or floating-point ones to a dtype, keeping
   * their identity, so that an optimizer's references stay good (PyTorch: `Module.to`). It changes the
   * module and returns it. Bringing a module back to the CPU waits: `await model.cpu()`.
   *
   * @throws DTypeError unless the dtype is a floating-point one; DeviceError if the device is missing.
   * @example model.to('webgpu'); model.to('float64'); model.to({ device: 'webgpu', dtype: 'float16' })
   */
  to(target: DType | (string & {}) | ModuleToOptions): this {
    const { dtype, device } =
      typeof target !== 'string'
        ? target
        : isDType(target)
          ? { dtype: target, device: undefined }
          : { dtype: undefined, device: target };
    if (dtype !== undefined && !isFloat(dtype)) {
      throw new DTypeError(
        `Module.to: only floating-point dtypes, got ${dtype}; convert single tensors with x.to('${dtype}')`,
      );
    }
    const convert = (x: Tensor): Tensor => {
      const plain = x.detach();
      const moved = device === undefined ? plain : plain.to(device);
      return dtype !== undefined && isFloat(x.dtype) ? moved.to(dtype) : moved;
    };
    this.replace(this.tensors().map((x) => [x, convert(x)]));
    return this;
  }

  /** Brings parameters, buffers and gradients to the CPU, once the device is done (PyTorch: `cpu`). */
  async cpu(): Promise<this> {
    const tensors = this.tensors();
    const moved = await Promise.all(tensors.map((x) => x.detach().cpu()));
    this.replace(tensors.map((x, i) => [x, moved[i] as Tensor]));
    return this;
  }

  /** Floating-point parameters and buffers as float32 (PyTorch: `float`). */
  float(): this {
    return this.to('float32');
  }

  /** Floating-point parameters and buffers as float64 (PyTorch: `double`). */
  double(): this {
    return this.to('float64');
  }

  /** Sets whether the parameters are trained (PyTorch: `requires_grad_`). */
  requiresGrad_(on = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = on;
    return this;
  }

  /**
   * Clears the parameters' gradients (PyTorch: `zero_grad`).
   *
   * @param options `setToNone: false` fills them with zeros instead.
   */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    for (const parameter of this.parameters()) {
      if (parameter.gradient === null) continue;
      if (options.setToNone ?? true) parameter.dropGrad();
      else parameter.gradient = zero_(parameter.gradient.detach());
    }
  }

  /**
   * Calls a function with every module inside, innermost first, and then with this one (PyTorch:
   * `apply`).
   *
   * @example net.apply((m) => { if (m instanceof Linear) init.zeros_(m.weight); });
   */
  apply(visit: (module: AnyModule) => void): this {
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }

  /**
   * Has a function called after every `forward` of this module, which may return another result
   * (PyTorch: `register_forward_hook`).
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @example const handle = layer.registerForwardHook((m, inputs, output) => console.log(output));
   */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return addHook(this, 'forward', hook);
  }

  /**
   * Has a function called before every `forward` of this module, which may return other inputs: an
   * array of them, or the only one (PyTorch: `register_forward_pre_hook`).
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerForwardPreHook((m, [x]) => x.mul(2));
   */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    return addHook(this, 'forwardPre', hook);
  }

  /**
   * Has a function called in the backward pass, once the gradients of this module's inputs are known:
   * with them and those of its outputs, each null where there is none. It may return other gradients of the
   * inputs (PyTorch: `register_full_backward_hook`). Only inputs and outputs that are tensors, or
   * arrays of them, are seen.
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerFullBackwardHook((m, gradInput, gradOutput) => console.log(gradOutput));
   */
  registerFullBackwardHook(hook: BackwardHook): HookHandle {
    return addHook(this, 'backward', hook);
  }

  /**
   * Has a function called in the backward pass before this module's part of it, with the gradients of
   * its outputs, which it may replace (PyTorch: `register_full_backward_pre_hook`).
   *
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerFullBackwardPreHook((m, [g]) => [g.clamp(-1, 1)]);
   */
  registerFullBackwardPreHook(hook: BackwardPreHook): HookHandle {
    return addHook(this, 'backwardPre', hook);
  }

  /** What the printed form shows between the brackets (PyTorch: `extra_repr`). */
  extraRepr(): string {
    return '';
  }

  /** The text that PyTorch prints for the module. */
  toString(): string {
    return formatModule(this);
  }

  /** @internal What Node's console prints. */
  [inspect](): string {
    return this.toString();
  }

  private tensors(): Tensor[] {
    const own: Tensor[] = [...this.parameters(), ...this.buffers()];
    return own.flatMap((x) => (x.grad === null ? [x] : [x, x.grad]));
  }

  /** All conversions are done before the first change, so that a failing one changes nothing. */
  private replace(pairs: readonly (readonly [Tensor, Tensor])[]): void {
    for (const [x, moved] of pairs) if (moved.storage !== x.storage) x.setData(moved);
  }
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
