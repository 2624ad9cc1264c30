// @dl/core/testing: comparing tensors in tests, with any test runner.
import {
  abs,
  all,
  argmax,
  callable,
  countNonzero,
  DeviceError,
  type DType,
  DTypeError,
  div,
  isclose,
  isFloat,
  isPlain,
  kinds,
  maskedFill,
  need,
  promoteTypes,
  sub,
  Tensor,
  tagOf,
  ValueError,
} from './functional.js';
import { cast, denseArray } from './operators/create/to-clone.js';
import { checkTolerances } from './operators/machinery/tolerances.js';
import { sameShape } from './shape.js';
import { readElement } from './tensor-values.js';

/** What a failed comparison throws, no `DLError`: the test fails, the call was right. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Options of `assertClose`. */
export interface AssertCloseOptions {
  /** Relative tolerance; with `atol` only. Default: that of the dtype. */
  rtol?: number;
  /** Absolute tolerance; with `rtol` only. Default: that of the dtype. */
  atol?: number;
  /** Whether NaN equals NaN. Default: false. */
  equalNan?: boolean;
  /** Whether dtypes must be the same. Default: true. */
  checkDtype?: boolean;
  /** Whether devices must be the same. Default: true. */
  checkDevice?: boolean;
  /** Whether strides must be the same. Default: false. */
  checkStride?: boolean;
  /** A message in place of the usual one, or a function of that. */
  msg?: string | ((message: string) => string);
}

interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
}

/** PyTorch's tolerances; other dtypes must be equal. */
const tolerances: { readonly [D in DType]?: Tolerances } = {
  float16: { rtol: 1e-3, atol: 1e-5 },
  bfloat16: { rtol: 1.6e-2, atol: 1e-5 },
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-7 },
};

function tolerancesOf(dtypes: readonly DType[], { rtol, atol }: AssertCloseOptions): Tolerances {
  if (rtol !== undefined && atol !== undefined) return { rtol, atol };
  const each = dtypes.map((dtype) => tolerances[dtype] ?? { rtol: 0, atol: 0 });
  return {
    rtol: Math.max(...each.map((t) => t.rtol)),
    atol: Math.max(...each.map((t) => t.atol)),
  };
}

