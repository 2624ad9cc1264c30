// Module: the base class of layers and models.
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

/** A module with any inputs and output. */
export type AnyModule = Module<never[], unknown>;

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * The base class of layers and models (PyTorch: `nn.Module`). A subclass keeps its parameters and submodules in
 * fields, or in arrays in fields, and computes in `forward`. They need no registration. Only a buffer (a tensor that is
 * saved but not trained) is registered, by {@link Module.registerBuffer}.
 *
 * Names in state dicts are PyTorch's: a camelCase field has a snake_case key (`runningMean` becomes
 * `running_mean`; see {@link Module.stateKey}), and items of an array have their index: `layers.0.weight`. As in PyTorch,
 * a module's own parameters come first, then its buffers, then its submodules. To keep a field out (a reference to
 * a parent, another model), make it `#private`.
 *
 * The message of an error in a submodule begins with its path: `Net.fc2: linear: …`.
 *
 * State `Inputs` and `Output` only if they are not tensors.
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
  /** Whether the module is in training mode (true) or evaluation mode (false), which `Dropout` and others read. */
  training = true;

  /** @internal */
  declare readonly [BUFFERS]: Map<string, boolean>;

  constructor(...given: []) {
    // Classes without a constructor would ignore their arguments.
    if (given.length > 0) nothing(classNameOf(this)).take(given);
    // Not `new.target`: Terser (5.51) moves it into functions that it inlines, where it is undefined.
    guardForward(Object.getPrototypeOf(this));
    Object.defineProperty(this, BUFFERS, { value: new Map<string, boolean>() });
  }

  /** @internal */
  get [MODULE](): true {
    return true;
  }

  /** Computes the output (PyTorch: `forward`). Call it directly: `model.forward(x)`. */
  abstract forward(...inputs: Inputs): Output;

  /**
   * The state-dict key of a field. A name that starts with a lower-case letter and has no underscore
   * becomes snake_case (`runningMean` becomes `running_mean`, `fc1` stays `fc1`); any other name stays as it is.
   * Override this method for a model that uses other names in PyTorch.
   *
   * @example class Net extends Module {
   *   override stateKey(field: string) { return field === 'toLogits' ? 'to_logits' : field; }
   *   forward(x: Tensor) { return x; }
   * }
   */
  stateKey(field: string): string {
    return keyOfField(field);
  }

  /**
   * Registers a buffer: a tensor that is part of the state dict and moves with the module, but is not a parameter
   * (PyTorch: `register_buffer`). It sets the field and returns the tensor, so that it can initialize a field
   * declaration. Another tensor, or null, may be assigned to the field later.
   *
   * @param name the name of the field.
   * @param options `persistent: false` keeps the buffer out of the state dict.
   * @throws ValueError if a method or another field has the name.
   * @example
   * class Norm extends Module {
   *   runningMean = this.registerBuffer('runningMean', zeros([3]));
   *   forward(x: Tensor) { return x.sub(this.runningMean); }
   * }
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
   * @param prefix is prepended to every name, with a dot. Default: ''.
   * @param recurse whether to include submodules and arrays. Default: true.
   * @param options `removeDuplicate: false` yields shared ones once for each name.
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
   * @param recurse whether to include submodules and arrays. Default: true.
   * @example new SGD(model.parameters(), { lr: 0.1 })
   */
  parameters(...given: GivenToMethod<'parameters'>): Generator<Parameter> {
    const [recurse] = methods.parameters.take(given);
    return second(named(this, (members) => members.parameters, '', { recurse }));
  }

  /** The buffers with their names; arguments as for {@link Module.namedParameters} (PyTorch: `named_buffers`). */
  namedBuffers(...given: GivenToMethod<'namedBuffers'>): Generator<[name: string, buffer: Tensor]> {
    const [prefix, recurse, options] = methods.namedBuffers.take(given);
    return named(this, (members) => members.buffers, prefix, { recurse, ...options });
  }

  /** The buffers, each once (PyTorch: `buffers`). */
  buffers(...given: GivenToMethod<'buffers'>): Generator<Tensor> {
    const [recurse] = methods.buffers.take(given);
    return second(named(this, (members) => members.buffers, '', { recurse }));
  }

  /** The direct submodules with their names, each once (PyTorch: `named_children`). */
  namedChildren(...given: []): Generator<[name: string, module: Module]> {
    methods.namedChildren.take(given);
    return namedChildren(this) as Generator<[name: string, module: Module]>;
  }

  /**
   * The direct submodules, each once (PyTorch: `children`). The type assumes tensors in and one tensor out, as for most modules;
   * use `instanceof` for others.
   *
   * @example for (const layer of net.children()) x = layer.forward(x);
   */
  children(...given: []): Generator<Module> {
    methods.children.take(given);
    return second(this.namedChildren());
  }

  /**
   * This module and all submodules, with their names (PyTorch: `named_modules`).
   *
   * @param prefix is prepended to every name, with a dot. Default: ''.
   * @param options `removeDuplicate: false` yields shared ones once for each name.
   */
  namedModules(...given: GivenToMethod<'namedModules'>): Generator<[name: string, module: Module]> {
    const [prefix, { removeDuplicate } = {}] = methods.namedModules.take(given);
    const all = namedModules(this, prefix, removeDuplicate);
    return all as Generator<[name: string, module: Module]>;
  }

  /** This module and all submodules, each once (PyTorch: `modules`). */
  modules(...given: []): Generator<Module> {
    methods.modules.take(given);
    return second(this.namedModules());
  }

  /**
   * The submodule at a path; `''` is this module (PyTorch: `get_submodule`).
   *
   * @throws IndexError if there is no such module.
   * @example net.getSubmodule('encoder.layers.0')
   */
  getSubmodule(...given: GivenToMethod<'getSubmodule'>): Module {
    const [path] = methods.getSubmodule.take(given);
    return moduleAt(this, path) as Module;
  }

  /**
   * The parameter at a path (PyTorch: `get_parameter`).
   *
   * @throws IndexError if there is no such parameter.
   * @example net.getParameter('fc1.weight')
   */
  getParameter(...given: GivenToMethod<'getParameter'>): Parameter {
    const [path] = methods.getParameter.take(given);
    return parameterAt(this, path);
  }

  /**
   * Parameters and persistent buffers by name (PyTorch: `state_dict`), as detached tensors that share
   * memory with the module's. A shared tensor appears under each of its names.
   *
   * @param options `prefix` is prepended to every name; `keepVars: true` returns the parameters and buffers
   * themselves.
   * @example await save(model.stateDict(), 'model.pth');
   */
  stateDict(...given: GivenToMethod<'stateDict'>): StateDict {
    const [{ prefix = '', keepVars = false } = {}] = methods.stateDict.take(given);
    return takeState(this, prefix.replace(/\.$/, ''), keepVars);
  }

  /**
   * Copies values by name into the module (PyTorch: `load_state_dict`), converted to the module's dtypes and
   * devices.
   *
   * @param strict false allows missing and unexpected keys. Default: true.
   * @throws FormatError that lists every missing, unexpected and mismatched entry; nothing is
   * changed then.
   * @example model.loadStateDict(await load('model.pth'));
   */
  loadStateDict(...given: GivenToMethod<'loadStateDict'>): LoadStateDictResult {
    const [dict, strict = true] = methods.loadStateDict.take(given);
    return putState(this, dict, strict);
  }

  /** Sets this module and all submodules to training mode (PyTorch: `train`). */
  train(...given: GivenToMethod<'train'>): this {
    const [mode = true] = methods.train.take(given);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets this module and all submodules to evaluation mode (PyTorch: `eval`). */
  eval(...given: []): this {
    methods.eval.take(given);
    return this.train(false);
  }

  /**
   * Moves parameters, buffers and gradients to a device, or converts the floating-point ones to a dtype (PyTorch:
   * `Module.to`). The tensors keep their identity, so an optimizer's references stay valid. It changes the
   * module and returns it. To move a module back to the CPU, use `await model.cpu()`.
   *
   * @throws DTypeError unless the dtype is a floating-point one; DeviceError if the device is not available.
   * @example model.to('webgpu'); model.to('float64'); model.to({ device: 'webgpu', dtype: 'float16' })
   */
  to(...given: GivenToMethod<'to'>): this {
    moveTo(this, methods.to.take(given));
    return this;
  }

  /** Moves parameters, buffers and gradients to the CPU, after waiting for the device (PyTorch: `cpu`). */
  async cpu(...given: []): Promise<this> {
    methods.cpu.take(given);
    await bringBack(this);
    return this;
  }

  /** Converts floating-point parameters and buffers to float32 (PyTorch: `float`). */
  float(...given: []): this {
    methods.float.take(given);
    return this.to('float32');
  }

  /** Converts floating-point parameters and buffers to float64 (PyTorch: `double`). */
  double(...given: []): this {
    methods.double.take(given);
    return this.to('float64');
  }

  /** Sets whether the parameters require gradients (PyTorch: `requires_grad_`). */
  requiresGrad_(...given: GivenToMethod<'requiresGrad_'>): this {
    const [requiresGrad = true] = methods.requiresGrad_.take(given);
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /**
   * Clears the parameters' gradients (PyTorch: `zero_grad`).
   *
   * @param setToNone false fills them with zeros instead. Default: true.
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
   * Calls a function with every submodule, children before parents, and then with this module (PyTorch:
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
   * Registers a function to call after every `forward` of this module. It may return another output
   * (PyTorch: `register_forward_hook`).
   *
   * @param options `prepend: true` calls it before the hooks registered earlier. Default: false.
   * @returns a handle whose `remove()` removes the hook.
   * @example const handle = layer.registerForwardHook((m, inputs, output) => console.log(output));
   */
  registerForwardHook(...given: GivenToMethod<'registerForwardHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerForwardHook.take(given);
    return addHook(this, 'forward', hook, prepend);
  }

  /**
   * Registers a function to call before every `forward` of this module. It may return other inputs: an
   * array of them, or a single one (PyTorch: `register_forward_pre_hook`).
   *
   * @param options `prepend: true` calls it before the hooks registered earlier. Default: false.
   * @returns a handle whose `remove()` removes the hook.
   * @example layer.registerForwardPreHook((m, [x]) => (x as Tensor).mul(2));
   */
  registerForwardPreHook(...given: GivenToMethod<'registerForwardPreHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerForwardPreHook.take(given);
    return addHook(this, 'forwardPre', hook, prepend);
  }

  /**
   * Registers a function to call in the backward pass when the gradients of this module's inputs are known. It gets
   * the gradients of inputs and outputs, null where there is none, and may return other gradients of the
   * inputs (PyTorch: `register_full_backward_hook`). Only inputs and outputs that are tensors, or
   * arrays of tensors, are included.
   *
   * @param options `prepend: true` calls it before the hooks registered earlier. Default: false.
   * @returns a handle whose `remove()` removes the hook.
   * @example layer.registerFullBackwardHook((m, gradInput, gradOutput) => console.log(gradOutput));
   */
  registerFullBackwardHook(...given: GivenToMethod<'registerFullBackwardHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerFullBackwardHook.take(given);
    return addHook(this, 'backward', hook, prepend);
  }

  /**
   * Registers a function to call in the backward pass before the gradients of this module's inputs are computed. It gets
   * the gradients of the outputs and may return others (PyTorch: `register_full_backward_pre_hook`).
   *
   * @param options `prepend: true` calls it before the hooks registered earlier. Default: false.
   * @returns a handle whose `remove()` removes the hook.
   * @example layer.registerFullBackwardPreHook((m, [g]) => [g?.clamp(-1, 1) ?? null]);
   */
  registerFullBackwardPreHook(...given: GivenToMethod<'registerFullBackwardPreHook'>): HookHandle {
    const [hook, { prepend } = {}] = methods.registerFullBackwardPreHook.take(given);
    return addHook(this, 'backwardPre', hook, prepend);
  }

  /** The text between the brackets of the printed module (PyTorch: `extra_repr`). */
  extraRepr(): string {
    return '';
  }

  /** The module as PyTorch prints it. */
  toString(): string {
    return formatModule(this);
  }

  /** @internal The text that Node's console prints. */
  [inspect](): string {
    return this.toString();
  }
}
