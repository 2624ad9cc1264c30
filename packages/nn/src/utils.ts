// Gradients clipped in place, and parameters as one vector: PyTorch's torch.nn.utils.
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
  /** Which norm: any p, or `Infinity` for the largest. Default: 2. */
  normType?: number;
  /** Refuse a norm that is infinite or NaN, before a gradient is changed. Default: false. */
  errorIfNonfinite?: boolean;
}

/** Parameters, or one. */
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
        `${name}: params must be tensors, and the one at position ${i} is ${kinds.described(x)}`,
      );
    }
  });
  return list;
}

const gradsOf = (params: readonly Tensor[]): Tensor[] =>
  params.flatMap(({ gradient }) => (gradient === null ? [] : [gradient.detach()]));

function limit(name: string, key: string, value: number): void {
  if (!(value >= 0)) {
    throw new ValueError(`${name}: ${key} must be a number of at least 0, got ${String(value)}`);
  }
}

/** Of half types in float32, where squares do not overflow. */
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
        'clipGradNorm_ without it and look at its result: (await norm.cpu()).item()',
      );
    }
    const other = grads.find((g) => g.device !== first.device);
    if (other !== undefined) {
      throw new DeviceError(
        `${name}: the gradients are on devices '${first.device}' and '${other.device}', and their norm would have to be brought back from one; move the model to one device`,
      );
    }
    const total = normOf(stack(grads.map((g) => normOf(g, normType))), normType);
    if (errorIfNonfinite && !Number.isFinite(Number(total.item()))) {
      throw new ValueError(
        `${name}: the norm of order ${normType} of the gradients is ${total.item()}, so they cannot be clipped; errorIfNonfinite: false scales them nonetheless`,
      );
    }
    const factor = clamp(mul(reciprocal(add(total, 1e-6)), maxNorm), { max: 1 });
    for (const g of grads) mul.operator.applyInPlace([g, factor]);
    return total;
  });
}

/**
 * Scales all gradients so that their norm, as of one vector, is at most `maxNorm` (PyTorch:
 * `nn.utils.clip_grad_norm_`). Parameters without a gradient are left out.
 *
 * @param params parameters, or one.
 * @param normType which norm: any p, or `Infinity` for the largest. Default: 2.
 * @param options `errorIfNonfinite` (default false).
 * @returns the norm before, a tensor without dimensions; it is not brought back from a device. 0 if
 * there are no gradients.
 * @throws ValueError for a `maxNorm` that is negative or NaN, and with `errorIfNonfinite` for a norm
 * that is not finite; DeviceError for gradients on several devices, and with `errorIfNonfinite` on another device than
 * the CPU, where the norm is not brought back.
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
 * Limits every element of the gradients to `[-clipValue, clipValue]` (PyTorch:
 * `nn.utils.clip_grad_value_`).
 *
 * @param params parameters, or one.
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
  if (list.length === 0) throw new ValueError('parametersToVector: there are no parameters');
  return cat(list.map((x) => reshape(x, [-1])));
}

/**
 * All parameters one after the other, as one vector (PyTorch: `nn.utils.parameters_to_vector`).
 * Gradients flow through it.
 *
 * @throws ValueError if there are none; DeviceError if they are on different devices.
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
      `${name}: expected a vector of ${count} elements, as many as the parameters have, got shape [${vector.shape.join(', ')}]`,
    );
  }
  if (!vector.dtype.includes('float')) {
    throw new DTypeError(`${name}: expected floating-point numbers, got ${vector.dtype}`);
  }
  noGrad(() => {
    // A copy: the vector may be a view of the parameters.
    const values = vector.detach().clone();
    let at = 0;
    for (const x of list) {
      copy_(x, reshape(narrow(values, 0, at, x.numel()), x.shape));
      at += x.numel();
    }
  });
}

/**
 * Copies a vector into parameters, piece by piece (PyTorch: `nn.utils.vector_to_parameters`). Unlike
 * in PyTorch they keep their own memory and dtype, and a vector that is too long is refused.
 *
 * @throws ShapeError if the vector is none or has another number of elements than the parameters;
 * nothing is changed then. DTypeError if it is not of floating-point numbers.
 * @example vectorToParameters(parametersToVector(a.parameters()), b.parameters());
 */
export const vectorToParameters = /*#__PURE__*/ (() =>
  callable(
    'vectorToParameters',
    vectorToParametersOf,
    [/*#__PURE__*/ need('vector', kinds.tensor), /*#__PURE__*/ need('params', parameters)],
    {},
  ))();

/**
 * The functions under one name (PyTorch: `torch.nn.utils`); each is exported by itself too.
 *
 * @example utils.clipGradNorm_(model.parameters(), 1);
 */
// An object and not a namespace, so that bundlers can drop it.
export const utils = { clipGradNorm_, clipGradValue_, parametersToVector, vectorToParameters };
