// Printing compared with PyTorch: every fixture is the output of repr(tensor), character for character.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DType } from '../src/dtype.js';
import { ValueError } from '../src/errors.js';
import { exponential, fixed } from '../src/print/decimal.js';
import {
  formatTensor,
  getPrintOptions,
  type Printable,
  type PrintOptions,
  setPrintOptions,
} from '../src/print/index.js';

type SetOptions = Parameters<typeof setPrintOptions>[0];

interface Case {
  readonly group: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly values?: (number | string | boolean)[];
  /** ((i * mul) % mod - sub) / div */
  readonly formula?: [mul: number, mod: number, sub: number, div: number];
  readonly options?: SetOptions;
  readonly requiresGrad?: boolean;
  readonly gradFn?: string;
  readonly device?: string;
  readonly text: string;
}

interface Fixture {
  readonly cases: Case[];
  readonly numbers: [value: number | string, precision: number, fixed: string, sci: string][];
}

// tools/oracle/print_goldens.py also writes random cases; PRINT_CASES names such a file.
const committed = new URL('./fixtures/print.json', import.meta.url);
const { cases, numbers } = JSON.parse(
  readFileSync(process.env.PRINT_CASES ?? committed, 'utf8'),
) as Fixture;

const spelled: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
const toNumber = (value: number | string | boolean): number =>
  typeof value === 'string' ? spelled[value] : Number(value);

function printable(c: Case): Printable {
  const element = (index: number): number | bigint => {
    if (c.formula !== undefined) {
      const [mul, mod, sub, div] = c.formula;
      const value = (((index * mul) % mod) - sub) / div;
      return c.dtype === 'int64' ? BigInt(value) : value;
    }
    const value = c.values?.[index];
    if (value === undefined) throw new RangeError(`no element ${index}`);
    return c.dtype === 'int64' ? BigInt(value) : toNumber(value);
  };
  return {
    shape: c.shape,
    dtype: c.dtype,
    at: element,
    device: c.device ?? 'cpu',
    requiresGrad: c.requiresGrad ?? false,
    gradFn: c.gradFn,
  };
}

beforeEach(() => setPrintOptions({ profile: 'default' }));
afterEach(() => setPrintOptions({ profile: 'default' }));

describe('formatTensor prints as PyTorch does', () => {
  const groups = [...new Set(cases.map((c) => c.group))];
  it.each(groups)('%s', (group) => {
    const wrong: object[] = [];
    for (const c of cases.filter((one) => one.group === group)) {
      setPrintOptions({ profile: 'default', ...c.options });
      const got = formatTensor(printable(c));
      if (got !== c.text) wrong.push({ ...c, values: c.values?.slice(0, 40), got });
    }
    expect(wrong.length, JSON.stringify(wrong.slice(0, 3), null, 2)).toBe(0);
  });

  it('has a complete fixture', () => {
    expect(cases.length).toBeGreaterThan(500);
    expect(new Set(cases.map((c) => c.dtype)).size).toBe(8);
    expect(new Set(cases.map((c) => c.shape.length))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(cases.filter((c) => c.text.includes('...')).length).toBeGreaterThan(30);
  });
});

describe('numbers are rounded as Python rounds', () => {
  it('fixed', () => {
    const wrong = numbers.filter(([x, digits, text]) => fixed(toNumber(x), digits) !== text);
    expect(wrong).toEqual([]);
  });

  it('exponential', () => {
    const wrong = numbers.filter(([x, digits, , sci]) => exponential(toNumber(x), digits) !== sci);
    expect(wrong).toEqual([]);
  });

  it("differ from JavaScript's rounding in at least some cases", () => {
    const plain = numbers.filter(([x, digits]) => typeof x === 'number' && digits <= 100);
    const differing = plain.filter(([x, digits, text]) => Number(x).toFixed(digits) !== text);
    expect(differing.length).toBeGreaterThan(10);
  });
});

describe('formatTensor', () => {
  const range = (shape: number[], more: Partial<Printable> = {}): Printable => ({
    shape,
    dtype: 'float32',
    at: (index) => index,
    device: 'cpu',
    requiresGrad: false,
    ...more,
  });

  it('reads only the elements that a summary shows', () => {
    const read = new Set<number>();
    const at = (index: number): number => {
      read.add(index);
      return index;
    };
    expect(formatTensor(range([100_000_000], { dtype: 'int64', at }))).toBe(
      'tensor([       0,        1,        2,  ..., 99999997, 99999998, 99999999])',
    );
    expect([...read].sort((a, b) => a - b)).toEqual([0, 1, 2, 99999997, 99999998, 99999999]);
  });

  it('accepts settings for one call, which override earlier ones', () => {
    setPrintOptions({ precision: 2, sciMode: false });
    const x = range([], { at: () => 1234.5678 });
    expect(formatTensor(x)).toBe('tensor(1234.57)');
    expect(formatTensor(x, { precision: 1 })).toBe('tensor(1234.6)');
    expect(formatTensor(x, { sciMode: true })).toBe('tensor(1.23e+03)');
    expect(formatTensor(x)).toBe('tensor(1234.57)');
  });

  it('names a device other than cpu', () => {
    expect(formatTensor(range([2], { device: 'webgpu:0' }))).toBe(
      "tensor([0., 1.], device='webgpu:0')",
    );
  });

  it('reads int64 beyond 2 ** 53 exactly', () => {
    const x = range([], { dtype: 'int64', at: () => 9007199254740993n });
    expect(formatTensor(x)).toBe('tensor(9007199254740993)');
  });
});

describe('setPrintOptions', () => {
  const defaults: PrintOptions = {
    precision: 4,
    threshold: 1000,
    edgeitems: 3,
    linewidth: 80,
    sciMode: null,
  };

  it('keeps settings that are not given, except sciMode, as torch.set_printoptions does', () => {
    expect(getPrintOptions()).toEqual(defaults);
    setPrintOptions({ precision: 6, sciMode: true });
    expect(getPrintOptions()).toEqual({ ...defaults, precision: 6, sciMode: true });
    setPrintOptions({ linewidth: 100 });
    expect(getPrintOptions()).toEqual({ ...defaults, precision: 6, linewidth: 100 });
  });

  it('starts from a profile', () => {
    setPrintOptions({ profile: 'short' });
    expect(getPrintOptions()).toEqual({ ...defaults, precision: 2, edgeitems: 2 });
    setPrintOptions({ profile: 'full', precision: 7 });
    expect(getPrintOptions()).toEqual({ ...defaults, threshold: Infinity, precision: 7 });
    setPrintOptions({ profile: 'default' });
    expect(getPrintOptions()).toEqual(defaults);
  });

  it('returns copies', () => {
    const options = getPrintOptions() as { precision: number };
    options.precision = 9;
    expect(getPrintOptions()).toEqual(defaults);
  });

  it.each([
    [{ precision: -1 }, /precision must be a non-negative integer, got -1/],
    [{ precision: 1.5 }, /precision must be an integer, not 1.5/],
    [{ edgeitems: Infinity }, /edgeitems must be an integer, not Infinity/],
    [{ threshold: NaN }, /threshold must be a number, got NaN/],
    [{ linewidth: NaN }, /linewidth must be a number, got NaN/],
    [{ profile: 'tall' }, /profile must be one of 'default', 'short', 'full', not 'tall'/],
  ])('refuses %o and changes nothing', (options, message) => {
    expect(() => setPrintOptions(options as SetOptions)).toThrow(ValueError);
    expect(() => setPrintOptions(options as SetOptions)).toThrow(message);
    expect(getPrintOptions()).toEqual(defaults);
  });
});
