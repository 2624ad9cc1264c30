// The entry @dl/core/testing: PyTorch's messages and tolerances, and what test runners are given.
import { describe, expect, it } from 'vitest';
import { type DType, DTypeError, ones, type Tensor, tensor, ValueError } from '../src/index.js';
import {
  type AssertCloseOptions,
  AssertionError,
  assertClose,
  type TensorMatchers,
  tensorMatchers,
  tensorSerializer,
  tensorsAreEqual,
} from '../src/testing.js';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter of vitest's own interface
  interface Matchers<T = any> extends TensorMatchers<T> {}
}

/** The message; null if nothing is thrown. */
function said(actual: unknown, expected: unknown, options: AssertCloseOptions = {}): string | null {
  try {
    assertClose(actual, expected, options);
    return null;
  } catch (e) {
    if (!(e instanceof AssertionError)) throw e;
    return e.message;
  }
}

const t = (data: number[] | number[][] | bigint[] | boolean[], dtype?: DType): Tensor =>
  dtype === undefined ? tensor(data) : tensor(data, { dtype });
const mismatch = (what: string, n: string, absolute: string, relative: string): string =>
  `Tensor-likes are not ${what}!\n\nMismatched elements: ${n}\nGreatest absolute difference: ${absolute}\nGreatest relative difference: ${relative}`;

