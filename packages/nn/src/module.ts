// Module: the base of everything with parameters.
import { type HookHandle, type Tensor, zero_ } from '@dl/core/functional';
import { addBuffer } from './buffers.js';
import { guardForward } from './forward.js';
import { addHook } from './hooks.js';
import { BUFFERS, classNameOf, keyOfField, MODULE } from './members.js';
import { type GivenToMethod, methods, nothing } from './module-arguments.js';
import type { Parameter } from './parameter.js';
import { formatModule } from './print.js';
import { type LoadStateDictResult, putState, type StateDict, takeState } from './state.js';
import { bringBack, moveTo } from './to-device.js';
import { moduleAt, named, namedChildren, namedModules, parameterAt, second } from './traversal.js';

/** A module whatever it takes and returns. */
export type AnyModule = Module<never[], unknown>;

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

  constructor(...given: []) {
    // Here for the classes that have no constructor of their own, whose arguments would be ignored.
    if (given.length > 0) nothing(classNameOf(this)).take(given);
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
    options?: { persistent?: boolean },
  ): T;
  registerBuffer<T extends Tensor | null>(
    name: string,
    options: { tensor: T; persistent?: boolean },
  ): T;
  registerBuffer(...given: GivenToMethod<'registerBuffer'>): Tensor | null {
    const [name, tensor, options = {}] = methods.registerBuffer.take(given);
    addBuffer(this, name, tensor, options.persistent);
    return tensor;
  }

  /**
   * The parameters with their names (PyTorch: `named_parameters`).
   *
   * @param prefix is put in front of every name, with a dot. Default: ''.
   * @param recurse whether to go into modules and arrays. Default: true.
   * @param options `removeDuplicate: false` gives a shared one under each of its names.
   */
  namedParameters(
    ...given: GivenToMethod<'namedParameters'>
  ): Generator<[name: string, parameter: Parameter]> {
    const [prefix, recurse, options] = methods.namedParameters.take(given);
    return named(this, (members) => members.parameters, prefix, { recurse, ...options });
  }

  /**
   * The parameters, each once (PyTorch: `parameters`).
   *
   * @param recurse whether to go into modules and arrays. Default: true.
   * @example new SGD(model.parameters(), { lr: 0.1 })
   */
  parameters(...given: GivenToMethod<'parameters'>): Generator<Parameter> {
    const [recurse] = methods.parameters.take(given);
    return second(named(this, (members) => members.parameters, '', { recurse }));
  }

  /** The buffers with their names; arguments as {@link Module.namedParameters} (PyTorch: `named_buffers`). */
  namedBuffers(...given: GivenToMethod<'namedBuffers'>): Generator<[name: string, buffer: Tensor]> {
    const [prefix, recurse, options] = methods.namedBuffers.take(given);
    return named(this, (members) => members.buffers, prefix, { recurse, ...options });
  }

  /** The buffers, each once (PyTorch: `buffers`). */
  buffers(...given: GivenToMethod<'buffers'>): Generator<Tensor> {
    const [recurse] = methods.buffers.take(given);
    return second(named(this, (members) => members.buffers, '', { recurse }));
  }

  /** The modules in the fields, with their names, each once (PyTorch: `named_children`). */
  namedChildren(...given: []): Generator<[name: string, module: Module]> {
    methods.namedChildren.take(given);
    return namedChildren(this) as Generator<[name: string, module: Module]>;
  }

  /**
   * The modules in the fields, each once (PyTorch: `children`). Their type is that of most: tensors in, one tensor out. One of
   * another kind is known by `instanceof`.
   *
   * @example for (const layer of net.children()) x = layer.forward(x);
   */
  children(...given: []): Generator<Module> {
    methods.children.take(given);
    return second(this.namedChildren());
  }

  /**
   * This module and all inside it, with their names (PyTorch: `named_modules`).
   *
   * @param prefix is put in front of every name, with a dot. Default: ''.
   * @param options `removeDuplicate: false` gives a shared one under each of its names.
   */
  namedModules(...given: GivenToMethod<'namedModules'>): Generator<[name: string, module: Module]> {
    const [prefix, { removeDuplicate } = {}] = methods.namedModules.take(given);
    const all = namedModules(this, prefix, removeDuplicate);
    return all as Generator<[name: string, module: Module]>;
  }

  /** This module and all inside it, each once (PyTorch: `modules`). */
  modules(...given: []): Generator<Module> {
    methods.modules.take(given);
    return second(this.namedModules());
  }

  /**
   * The module at a path; `''` is this one (PyTorch: `get_submodule`).
   *
   * @throws IndexError if there is none.
   * @example net.getSubmodule('encoder.layers.0')
   */
  getSubmodule(...given: GivenToMethod<'getSubmodule'>): Module {
    const [path] = methods.getSubmodule.take(given);
    return moduleAt(this, path) as Module;
  }

  /**
   * The parameter at a path (PyTorch: `get_parameter`).
   *
   * @throws IndexError if there is none.
   * @example net.getParameter('fc1.weight')
   */
  getParameter(...given: GivenToMethod<'getParameter'>): Parameter {
    const [path] = methods.getParameter.take(given);
    return parameterAt(this, path);
  }

  /**
   * Parameters and persistent buffers by name (PyTorch: `state_dict`): detached tensors that share
   * memory with the module's. What is shared inside the module stands under each of its names.
   *
   * @param options `prefix` is put in front of every name; `keepVars: true` gives the parameters and buffers
   * themselves.
   * @example await save(model.stateDict(), 'model.pth');
   */
  stateDict(...given: GivenToMethod<'stateDict'>): StateDict {
    const [{ prefix = '', keepVars = false } = {}] = methods.stateDict.take(given);
    return takeState(this, prefix.replace(/\.$/, ''), keepVars);
  }

  /**
   * Copies values by name into the module (PyTorch: `load_state_dict`). Dtypes and devices are
   * converted to the module's.
   *
   * @param strict false lets missing and unexpected keys be.
   * @throws FormatError that lists every missing, unexpected and mismatched entry; the module is
   * then as it was.
   * @example model.loadStateDict(await load('model.pth'));
   */
  loadStateDict(...given: GivenToMethod<'loadStateDict'>): LoadStateDictResult {
    const [dict, strict = true] = methods.loadStateDict.take(given);
    return putState(this, dict, strict);
  }

  /** Switches this module and all inside it to training (PyTorch: `train`). */
  train(...given: GivenToMethod<'train'>): this {
    const [mode = true] = methods.train.take(given);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all inside it to use (PyTorch: `eval`). */
  eval(...given: []): this {
    methods.eval.take(given);
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
  to(...given: GivenToMethod<'to'>): this {
    moveTo(this, methods.to.take(given));
    return this;
  }

  /** Brings parameters, buffers and gradients to the CPU, once the device is done (PyTorch: `cpu`). */
  async cpu(...given: []): Promise<this> {
    methods.cpu.take(given);
    await bringBack(this);
    return this;
  }

  /** Floating-point parameters and buffers as float32 (PyTorch: `float`). */
  float(...given: []): this {
    methods.float.take(given);
    return this.to('float32');
  }

  /** Floating-point parameters and buffers as float64 (PyTorch: `double`). */
  double(...given: []): this {
    methods.double.take(given);
    return this.to('float64');
  }

  /** Sets whether the parameters are trained (PyTorch: `requires_grad_`). */
  requiresGrad_(...given: GivenToMethod<'requiresGrad_'>): this {
    const [requiresGrad = true] = methods.requiresGrad_.take(given);
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /**
   * Clears the parameters' gradients (PyTorch: `zero_grad`).
   *
   * @param setToNone false fills them with zeros instead.
   */
  zeroGrad(...given: GivenToMethod<'zeroGrad'>): void {
    const [setToNone = true] = methods.zeroGrad.take(given);
    for (const parameter of this.parameters()) {
      if (parameter.gradient === null) continue;
      if (setToNone) parameter.dropGrad();
      else parameter.gradient = zero_(parameter.gradient.detach());
    }
  }

  /**
   * Calls a function with every module inside, innermost first, and then with this one (PyTorch:
   * `apply`).
   *
   * @example net.apply((m) => { if (m instanceof Linear) init.zeros_(m.weight); });
   */
  apply(...given: GivenToMethod<'apply'>): this {
    const [visit] = methods.apply.take(given);
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }

  /**
   * Has a function called after every `forward` of this module, which may return another result
   * (PyTorch: `register_forward_hook`).
   *
   * @param options `prepend: true` has it called before the hooks that are there. Default: false.
   * @returns a handle whose `remove()` takes the hook away.
   * @example const handle = layer.registerForwardHook((m, inputs, output) => console.log(output));
   */
  registerForwardHook(...given: GivenToMethod<'registerForwardHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerForwardHook.take(given);
    return addHook(this, 'forward', hook, prepend);
  }

  /**
   * Has a function called before every `forward` of this module, which may return other inputs: an
   * array of them, or the only one (PyTorch: `register_forward_pre_hook`).
   *
   * @param options `prepend: true` has it called before the hooks that are there. Default: false.
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerForwardPreHook((m, [x]) => x.mul(2));
   */
  registerForwardPreHook(...given: GivenToMethod<'registerForwardPreHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerForwardPreHook.take(given);
    return addHook(this, 'forwardPre', hook, prepend);
  }

  /**
   * Has a function called in the backward pass, once the gradients of this module's inputs are known:
   * with them and those of its outputs, each null where there is none. It may return other gradients of the
   * inputs (PyTorch: `register_full_backward_hook`). Only inputs and outputs that are tensors, or
   * arrays of them, are seen.
   *
   * @param options `prepend: true` has it called before the hooks that are there. Default: false.
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerFullBackwardHook((m, gradInput, gradOutput) => console.log(gradOutput));
   */
  registerFullBackwardHook(...given: GivenToMethod<'registerFullBackwardHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerFullBackwardHook.take(given);
    return addHook(this, 'backward', hook, prepend);
  }

  /**
   * Has a function called in the backward pass before this module's part of it, with the gradients of
   * its outputs, which it may replace (PyTorch: `register_full_backward_pre_hook`).
   *
   * @param options `prepend: true` has it called before the hooks that are there. Default: false.
   * @returns a handle whose `remove()` takes the hook away.
   * @example layer.registerFullBackwardPreHook((m, [g]) => [g.clamp(-1, 1)]);
   */
  registerFullBackwardPreHook(...given: GivenToMethod<'registerFullBackwardPreHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerFullBackwardPreHook.take(given);
    return addHook(this, 'backwardPre', hook, prepend);
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
}