/** A number as Python prints it; `whole`: an integer. */
function printed(x: number | bigint, whole: boolean): string {
  if (typeof x === 'bigint') return String(x);
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x < 0 ? '-inf' : 'inf';
  if (whole) return String(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

/** The tensors' items as in PyTorch's messages: `(1, 0)`, `(2,)`. */
function place(index: number, shape: readonly number[]): string {
  const at: number[] = [];
  for (let d = shape.length - 1, rest = index; d >= 0; d--) {
    at.unshift(rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return at.length === 1 ? `(${at[0]},)` : `(${at.join(', ')})`;
}

/** The lines on the tolerances and differences, in PyTorch's form. */
function report(
  what: string,
  lines: readonly string[],
  [absolute, relative]: readonly [string, string],
  { rtol, atol }: Tolerances,
): string {
  const equality = rtol === 0 && atol === 0;
  const allowed = (tolerance: number): string =>
    equality ? '' : ` (up to ${printed(tolerance, tolerance === 0)} allowed)`;
  return [
    `${what} are not ${equality ? 'equal' : 'close'}!`,
    '',
    ...lines,
    `${absolute}${allowed(atol)}`,
    `${relative}${allowed(rtol)}`,
  ].join('\n');
}

/** The first element of a tensor, or the one at this index. */
const element = (x: Tensor, index = 0): number | bigint =>
  readElement(x.dtype, denseArray('assertClose', x), index);

function tensorsReport(a: Tensor, e: Tensor, close: Tensor, by: Tolerances): string {
  const { shape, count } = e;
  const float = isFloat(e.dtype);
  // Differences of integers must not wrap around.
  const [x, y] = float ? [a, e] : [cast(a, 'int64'), cast(e, 'int64')];
  if (shape.length === 0) return scalarsReport(element(x), element(y), by, !float);
  const absolute = maskedFill(abs(sub(x, y)), close, 0);
  const relative = maskedFill(div(absolute, abs(y)), close, 0);
  const greatest = (kind: string, differences: Tensor, whole: boolean): string => {
    const at = Number(element(argmax(differences)));
    return `Greatest ${kind} difference: ${printed(element(differences, at), whole)} at index ${place(at, shape)}`;
  };
  const wrong = count - countNonzero(close).item();
  return report(
    'Tensor-likes',
    [`Mismatched elements: ${wrong} / ${count} (${((100 * wrong) / count).toFixed(1)}%)`],
    [greatest('absolute', absolute, !float), greatest('relative', relative, false)],
    by,
  );
}

function scalarsReport(
  a: number | bigint,
  e: number | bigint,
  by: Tolerances,
  whole: boolean,
): string {
  const integers = whole && [a, e].every((x) => typeof x === 'bigint' || Number.isInteger(x));
  const difference = integers ? BigInt(a) - BigInt(e) : Number(a) - Number(e);
  const size = difference < 0 ? -difference : difference;
  const relative = Number(e) === 0 ? Infinity : Math.abs(Number(size) / Number(e));
  return report(
    'Scalars',
    [`Expected ${printed(e, whole)} but got ${printed(a, whole)}.`],
    [
      `Absolute difference: ${printed(size, whole)}`,
      `Relative difference: ${printed(relative, false)}`,
    ],
    by,
  );
}

const attribute = (name: string, a: unknown, e: unknown): string =>
  `The values for attribute '${name}' do not match: ${a} != ${e}.`;
const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** What is wrong, or null. */
function tensorsProblem(a: Tensor, e: Tensor, options: AssertCloseOptions): string | null {
  const { checkDtype = true, checkDevice = true, checkStride = false, equalNan = false } = options;
  if (!sameShape(a.shape, e.shape)) return attribute('shape', list(a.shape), list(e.shape));
  if (checkDevice && a.device !== e.device) return attribute('device', a.device, e.device);
  for (const x of [a, e]) {
    if (x.device !== 'cpu') {
      throw new DeviceError(
        `assertClose: a tensor is on device '${x.device}', whose values cannot be read directly; use assertClose(await actual.cpu(), await expected.cpu())`,
      );
    }
  }
  if (checkDtype && a.dtype !== e.dtype) return attribute('dtype', a.dtype, e.dtype);
  if (checkStride && !sameShape(a.strides, e.strides)) {
    return attribute('stride()', list(a.strides), list(e.strides));
  }
  if (a.count === 0) return null;
  const by = tolerancesOf([a.dtype, e.dtype], options);
  const common = promoteTypes(a.dtype, e.dtype);
  const x = cast(a.detach(), common);
  const y = cast(e.detach(), common);
  const close = isclose(x, y, { ...by, equalNan });
  return all(close).item() ? null : tensorsReport(x, y, close, by);
}

function numbersProblem(
  a: number | bigint,
  e: number | bigint,
  options: AssertCloseOptions,
): string | null {
  const exact = typeof a === 'bigint' || typeof e === 'bigint';
  const by = tolerancesOf([exact ? 'int64' : 'float64'], options);
  // Also for a bigint and a number.
  const equal = a <= e && a >= e;
  if (equal || (options.equalNan === true && Number.isNaN(a) && Number.isNaN(e))) return null;
  const difference = Math.abs(Number(a) - Number(e));
  const close =
    (!exact || by.rtol > 0 || by.atol > 0) &&
    Number.isFinite(difference) &&
    difference <= by.atol + by.rtol * Math.abs(Number(e));
  return close ? null : scalarsReport(a, e, by, exact);
}

/** The entries of a Map or a plain object; null for other values. */
function entriesOf(x: unknown): ReadonlyMap<unknown, unknown> | null {
  if (typeof x !== 'object' || x === null) return null;
  if (tagOf(x) === 'Map') return x as ReadonlyMap<unknown, unknown>;
  return tagOf(x) === 'Object' && isPlain(x) ? new Map(Object.entries(x)) : null;
}

const keyText = (key: unknown): string => (typeof key === 'string' ? `'${key}'` : String(key));
const keysText = (keys: readonly unknown[]): string => `[${keys.map(keyText).join(', ')}]`;

/** What is wrong, or null. `at` is the place in nested values. */
function problem(a: unknown, e: unknown, options: AssertCloseOptions, at: string): string | null {
  const here = (text: string | null): string | null =>
    text === null || at === '' ? text : `${text}\n\nThe failure occurred for item ${at}`;
  if (a instanceof Tensor && e instanceof Tensor) return here(tensorsProblem(a, e, options));
  if (Array.isArray(a) && Array.isArray(e)) {
    if (a.length !== e.length) {
      return here(`The length of the sequences mismatch: ${a.length} != ${e.length}`);
    }
    return first(a.map((x, i) => () => problem(x, e[i], options, `${at}[${i}]`)));
  }
  const [x, y] = [entriesOf(a), entriesOf(e)];
  if (x !== null && y !== null && !(a instanceof Tensor) && !(e instanceof Tensor)) {
    const missing = [...y.keys()].filter((key) => !x.has(key));
    const additional = [...x.keys()].filter((key) => !y.has(key));
    if (missing.length > 0 || additional.length > 0) {
      return here(
        [
          'The keys of the mappings do not match:',
          `Missing keys in the actual mapping: ${keysText(missing)}`,
          `Additional keys in the actual mapping: ${keysText(additional)}`,
        ].join('\n'),
      );
    }
    return first(
      [...x].map(
        ([key, v]) =>
          () =>
            problem(v, y.get(key), options, `${at}[${keyText(key)}]`),
      ),
    );
  }
  const isNumber = (v: unknown): v is number | bigint =>
    typeof v === 'number' || typeof v === 'bigint';
  if (isNumber(a) && isNumber(e)) return here(numbersProblem(a, e, options));
  if (typeof a === 'boolean' && typeof e === 'boolean') {
    return a === e ? null : here(`Booleans mismatch: ${a} is not ${e}`);
  }
  if (Object.is(a, e)) return null;
  if (typeof a === 'string' && typeof e === 'string') {
    return here(`Strings mismatch: '${a}' is not '${e}'`);
  }
  const where = at === '' ? '' : ` at item ${at}`;
  throw new DTypeError(
    `assertClose: cannot compare ${kinds.described(a)} with ${kinds.described(e)}${where}; compare tensors with tensors (tensor([…]) makes one) and numbers with numbers`,
  );
}

function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const found = check();
    if (found !== null) return found;
  }
  return null;
}

function assertCloseOf(actual: unknown, expected: unknown, options: AssertCloseOptions = {}): void {
  const { rtol, atol, msg } = options;
  if ((rtol === undefined) !== (atol === undefined)) {
    throw new ValueError(
      `assertClose: both 'rtol' and 'atol' must be either specified or omitted, but got no ${rtol === undefined ? 'rtol' : 'atol'}; pass both`,
    );
  }
  checkTolerances('assertClose', options);
  const found = problem(actual, expected, options, '');
  if (found === null) return;
  throw new AssertionError(typeof msg === 'function' ? msg(found) : (msg ?? found));
}

/**
 * Throws if tensors are not close (PyTorch: `torch.testing.assert_close`): shapes, devices and dtypes must be the same,
 * and `|actual - expected| <= atol + rtol * |expected|` everywhere. Arrays, plain objects and Maps of tensors and
 * numbers are compared item by item. The tolerances depend on the dtype: `rtol` 1.3e-6 and `atol` 1e-5 for float32, 1e-7
 * both for float64 and numbers, 1e-3 and 1e-5 for float16, 1.6e-2 and 1e-5 for bfloat16; integers and booleans must be
 * equal.
 *
 * @throws AssertionError with the number of mismatched elements and the greatest differences; DeviceError for tensors on
 * another device than `cpu`; DTypeError for values that cannot be compared.
 * @example assertClose(tensor([0.1]).add(0.2), tensor([0.3]))
 */
export const assertClose = /*#__PURE__*/ callable(
  'assertClose',
  assertCloseOf,
  [/*#__PURE__*/ need('actual', kinds.anything), /*#__PURE__*/ need('expected', kinds.anything)],
  {
    rtol: kinds.number,
    atol: kinds.number,
    equalNan: kinds.boolean,
    checkDtype: kinds.boolean,
    checkDevice: kinds.boolean,
    checkStride: kinds.boolean,
    msg: /*#__PURE__*/ kinds.either(kinds.string, kinds.callback),
  },
) as (actual: unknown, expected: unknown, options?: AssertCloseOptions) => void;

/**
 * Whether two tensors have the same dtype, shape and values (NaN equals NaN); undefined if neither value is a tensor.
 * For `expect.addEqualityTesters([tensorsAreEqual])` of vitest and Jest, so that `toEqual` compares tensors.
 *
 * @throws DeviceError for tensors on another device than `cpu`: use `await x.cpu()`.
 * @example expect.addEqualityTesters([tensorsAreEqual]);
 */
export function tensorsAreEqual(a: unknown, b: unknown): boolean | undefined {
  const [left, right] = [a instanceof Tensor, b instanceof Tensor];
  if (!left && !right) return undefined;
  if (!(a instanceof Tensor) || !(b instanceof Tensor)) return false;
  if (a === b) return true;
  return tensorsProblem(a, b, { rtol: 0, atol: 0, equalNan: true }) === null;
}

/** What a matcher of vitest and Jest returns. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Matchers for `expect.extend(tensorMatchers)` of vitest and Jest: `expect(actual).toBeAllClose(expected, options)` is
 * `assertClose`.
 *
 * @example expect.extend(tensorMatchers);
 */
export const tensorMatchers: {
  toBeAllClose(actual: unknown, expected: unknown, options?: AssertCloseOptions): MatcherResult;
} = {
  toBeAllClose(actual, expected, options = {}) {
    try {
      assertClose(actual, expected, options);
    } catch (e) {
      if (!(e instanceof AssertionError)) throw e;
      const { message } = e;
      return { pass: false, message: () => message };
    }
    return {
      pass: true,
      message: () => 'Tensor-likes are close, but were expected not to be.',
    };
  },
};

/** The types of `tensorMatchers`, to extend those of the test runner with. */
export interface TensorMatchers<R = void> {
  /** Whether the value is close to another: see `assertClose`. */
  toBeAllClose(expected: unknown, options?: AssertCloseOptions): R;
}

/**
 * Writes tensors into snapshots as they print, with their dtype: `expect.addSnapshotSerializer(tensorSerializer)` of
 * vitest and Jest.
 *
 * @example expect.addSnapshotSerializer(tensorSerializer);
 */
export const tensorSerializer: {
  test(x: unknown): boolean;
  serialize(x: unknown): string;
} = {
  test: (x) => x instanceof Tensor,
  serialize: (x) => String(x),
};
