// Checks gradients against finite differences.
import { callable } from '../arguments/callable.js';
import * as kinds from '../arguments/kinds.js';
import { need } from '../arguments/signature.js';
import { AutogradError } from '../errors.js';
import { cast } from '../operators/create/to-clone.js';
import { mul } from '../operators/elementwise/arithmetic.js';
import { sum } from '../operators/reduce/sum-mean.js';
import { Tensor, wrap } from '../tensor.js';
import { grad } from './backward.js';
import type { OneOrMore, TensorFunction } from './functional.js';
import { enableGrad, noGrad } from './no-grad.js';

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** Step size of the finite differences. Default: 1e-6. */
  eps?: number;
  /** Allowed difference, plus `rtol` times the expected value. Default: 1e-5. */
  atol?: number;
  /** Default: 1e-3. */
  rtol?: number;
  /** Throw if gradients differ; with false, return false instead. Default: true. */
  raiseException?: boolean;
}

/** Irregular weights, so that a wrong gradient cannot cancel in a sum that is constant. */
function cotangent(like: Tensor): Tensor {
  const values = Float64Array.from(
    { length: like.count },
    (_, i) => Math.sin(12.9898 * (i + 1)) + 0.1,
  );
  return cast(wrap(values, like.shape, 'float64'), like.dtype);
}

function gradcheckOf(
  f: TensorFunction,
  inputs: OneOrMore,
  options: GradcheckOptions = {},
): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  const xs = inputs instanceof Tensor ? [inputs] : inputs;
  const checked = xs.filter((x) => x.requiresGrad);
  if (checked.length === 0) {
    throw new AutogradError(
      'gradcheck: no input requires gradients; create one with { requiresGrad: true }',
    );
  }
  const wide = checked.find((x) => x.dtype !== 'float64');
  if (wide !== undefined) {
    throw new AutogradError(
      `gradcheck: inputs must be float64, finite differences with eps ${eps} mean nothing for ${wide.dtype}; use x.to('float64')`,
    );
  }
  const out = enableGrad(() => f(...xs));
  const weights = cotangent(out);
  const analytic = out.requiresGrad
    ? grad(out, checked, { gradOutputs: weights, allowUnused: true })
    : [];
  // New copies: the function may change its inputs.
  const at = (k: number, i: number, step: number): number =>
    noGrad(() => {
      const points = xs.map((x) => x.detach().clone());
      const place = xs.indexOf(checked[k]);
      const point = points[place];
      const data = point.buffer as Float64Array;
      data[point.offset + i] = data[point.offset + i] + step;
      return sum(mul(f(...points), weights)).item();
    });
  for (const [k, x] of checked.entries()) {
    const gradient = analytic[k]?.contiguous() ?? null;
    const values = gradient === null ? null : (gradient.data() as Float64Array);
    for (let i = 0; i < x.count; i++) {
      const numeric = (at(k, i, eps) - at(k, i, -eps)) / (2 * eps);
      const found = values === null ? 0 : values[i];
      if (!(Math.abs(found - numeric) <= atol + rtol * Math.abs(numeric))) {
        if (!raiseException) return false;
        throw new AutogradError(
          `gradcheck: input ${xs.indexOf(x)}, element ${i}: the gradient is ${found}, finite differences give ${numeric}`,
        );
      }
    }
  }
  return true;
}

/**
 * Compares a function's gradients with central differences (PyTorch: `torch.autograd.gradcheck`). Use float64 inputs.
 *
 * @param inputs the inputs; those that require gradients are checked.
 * @returns true, or false if gradients differ and `raiseException` is false.
 * @throws AutogradError that says which input and element differ, and by how much.
 * @example gradcheck((x) => x.sin(), randn([3], { dtype: 'float64', requiresGrad: true }));
 */
export const gradcheck = /*#__PURE__*/ callable(
  'gradcheck',
  gradcheckOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  { eps: kinds.number, atol: kinds.number, rtol: kinds.number, raiseException: kinds.boolean },
);

function gradgradcheckOf(
  f: TensorFunction,
  inputs: OneOrMore,
  options: GradcheckOptions = {},
): boolean {
  const xs = inputs instanceof Tensor ? [inputs] : inputs;
  const places = xs.flatMap((x, i) => (x.requiresGrad ? [i] : []));
  for (const place of places) {
    const first: TensorFunction = (...points) =>
      enableGrad(() => {
        // A point that is only evaluated has no tape yet.
        const live = points.map((p, i) =>
          places.includes(i) && !p.requiresGrad ? p.detach().requiresGrad_() : p,
        );
        const out = f(...live);
        const [g] = grad(out, [live[place]], {
          gradOutputs: cotangent(out),
          createGraph: true,
          allowUnused: true,
        });
        return g ?? mul(live[place], 0);
      });
    gradcheck(first, inputs, options);
  }
  return true;
}

/**
 * Like `gradcheck`, for second derivatives: checks the gradients of the gradient (PyTorch:
 * `torch.autograd.gradgradcheck`).
 *
 * @throws AutogradError that says which input and element differ, and by how much.
 * @example gradgradcheck((x) => x.sin(), randn([3], { dtype: 'float64', requiresGrad: true }));
 */
export const gradgradcheck = /*#__PURE__*/ callable(
  'gradgradcheck',
  gradgradcheckOf,
  [
    /*#__PURE__*/ need('f', kinds.callback),
    /*#__PURE__*/ need('inputs', /*#__PURE__*/ kinds.either(kinds.tensor, kinds.tensors)),
  ],
  { eps: kinds.number, atol: kinds.number, rtol: kinds.number, raiseException: kinds.boolean },
);
