// Derivatives of functions: vector-Jacobian and Jacobian-vector products, Jacobians and Hessians.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { may, need } from '../arguments/signature.js';
import { AutogradError, ShapeError } from '../errors.js';
import { zerosLike } from '../operators/create/zeros-ones-full.js';
import { stack } from '../operators/view/cat-stack.js';
import { expand, reshape, select, view } from '../operators/view/views.js';
import { sameShape, show } from '../shape.js';
import { Tensor } from '../tensor.js';
import { grad } from './backward.js';
import { enableGrad } from './no-grad.js';

/** A function of one tensor, or of several. */
export type TensorFunction = (...inputs: Tensor[]) => Tensor;

/** One tensor or several. */
export type OneOrMore = Tensor | readonly Tensor[];

/** Options of the functions that compute derivatives. */
export interface DerivativeOptions {
  /** Record the computation, for higher-order derivatives. Default: false. */
  createGraph?: boolean;
}

/** Options of `vjp` and `jacobian`. */
export interface StrictDerivativeOptions extends DerivativeOptions {
  /** Throw if the result does not depend on an input, instead of returning zeros. Default: false. */
  strict?: boolean;
}

/** The signature of `vjp`. */
interface Vjp {
  <I extends OneOrMore>(
    f: TensorFunction,
    inputs: I,
    v?: Tensor,
    options?: StrictDerivativeOptions,
  ): [Tensor, I extends Tensor ? Tensor : Tensor[]];
  <I extends OneOrMore>(
    f: TensorFunction,
    inputs: I,
    options?: StrictDerivativeOptions & { v?: Tensor },
  ): [Tensor, I extends Tensor ? Tensor : Tensor[]];
}
/** The signature of `jacobian`. */
type Jacobian = <I extends OneOrMore>(
  f: TensorFunction,
  inputs: I,
  options?: StrictDerivativeOptions,
) => I extends Tensor ? Tensor : Tensor[];
/** The signature of `hessian`. */
type Hessian = <I extends OneOrMore>(
  f: TensorFunction,
  inputs: I,
  options?: DerivativeOptions,
) => I extends Tensor ? Tensor : Tensor[][];

const list = (x: OneOrMore): readonly Tensor[] => (x instanceof Tensor ? [x] : x);

/** Inputs detached for a new tape; with `createGraph` they stay connected to their history. */
function fresh(inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  return inputs.map((x) =>
    createGraph && x.requiresGrad ? view(x, x.shape) : x.detach().requiresGrad_(),
  );
}

const orZeros = (gradients: readonly (Tensor | null)[], inputs: readonly Tensor[]): Tensor[] =>
  gradients.map((g, i) => g ?? zerosLike(inputs[i]));

function evaluate(operator: string, f: TensorFunction, inputs: readonly Tensor[]): Tensor {
  const out = f(...inputs);
  if (!(out instanceof Tensor)) {
    throw new AutogradError(`${operator}: the function must return a tensor`);
  }
  return out;
}

/** With `strict`, throws where the result would be zero because it does not depend on an input. */
function refuseIndependent(operator: string, found: readonly (Tensor | null)[]): void {
  const k = found.indexOf(null);
  if (k < 0) return;
  throw new AutogradError(
    `${operator}: the result does not depend on input ${k}, which strict refuses; leave strict out for zeros`,
  );
}

function gradientOf(
  out: Tensor,
  inputs: readonly Tensor[],
  v: Tensor | undefined,
  createGraph: boolean,
  strictIn: string | null = null,
): Tensor[] {
  if (!out.requiresGrad && strictIn !== null) {
    throw new AutogradError(
      `${strictIn}: the result requires no gradients, which strict refuses; compute it from the inputs without detach() and noGrad()`,
    );
  }
  if (!out.requiresGrad) return inputs.map((x) => zerosLike(x));
  const options = { allowUnused: true, createGraph, retainGraph: true };
  const found = grad(out, inputs, v === undefined ? options : { ...options, gradOutputs: v });
  if (strictIn !== null) refuseIndependent(strictIn, found);
  return orZeros(found, inputs);
}

function vjpOf<I extends OneOrMore>(
  f: TensorFunction,
  inputs: I,
  v?: Tensor,
  options: StrictDerivativeOptions = {},
): [Tensor, I extends Tensor ? Tensor : Tensor[]] {
  const createGraph = options.createGraph ?? false;
  return enableGrad(() => {
    const xs = fresh(list(inputs), createGraph);
    const out = evaluate('vjp', f, xs);
    const products = gradientOf(out, xs, v, createGraph, options.strict === true ? 'vjp' : null);
    const value = createGraph ? out : out.detach();
    return [value, inputs instanceof Tensor ? products[0] : products] as never;
  });
}

/**
 * A function's value, and the product of a vector with its Jacobian (PyTorch: `torch.autograd.functional.vjp`).
 *
 * @param v a vector of the result's shape; may be left out for a scalar.
 * @param options `strict`: throw if the result does not depend on an input, instead of returning zeros.
 * @throws AutogradError for such a result.
 * @returns the value, and one gradient or a list as the inputs were given.
 * @example const [value, product] = vjp((x) => x.mul(x), tensor([1, 2]), ones([2]));
 */