// Messages of torch.testing.assert_close of PyTorch 2.13 for the same arguments.
const cases: readonly (readonly [string, unknown, unknown, AssertCloseOptions, string | null])[] = [
  [
    'float32',
    t([1, 2, 3]),
    t([1, 2, 4]),
    {},
    mismatch(
      'close',
      '1 / 3 (33.3%)',
      '1.0 at index (2,) (up to 1e-05 allowed)',
      '0.25 at index (2,) (up to 1.3e-06 allowed)',
    ),
  ],
  [
    'float16',
    t([1, 2], 'float16'),
    t([1, 2.01], 'float16'),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      '0.009765625 at index (1,) (up to 1e-05 allowed)',
      '0.00485992431640625 at index (1,) (up to 0.001 allowed)',
    ),
  ],
  [
    'bfloat16',
    t([1, 2], 'bfloat16'),
    t([1, 2.3], 'bfloat16'),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      '0.296875 at index (1,) (up to 1e-05 allowed)',
      '0.12890625 at index (1,) (up to 0.016 allowed)',
    ),
  ],
  [
    'float64',
    t([1, 2], 'float64'),
    t([1, 2.000001], 'float64'),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      '1.000000000139778e-06 at index (1,) (up to 1e-07 allowed)',
      '4.999997500700139e-07 at index (1,) (up to 1e-07 allowed)',
    ),
  ],
  [
    'int64',
    t([1n, 2n]),
    t([1n, 3n]),
    {},
    mismatch('equal', '1 / 2 (50.0%)', '1 at index (1,)', '0.3333333432674408 at index (1,)'),
  ],
  [
    'large int64',
    t([2n ** 60n]),
    t([2n ** 60n + 1n]),
    {},
    mismatch('equal', '1 / 1 (100.0%)', '1 at index (0,)', '8.673617379884035e-19 at index (0,)'),
  ],
  [
    'uint8',
    t([1, 2, 3], 'uint8'),
    t([1, 2, 200], 'uint8'),
    {},
    mismatch('equal', '1 / 3 (33.3%)', '197 at index (2,)', '0.9850000143051147 at index (2,)'),
  ],
  [
    'bool',
    t([true, false]),
    t([true, true]),
    {},
    mismatch('equal', '1 / 2 (50.0%)', '1 at index (1,)', '1.0 at index (1,)'),
  ],
  [
    'NaN',
    t([1, NaN]),
    t([1, NaN]),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      'nan at index (1,) (up to 1e-05 allowed)',
      'nan at index (1,) (up to 1.3e-06 allowed)',
    ),
  ],
  ['NaN with equalNan', t([1, NaN]), t([1, NaN]), { equalNan: true }, null],
  [
    'an infinity',
    t([1, Infinity]),
    t([1, 2]),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      'inf at index (1,) (up to 1e-05 allowed)',
      'inf at index (1,) (up to 1.3e-06 allowed)',
    ),
  ],
  [
    'an expected zero',
    t([0, 2]),
    t([0, 0]),
    {},
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      '2.0 at index (1,) (up to 1e-05 allowed)',
      'inf at index (1,) (up to 1.3e-06 allowed)',
    ),
  ],
  [
    'two dimensions',
    t([
      [1, 2],
      [3, 4],
    ]),
    t([
      [1, 2],
      [9, 4],
    ]),
    {},
    mismatch(
      'close',
      '1 / 4 (25.0%)',
      '6.0 at index (1, 0) (up to 1e-05 allowed)',
      '0.6666666865348816 at index (1, 0) (up to 1.3e-06 allowed)',
    ),
  ],
  [
    'given tolerances',
    t([1, 2]),
    t([1, 3]),
    { rtol: 0, atol: 0.5 },
    mismatch(
      'close',
      '1 / 2 (50.0%)',
      '1.0 at index (1,) (up to 0.5 allowed)',
      '0.3333333432674408 at index (1,) (up to 0 allowed)',
    ),
  ],
  [
    'tolerances of zero',
    t([1, 2]),
    t([1, 3]),
    { rtol: 0, atol: 0 },
    mismatch('equal', '1 / 2 (50.0%)', '1.0 at index (1,)', '0.3333333432674408 at index (1,)'),
  ],
  ['dtypes that may differ', t([1, 2], 'int64'), t([1, 2]), { checkDtype: false }, null],
  ['empty tensors', t([]), t([]), {}, null],
  [
    'a tensor without dimensions',
    tensor(1),
    tensor(2),
    {},
    'Scalars are not close!\n\nExpected 2.0 but got 1.0.\nAbsolute difference: 1.0 (up to 1e-05 allowed)\nRelative difference: 0.5 (up to 1.3e-06 allowed)',
  ],
  [
    'numbers',
    1,
    1.1,
    {},
    'Scalars are not close!\n\nExpected 1.1 but got 1.0.\nAbsolute difference: 0.10000000000000009 (up to 1e-07 allowed)\nRelative difference: 0.09090909090909098 (up to 1e-07 allowed)',
  ],
  [
    'bigints, as integers of Python',
    1n,
    2n,
    {},
    'Scalars are not equal!\n\nExpected 2 but got 1.\nAbsolute difference: 1\nRelative difference: 0.5',
  ],
  ['a bigint and a number', 2n, 2, {}, null],
  [
    'numbers that a double cannot tell apart',
    2n ** 53n + 1n,
    2 ** 53,
    {},
    'Scalars are not equal!\n\nExpected 9007199254740992 but got 9007199254740993.\nAbsolute difference: 1\nRelative difference: 1.1102230246251565e-16',
  ],
  ['NaN as numbers', NaN, NaN, { equalNan: true }, null],
  [
    'items of objects and arrays',
    { a: [t([1]), 2] },
    { a: [t([1]), 3] },
    {},
    "Scalars are not close!\n\nExpected 3.0 but got 2.0.\nAbsolute difference: 1.0 (up to 1e-07 allowed)\nRelative difference: 0.3333333333333333 (up to 1e-07 allowed)\n\nThe failure occurred for item ['a'][1]",
  ],
  [
    'keys',
    { a: t([1]) },
    new Map([['b', t([1])]]),
    {},
    "The keys of the mappings do not match:\nMissing keys in the actual mapping: ['b']\nAdditional keys in the actual mapping: ['a']",
  ],
  ['lengths', [1], [1, 2], {}, 'The length of the sequences mismatch: 1 != 2'],
  // Here only the names of dtypes, shapes and truth values are JavaScript's.
  [
    'dtypes',
    t([1, 2]),
    t([1, 2], 'float64'),
    {},
    "The values for attribute 'dtype' do not match: float32 != float64.",
  ],
  [
    'shapes',
    t([1, 2]),
    t([1, 2, 3]),
    {},
    "The values for attribute 'shape' do not match: [2] != [3].",
  ],
  ['booleans', true, false, {}, 'Booleans mismatch: true is not false'],
  [
    'strides',
    ones([2, 3]).t(),
    ones([3, 2]),
    { checkStride: true },
    "The values for attribute 'stride()' do not match: [1, 3] != [2, 1].",
  ],
];

