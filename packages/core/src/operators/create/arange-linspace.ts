// Evenly spaced numbers.

import { callable } from '../../arguments/callable.js';
import * as kinds from '../../arguments/kinds.js';
import { may, need } from '../../arguments/signature.js';
import { checkDType, type DType, dtypes } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { numelOf, type Shape } from '../../shape.js';
import { type Tensor, wrap } from '../../tensor.js';
import { encodeElement } from '../machinery/element-value.js';
import { finish, makerKinds, type TensorOptions } from './creation-options.js';

export function fromFunction(
  operator: string,
  shape: Shape,
  dtype: DType,
  options: TensorOptions,
  value: (i: number) => number,
): Tensor {
  const n = numelOf(shape);
  const array = new dtypes[dtype].array(n);
  for (let i = 0; i < n; i++) encodeElement(array, i, value(i), dtype);
  return finish(operator, wrap(array, shape, dtype), options);
}

function arangeOf(
  first: number,
  second: number | null = null,
  step = 1,
  options: TensorOptions = {},
): Tensor {
  const [start, end] = second === null ? [0, first] : [first, second];
  for (const v of [start, end, step]) {
    if (!Number.isFinite(v))
      throw new ValueError(`arange: start, end and step must be finite, got ${v}`);
  }
  if (step === 0 || (end - start) * step < 0) {
    throw new ValueError(`arange: step ${step} has the wrong sign to go from ${start} to ${end}`);
  }
  const whole = [start, end, step].every(Number.isInteger);
  const dtype = checkDType('arange', options.dtype ?? (whole ? 'int32' : 'float32'));
  const n = Math.ceil((end - start) / step);
  return fromFunction('arange', [n], dtype, options, (i) => start + i * step);
}

/**
 * `start, start + step, …` below `end` (PyTorch: `torch.arange`). `arange(end)` starts at 0. Without `dtype`: int32 if
 * all three are integers, else float32.
 *
 * @throws ValueError if the step is 0 or has the wrong sign.
 * @example arange(4) // tensor([0, 1, 2, 3], dtype=torch.int32)
 */
export const arange = /*#__PURE__*/ callable(
  'arange',
  arangeOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ may('end', /*#__PURE__*/ kinds.orNull(kinds.number)),
    /*#__PURE__*/ may('step', kinds.number),
  ],
  makerKinds,
);

function linspaceOf(
  start: number,
  end: number,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ValueError(`linspace: steps must be a non-negative integer, got ${steps}`);
  }
  const dtype = checkDType('linspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const [a, b] = [f(start), f(end)];
  const step = steps > 1 ? f((b - a) / (steps - 1)) : 0;
  // From both ends towards the middle, as in PyTorch, so that both ends are exact.
  return fromFunction('linspace', [steps], dtype, options, (i) =>
    i < steps / 2 ? a + step * i : b - step * (steps - 1 - i),
  );
}

/**
 * `steps` evenly spaced values from `start` to `end`, both included (PyTorch: `torch.linspace`),
 * float32 by default.
 *
 * @example linspace(0, 1, 5) // tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
 */
export const linspace = /*#__PURE__*/ callable(
  'linspace',
  linspaceOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ need('end', kinds.number),
    /*#__PURE__*/ need('steps', kinds.integer),
  ],
  makerKinds,
);

function logspaceOf(
  start: number,
  end: number,
  steps: number,
  base = 10,
  options: TensorOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ValueError(`logspace: steps must be a non-negative integer, got ${steps}`);
  }
  const dtype = checkDType('logspace', options.dtype ?? 'float32');
  const f = dtype === 'float64' ? (x: number): number => x : Math.fround;
  const step = steps > 1 ? f((f(end) - f(start)) / (steps - 1)) : 0;
  return fromFunction('logspace', [steps], dtype, options, (i) =>
    i < steps / 2 ? base ** (start + step * i) : base ** (end - step * (steps - 1 - i)),
  );
}

/**
 * `steps` values from `base^start` to `base^end`, evenly spaced in the exponent (PyTorch:
 * `torch.logspace`), float32 by default.
 *
 * @example logspace(0, 2, 3) // tensor([  1.,  10., 100.])
 */
export const logspace = /*#__PURE__*/ callable(
  'logspace',
  logspaceOf,
  [
    /*#__PURE__*/ need('start', kinds.number),
    /*#__PURE__*/ need('end', kinds.number),
    /*#__PURE__*/ need('steps', kinds.integer),
    /*#__PURE__*/ may('base', kinds.number),
  ],
  makerKinds,
);