export const vjp = /*#__PURE__*/ callable(
  'vjp',
  vjpOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
    /*#__PURE__*/ may('v', kinds.tensor),
  ],
  { createGraph: kinds.boolean, strict: kinds.boolean },
) as Vjp;

function jvpOf(
  f: TensorFunction,
  inputs: OneOrMore,
  v: OneOrMore,
  options: DerivativeOptions = {},
): [Tensor, Tensor] {
  const createGraph = options.createGraph ?? false;
  return enableGrad(() => {
    const xs = fresh(list(inputs), createGraph);
    const vs = list(v);
    xs.forEach((x, i) => {
      if (!sameShape(x.shape, vs[i]?.shape ?? [-1])) {
        throw new ShapeError(
          `jvp: the vector must have the inputs' shapes; input ${i} has ${show(x.shape)}, the vector ${show(vs[i]?.shape ?? [])}`,
        );
      }
    });
    const out = evaluate('jvp', f, xs);
    // The gradient is linear in its cotangent u; its derivative with respect to u is the Jacobian.
    const u = zerosLike(out).requiresGrad_();
    const pulled = gradientOf(out, xs, u, true);
    const connected = pulled.map((p, i) => [p, vs[i]] as const).filter(([p]) => p.requiresGrad);
    const value = createGraph ? out : out.detach();
    if (connected.length === 0) return [value, zerosLike(out)];
    const [product] = grad(
      connected.map(([p]) => p),
      [u],
      { gradOutputs: connected.map(([, w]) => w), createGraph, allowUnused: true },
    );
    return [value, product ?? zerosLike(out)];
  });
}

/**
 * A function's value, and the product of its Jacobian with a vector (PyTorch: `torch.autograd.functional.jvp`), by
 * differentiating twice.
 *
 * @param v a vector of the inputs' shapes.
 * @example const [value, product] = jvp((x) => x.mul(x), tensor([1, 2]), ones([2]));
 */
export const jvp = /*#__PURE__*/ callable(
  'jvp',
  jvpOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
    /*#__PURE__*/ need('v', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  { createGraph: kinds.boolean },
);

function jacobianOf<I extends OneOrMore>(
  f: TensorFunction,
  inputs: I,
  options: StrictDerivativeOptions = {},
): I extends Tensor ? Tensor : Tensor[] {
  const createGraph = options.createGraph ?? false;
  const strictIn = options.strict === true ? 'jacobian' : null;
  return enableGrad(() => {
    const xs = fresh(list(inputs), createGraph);
    const out = evaluate('jacobian', f, xs);
    const flat = reshape(out, [-1]);
    const rows = Array.from({ length: out.count }, (_, i) =>
      gradientOf(select(flat, 0, i), xs, undefined, createGraph, strictIn),
    );
    if (strictIn !== null && createGraph) {
      for (const row of rows) {
        const k = row.findIndex((r) => !r.requiresGrad);
        if (k < 0) continue;
        throw new AutogradError(
          `jacobian: the Jacobian does not depend on input ${k}, which strict refuses with createGraph; leave one of them out`,
        );
      }
    }
    const parts = xs.map((x, k) => {
      const full = [...out.shape, ...x.shape];
      if (rows.length === 0) return reshape(expand(zerosLike(x), [0, ...x.shape]), full);
      return reshape(stack(rows.map((r) => r[k])), full);
    });
    return (inputs instanceof Tensor ? parts[0] : parts) as never;
  });
}

/**
 * The Jacobian of a function: of shape `[...result, ...input]` (PyTorch: `torch.autograd.functional.jacobian`).
 *
 * @param options `strict`: throw if the result (with `createGraph` also the Jacobian) does not depend on an input,
 *   instead of returning zeros.
 * @throws AutogradError for such a result.
 * @returns one tensor, or a list as the inputs were given.
 * @example jacobian((x) => x.mul(x), tensor([1, 2])) // tensor([[2., 0.], [0., 4.]])
 */
export const jacobian = /*#__PURE__*/ callable(
  'jacobian',
  jacobianOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  { createGraph: kinds.boolean, strict: kinds.boolean },
) as Jacobian;

function hessianOf<I extends OneOrMore>(
  f: TensorFunction,
  inputs: I,
  options: DerivativeOptions = {},
): I extends Tensor ? Tensor : Tensor[][] {
  const xs = list(inputs);
  const gradient =
    (k: number): TensorFunction =>
    (...points) => {
      const out = evaluate('hessian', f, points);
      if (out.count !== 1) {
        throw new ShapeError(
          `hessian: the function must return a scalar, got shape ${show(out.shape)}`,
        );
      }
      return gradientOf(out, points, undefined, true)[k];
    };
  const rows = xs.map((_, k) => jacobian(gradient(k), xs, options));
  return (inputs instanceof Tensor ? rows[0][0] : rows) as never;
}

/**
 * The Hessian of a scalar function: of shape `[...input, ...input]` (PyTorch: `torch.autograd.functional.hessian`); for
 * several inputs a nested list of them.
 *
 * @throws ShapeError unless the result is a scalar.
 * @example hessian((x) => x.pow(3).sum(), tensor([1, 2])) // tensor([[6., 0.], [0., 12.]])
 */
export const hessian = /*#__PURE__*/ callable(
  'hessian',
  hessianOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  { createGraph: kinds.boolean },
) as Hessian;
