// Gradient clipping, and parameters as one vector (PyTorch: torch.nn.utils).
import {
  add,
  callable,
  cat,
  clamp,
  copy_,
  DeviceError,
  DTypeError,
  kinds,
  may,
  mul,
  narrow,
  need,
  needValues,
  noGrad,
  norm,
  reciprocal,
  reshape,
  ShapeError,
  stack,
  Tensor,
  tensor,
  ValueError,
} from '@dl/core/functional';

/** Options of `clipGradNorm_`. */
export interface ClipGradNormOptions {
  /** The order p of the norm, or `Infinity` for the maximum norm. Default: 2. */
  normType?: number;
  /** Throw if the norm is infinite or NaN, before any gradient is changed. Default: false. */
  errorIfNonfinite?: boolean;
}

/** Parameters, or a single one. */
const parameters = /*#__PURE__*/ kinds.kind<Tensor | Iterable<Tensor>>(
  'a list of parameters, such as model.parameters()',
  (x) => typeof x === 'object' && x !== null && (x instanceof Tensor || Symbol.iterator in x),
);

function listOf(name: string, params: Tensor | Iterable<Tensor>): Tensor[] {
  if (params instanceof Tensor) return [params];
  const list: Tensor[] = [...params];
  list.forEach((x, i) => {
    if (!(x instanceof Tensor)) {
      throw new ValueError(
        `${name}: params must be tensors, but params[${i}] is ${kinds.described(x)}`,
      );
    }
  });
  return list;
}

const gradsOf = (params: readonly Tensor[]): Tensor[] =>
  params.flatMap(({ gradient }) => (gradient === null ? [] : [gradient.detach()]));

function limit(name: string, key: string, value: number): void {
  if (!(value >= 0)) {
    throw new ValueError(`${name}: ${key} must be a non-negative number, got ${String(value)}`);
  }
}

/** The norm of half-precision tensors is computed in float32, where squares do not overflow. */
function normOf(x: Tensor, p: number): Tensor {
  const half = x.dtype === 'float16' || x.dtype === 'bfloat16';
  return half ? norm(x.to('float32'), p).to(x.dtype) : norm(x, p);
}

function clipGradNormOf(
  params: Tensor | Iterable<Tensor>,
  maxNorm: number,
  normType = 2,
  options: Omit<ClipGradNormOptions, 'normType'> = {},
): Tensor {
  const name = 'clipGradNorm_';
  const { errorIfNonfinite = false } = options;
  const grads = gradsOf(listOf(name, params));
  limit(name, 'maxNorm', maxNorm);
  if (Number.isNaN(normType)) {
    throw new ValueError(`${name}: normType must be a number, got ${String(normType)}`);
  }
  return noGrad(() => {
    const [first] = grads;
    if (first === undefined) return tensor(0);
    if (errorIfNonfinite) {
      needValues(
        `${name}: errorIfNonfinite`,
        first,
        'clipGradNorm_ without it and check its result: (await norm.cpu()).item()',
      );
    }
    const other = grads.find((g) => g.device !== first.device);
    if (other !== undefined) {
      throw new DeviceError(
        `${name}: the gradients are on devices '${first.device}' and '${other.device}', but must be on one device; move the model to one device`,
      );
    }
    const total = normOf(stack(grads.map((g) => normOf(g, normType))), normType);
    if (errorIfNonfinite && !Number.isFinite(Number(total.item()))) {
      throw new ValueError(
        `${name}: the norm of order ${normType} of the gradients is ${total.item()}, so they cannot be clipped; pass errorIfNonfinite: false to scale them anyway`,
      );
    }
    const factor = clamp(mul(reciprocal(add(total, 1e-6)), maxNorm), { max: 1 });
    for (const g of grads) mul.operator.applyInPlace([g, factor]);
    return total;
  });
}

/**
 * Scales all gradients so that their norm, taken over all of them as one vector, is at most `maxNorm` (PyTorch:
 * `nn.utils.clip_grad_norm_`). Parameters without a gradient are skipped.
 *
 * @param params parameters, or a single one.
 * @param normType the order p of the norm, or `Infinity` for the maximum norm. Default: 2.
 * @param options `errorIfNonfinite` (default false).
 * @returns the norm before scaling, a scalar tensor on the gradients' device; 0 if
 * there are no gradients.
 * @throws ValueError for a `maxNorm` that is negative or NaN, and with `errorIfNonfinite` for a norm
 * that is not finite; DeviceError for gradients on several devices, and with `errorIfNonfinite` on a device other than
 * the CPU, where the norm cannot be read without waiting.
 * @example
 * loss.backward();
 * clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 */
