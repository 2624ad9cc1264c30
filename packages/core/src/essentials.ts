// The methods that every tensor has, even without the table of methods.
import { callable, signed } from './arguments/callable.js';
import * as kinds from './arguments/kinds.js';
import { may, need, type Place, Signature } from './arguments/signature.js';
import { type BackwardCallOptions, backward } from './autograd/backward.js';
import { cutOff } from './autograd/node.js';
import type { Device, NameAtRunTime } from './backend/device-name.js';
import type { DType, TypedArray } from './dtype.js';
import { AutogradError } from './errors.js';
import { installJavaScript, type JavaScriptMethods } from './javascript.js';
import { clone, contiguous, cpu, data, type ToOptions, to } from './operators/create/to-clone.js';
import { makerFromBase } from './operators/machinery/strided-view.js';
import { define } from './prototype.js';
import { setViewMaker, Tensor } from './tensor.js';

/** The methods that tensors have even without the operators. */
export interface EssentialMethods extends JavaScriptMethods {
  /**
   * Computes the gradients of all leaves that this tensor depends on, into their `.grad` (PyTorch: `x.backward()`).
   * Gradients accumulate over calls until they are cleared.
   *
   * @param gradient the gradient of this tensor; may be left out for a scalar.
   * @param options `inputs`: the tensors whose `.grad` is filled, instead of all leaves.
   * @throws AutogradError if nothing requires gradients or the tape was freed; ShapeError if the tensor is not a scalar
   *   and no gradient is given.
   * @example x.mul(x).sum().backward(); x.grad
   */
  backward(gradient?: Tensor | null, options?: BackwardCallOptions): void;
  backward(options: BackwardCallOptions & { gradient?: Tensor | null }): void;
  clone(): Tensor;
  /** A contiguous copy of the tensor; the tensor itself if it is contiguous (PyTorch: `x.contiguous()`). */
  contiguous(): Tensor;
  cpu(): Promise<Tensor>;
  data(): TypedArray;
  /**
   * Detaches the tensor from the tape in place; it no longer requires gradients (PyTorch: `x.detach_()`).
   *
   * @throws AutogradError for a view.
   */
  detach_(): Tensor;
  to<S extends string>(target: S & NameAtRunTime<S>, options?: ToOptions): Tensor;
  to(options: ToOptions): Tensor;
  to(target: DType | Device | Tensor | ToOptions): Tensor;
  to(target: DType | Device | Tensor, options?: ToOptions): Tensor;
  /**
   * The text that PyTorch prints for the tensor; without the operators (`@dl/core/functional` alone) its shape and
   * dtype.
   */
  toString(): string;
}

/** Node's console.log and util.inspect look for this symbol. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** A function with its signature; tests find it on the method too. */
export interface SignedFunction {
  (...args: unknown[]): unknown;
  readonly signature: Signature;
  readonly bare?: (...args: unknown[]) => unknown;
}

type Method = (this: Tensor, ...given: unknown[]) => unknown;

/** Turns a function of a tensor into a method, called with exactly the arguments that were given. */
export function methodOf(call: SignedFunction): Method {
  const { signature, bare } = call;
  if (bare === undefined) {
    const spread: Method = function (this: Tensor, ...given) {
      return call(this, ...given);
    };
    return signed(spread, signature);
  }
  // Rest arguments would allocate an array at every call, and the function's own check would cost a second call.
  const method: Method = function (this: Tensor, a?: unknown, b?: unknown, c?: unknown) {
    // biome-ignore lint/complexity/noArguments: as above
    const given = arguments;
    return given.length <= 3 && signature.fits(this, a, b, c)
      ? bare(this, a, b, c)
      : call(this, ...given);
  };
  return signed(method, signature);
}

const self = /*#__PURE__*/ need('x', kinds.tensor);

/** The methods that are functions of a tensor. */
const functions: {
  readonly [K in Exclude<keyof EssentialMethods, keyof JavaScriptMethods>]: unknown;
} = {
  backward: callable(
    'backward',
    backward,
    [self, /*#__PURE__*/ may('gradient', /*#__PURE__*/ kinds.orNull(kinds.tensor))],
    {
      retainGraph: kinds.boolean,
      createGraph: kinds.boolean,
      inputs: /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors),
    },
  ),
  clone,
  contiguous: callable('contiguous', (x: Tensor) => contiguous(x), [self], {}),
  cpu,
  data,
  detach_: callable(
    'detach_',
    (x: Tensor) => {
      if (x.base !== null) {
        throw new AutogradError(
          'detach_: a view cannot be detached in place, since its base may be changed in place; use detach()',
        );
      }
      cutOff(x);
      return x;
    },
    [self],
    {},
  ),
  to,
  toString: callable(
    'toString',
    (x: Tensor) =>
      `tensor(..., size=(${x.shape.join(', ')}), dtype=${x.dtype}, device='${x.device}')`,
    [self],
    {},
  ),
};

/** The parameters of the class's own methods; those without an entry take none. */
const ownMethods: { readonly [name: string]: readonly Place[] } = {
  size: [/*#__PURE__*/ may('dim', kinds.integer)],
  sizes: [/*#__PURE__*/ need('ndim', kinds.integer)],
  stride: [/*#__PURE__*/ may('dim', kinds.integer)],
  requiresGrad_: [/*#__PURE__*/ may('requiresGrad', kinds.boolean)],
  registerHook: [/*#__PURE__*/ need('hook', kinds.callback)],
  registerPostAccumulateGradHook: [/*#__PURE__*/ need('hook', kinds.callback)],
  setData: [/*#__PURE__*/ need('source', kinds.tensor)],
  dim: [],
  storageOffset: [],
  isContiguous: [],
  numel: [],
  retainGrad: [],
  detach: [],
  dispose: [],
  dropGrad: [],
  item: [],
  bigint: [],
  toArray: [],
  toBigIntArray: [],
  tolist: [],
};

/** A method of the class that refuses arguments it would have to ignore. */
function checked(name: string, method: Method, places: readonly Place[]): Method {
  const signature = new Signature(name, [self, ...places], {});
  const bare = places.every((p) => p.optional);
  const taking: Method = function (this: Tensor, ...given: unknown[]) {
    return given.length === 0 && bare
      ? method.call(this)
      : method.apply(this, signature.take([this, ...given]).slice(1));
  };
  return signed(taking, signature);
}

/** Installs the methods of all tensors; called once, where the class is defined for users. */
export function installEssentials(): void {
  setViewMaker(makerFromBase);
  for (const [name, f] of Object.entries(functions)) define(name, methodOf(f as SignedFunction));
  const prototype = Tensor.prototype as unknown as { readonly [name: string]: Method };
  for (const [name, places] of Object.entries(ownMethods)) {
    define(name, checked(name, prototype[name], places));
  }
  define(inspect, function (this: Tensor) {
    return this.toString();
  });
  installJavaScript();
}