describe('assertClose', () => {
  it.each(cases)("has PyTorch's message for %s", (_, actual, expected, options, message) => {
    expect(said(actual, expected, options)).toBe(message);
  });

  it('replaces the message', () => {
    expect(said(1, 2, { msg: 'other' })).toBe('other');
    expect(said(1n, 2n, { msg: (m) => `Step 3: ${m.slice(0, 7)}` })).toBe('Step 3: Scalars');
  });

  it('reads views, and tensors that require gradients', () => {
    const x = tensor([[1, 2]], { requiresGrad: true });
    assertClose(x.t().mul(2), tensor([[2], [4]]));
    expect(said(x.t(), tensor([[1], [3]]))).toContain('at index (1, 0)');
  });

  it('refuses what it cannot compare, and wrong options', () => {
    expect(() => assertClose(t([1]), [1])).toThrow(DTypeError);
    expect(() => assertClose({ a: t([1]) }, { a: 1 })).toThrow(
      "assertClose: cannot compare a tensor of shape [1] with 1 at item ['a']; compare tensors with tensors",
    );
    expect(() => assertClose(1, 1, { rtol: 1 })).toThrow(
      "assertClose: both 'rtol' and 'atol' must be either specified or omitted, but got no atol; pass both",
    );
    expect(() => assertClose(1, 1, { rtol: -1, atol: 0 })).toThrow(ValueError);
    expect(() => assertClose(1, 1, { equal_nan: true } as never)).toThrow(
      /unknown option 'equal_nan'; did you mean equalNan\?/,
    );
    expect(() => assertClose(1, 1, { checkDtype: 'no' } as never)).toThrow(
      /checkDtype must be true or false, not 'no'/,
    );
  });
});

describe('in a test runner', () => {
  expect.extend(tensorMatchers);
  expect.addSnapshotSerializer(tensorSerializer);
  expect.addEqualityTesters([tensorsAreEqual]);

  it('toEqual compares values, dtype and shape', () => {
    const x = { w: [tensor([1, NaN])] };
    expect(x).toEqual({ w: [tensor([1, NaN])] });
    expect(tensor([1, 2])).not.toEqual(tensor([1, 3]));
    expect(tensor([1, 2])).not.toEqual(tensor([1, 2], { dtype: 'float64' }));
    expect(tensor([1, 2])).not.toEqual(tensor([[1, 2]]));
    expect(tensor([1, 2])).not.toEqual([1, 2]);
    expect(ones([2, 3]).t()).toEqual(ones([3, 2]));
    expect(tensorsAreEqual(1, 1)).toBe(undefined);
  });

  it('toBeAllClose is assertClose', () => {
    expect(tensor([0.1]).add(0.2)).toBeAllClose(tensor([0.3]));
    expect(tensor([1])).not.toBeAllClose(tensor([2]));
    expect({ a: 1 }).toBeAllClose({ a: 1.1 }, { rtol: 0, atol: 0.2 });
    expect(() => expect(tensor([1])).toBeAllClose(tensor([2]))).toThrow(
      /Mismatched elements: 1 \/ 1 \(100.0%\)/,
    );
    expect(() => expect(tensor([1])).not.toBeAllClose(tensor([1]))).toThrow(/expected not to be/);
  });

  it('snapshots show tensors as they print', () => {
    expect({ x: tensor([1, 2], { dtype: 'float64' }) }).toMatchInlineSnapshot(`
      {
        "x": tensor([1., 2.], dtype=torch.float64),
      }
    `);
  });
});