export const clipGradNorm_ = /*#__PURE__*/ (() =>
  callable(
    'clipGradNorm_',
    clipGradNormOf,
    [
      /*#__PURE__*/ need('params', parameters),
      /*#__PURE__*/ need('maxNorm', kinds.number),
      /*#__PURE__*/ may('normType', kinds.number),
    ],
    { errorIfNonfinite: kinds.boolean },
  ))();

function clipGradValueOf(params: Tensor | Iterable<Tensor>, clipValue: number): void {
  const grads = gradsOf(listOf('clipGradValue_', params));
  limit('clipGradValue_', 'clipValue', clipValue);
  noGrad(() => {
    for (const g of grads) copy_(g, clamp(g, { min: -clipValue, max: clipValue }));
  });
}

/**
 * Clamps every element of the gradients to `[-clipValue, clipValue]` (PyTorch:
 * `nn.utils.clip_grad_value_`).
 *
 * @param params parameters, or a single one.
 * @throws ValueError for a `clipValue` that is negative or NaN.
 * @example clipGradValue_(model.parameters(), 0.5);
 */
export const clipGradValue_ = /*#__PURE__*/ (() =>
  callable(
    'clipGradValue_',
    clipGradValueOf,
    [/*#__PURE__*/ need('params', parameters), /*#__PURE__*/ need('clipValue', kinds.number)],
    {},
  ))();

function parametersToVectorOf(params: Iterable<Tensor>): Tensor {
  const list = listOf('parametersToVector', params);
  if (list.length === 0)
    throw new ValueError('parametersToVector: params must have at least one parameter');
  return cat(list.map((x) => reshape(x, [-1])));
}

/**
 * Flattens all parameters into one vector (PyTorch: `nn.utils.parameters_to_vector`).
 * Gradients flow through it.
 *
 * @throws ValueError if there are no parameters; DeviceError if they are on different devices.
 * @example parametersToVector(model.parameters()).norm()
 */
export const parametersToVector = /*#__PURE__*/ (() =>
  callable(
    'parametersToVector',
    parametersToVectorOf,
    [/*#__PURE__*/ need('params', parameters)],
    {},
  ))();

function vectorToParametersOf(vector: Tensor, params: Iterable<Tensor>): void {
  const name = 'vectorToParameters';
  const list = listOf(name, params);
  const count = list.reduce((n, x) => n + x.numel(), 0);
  if (vector.ndim !== 1 || vector.numel() !== count) {
    throw new ShapeError(
      `${name}: expected a vector of ${count} elements, the number of elements of the parameters, got shape [${vector.shape.join(', ')}]`,
    );
  }
  if (!vector.dtype.includes('float')) {
    throw new DTypeError(
      `${name}: the vector must be floating-point, got ${vector.dtype}; use vector.to('float32')`,
    );
  }
  noGrad(() => {
    // Copy, since the vector may be a view of the parameters.
    const values = vector.detach().clone();
    let at = 0;
    for (const x of list) {
      copy_(x, reshape(narrow(values, 0, at, x.numel()), x.shape));
      at += x.numel();
    }
  });
}

/**
 * Copies the parts of a vector into parameters (PyTorch: `nn.utils.vector_to_parameters`). Unlike
 * in PyTorch, the parameters keep their memory and dtype, and a vector that is too long throws.
 *
 * @throws ShapeError if `vector` does not have one dimension and as many elements as the parameters;
 * nothing is changed then. DTypeError if it is not floating-point.
 * @example vectorToParameters(parametersToVector(model.parameters()), net.parameters());
 */
export const vectorToParameters = /*#__PURE__*/ (() =>
  callable(
    'vectorToParameters',
    vectorToParametersOf,
    [/*#__PURE__*/ need('vector', kinds.tensor), /*#__PURE__*/ need('params', parameters)],
    {},
  ))();

/**
 * The functions under one name (PyTorch: `torch.nn.utils`); each is also exported on its own.
 *
 * @example utils.clipGradNorm_(model.parameters(), 1);
 */
// An object instead of a namespace, so that bundlers can drop it.
export const utils = { clipGradNorm_, clipGradValue_, parametersToVector, vectorToParameters };
