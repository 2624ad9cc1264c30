// The plain loops for the primitives: one loop each, over strided memory. They look alike, but a single function that took the
// operation as an argument would share one compiled loop, which calls the operation instead of inlining it: three to five times
// slower (1,000,000 elements: add 10.4 ms instead of 2.6, sqrt 9.1 instead of 1.9).
import { type DType, dtypes } from '../../dtype.js';
import { fma32, fma64 } from '../../fma.js';
import {
  bfloat16ToNumber,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from '../../half.js';
import type { ScalarOp } from '../../scalar/primitives.js';
import { erf, erfc, ndtr } from './erf.js';
import { lgamma, polygamma, roundEven } from './special.js';

/**
 * The element arrays as the loops see them. The same loops serve every dtype: typed arrays round, wrap and truncate on
 * storing, as the dtype requires.
 */
export type Elements = { [index: number]: number; readonly length: number };

/**
 * `n` elements: `o` is written from `op` in steps of `os`; `a`, `b`, `c` are read likewise. All loops have the same
 * signature, so that a plan can call any of them.
 */
export type Kernel = (
  n: number,
  o: Elements,
  op: number,
  os: number,
  a: Elements,
  ap: number,
  as: number,
  b: Elements,
  bp: number,
  bs: number,
  c: Elements,
  cp: number,
  cs: number,
) => void;

const neg: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = -x;
  }
};

const abs: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.abs(x);
  }
};

const floor: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.floor(x);
  }
};

const ceil: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.ceil(x);
  }
};

const trunc: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.trunc(x);
  }
};

const round: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = roundEven(x);
  }
};

const sqrt: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.sqrt(x);
  }
};

const exp: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.exp(x);
  }
};

const expm1: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.expm1(x);
  }
};

const log: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.log(x);
  }
};

const log1p: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.log1p(x);
  }
};

const sin: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.sin(x);
  }
};

const cos: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.cos(x);
  }
};

const tanh: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = Math.tanh(x);
  }
};

const erfs: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = erf(x);
  }
};

const erfcs: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = erfc(x);
  }
};

const ndtrs: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = ndtr(x);
  }
};

const lgammas: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = lgamma(x);
  }
};

const add: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x + y;
  }
};

const sub: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x - y;
  }
};

const mul: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x * y;
  }
};

const div: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x / y;
  }
};

const rem: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x % y;
  }
};

const pow: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    // As in C: JavaScript returns NaN for 1 to the power NaN, and for ±1 to an infinite power.
    o[op] = x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
  }
};

// Powers with wraparound, by repeated squaring.
const powInt32: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    let x = a[ap];
    let y = b[bp];
    if (y < 0) {
      o[op] = x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
      continue;
    }
    let power = 1;
    for (; y > 0; y = Math.floor(y / 2)) {
      if (y % 2 === 1) power = Math.imul(power, x);
      x = Math.imul(x, x);
    }
    o[op] = power;
  }
};

const atan2: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = Math.atan2(x, y);
  }
};

const min: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x < y || Number.isNaN(x) ? x : y;
  }
};

const max: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x > y || Number.isNaN(x) ? x : y;
  }
};

const eq: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x === y ? 1 : 0;
  }
};

const lt: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x < y ? 1 : 0;
  }
};

const le: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x <= y ? 1 : 0;
  }
};

const and: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x & y;
  }
};

const or: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x | y;
  }
};

const xor: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x ^ y;
  }
};

const shl: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x << y;
  }
};

const shr: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = x >> y;
  }
};

const polygammas: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = a[ap];
    const y = b[bp];
    o[op] = polygamma(x, y);
  }
};

// Products of 32-bit integers do not fit a double.
const mulInt32: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    o[op] = Math.imul(a[ap], b[bp]);
  }
};

// 64-bit integers are bigints, which the loops' type does not show.
const absInt64: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) {
    const x = a[ap];
    o[op] = x < 0 ? -x : x;
  }
};

const powInt64: Kernel = (n, o, op, os, a, ap, as, b, bp, bs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs) {
    const x = BigInt(a[ap]);
    const y = BigInt(b[bp]);
    const unit = x === 1n || x === -1n;
    const power = y >= 0n ? x ** y : unit ? x ** (-y % 2n) : 0n;
    o[op] = BigInt.asIntN(64, power) as unknown as number;
  }
};

const notBits: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) o[op] = ~a[ap];
};

const notBool: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) o[op] = a[ap] === 0 ? 1 : 0;
};

const select: Kernel = (n, o, op, os, a, ap, as, b, bp, bs, c, cp, cs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs, cp += cs) {
    o[op] = a[ap] !== 0 ? b[bp] : c[cp];
  }
};

const fmaSingle: Kernel = (n, o, op, os, a, ap, as, b, bp, bs, c, cp, cs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs, cp += cs) {
    o[op] = fma32(a[ap], b[bp], c[cp]);
  }
};

const fmaDouble: Kernel = (n, o, op, os, a, ap, as, b, bp, bs, c, cp, cs) => {
  for (let i = 0; i < n; i++, op += os, ap += as, bp += bs, cp += cs) {
    o[op] = fma64(a[ap], b[bp], c[cp]);
  }
};

/** Copies elements between arrays; a narrower array rounds or wraps. */
export const copy: Kernel = (n, o, op, os, a, ap, as) => {
  for (let i = 0; i < n; i++, op += os, ap += as) o[op] = a[ap];
};

const plain: { readonly [P in Exclude<ScalarOp, 'cast'>]: Kernel } = {
  neg,
  abs,
  floor,
  ceil,
  trunc,
  round,
  sqrt,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  erf: erfs,
  erfc: erfcs,
  ndtr: ndtrs,
  lgamma: lgammas,
  polygamma: polygammas,
  not: notBits,
  add,
  sub,
  mul,
  div,
  rem,
  pow,
  atan2,
  min,
  max,
  eq,
  lt,
  le,
  and,
  or,
  xor,
  shl,
  shr,
  select,
  fma: fmaSingle,
};

/** The loop for a primitive whose result has this dtype. */
export function kernelFor(op: Exclude<ScalarOp, 'cast'>, dtype: DType): Kernel {
  if (op === 'mul' && dtype === 'int32') return mulInt32;
  if (op === 'pow' && dtype === 'int64') return powInt64;
  if (op === 'abs' && dtype === 'int64') return absInt64;
  if (op === 'pow' && (dtype === 'int32' || dtype === 'uint8')) return powInt32;
  if (op === 'not' && dtype === 'bool') return notBool;
  if (op === 'fma' && dtype === 'float64') return fmaDouble;
  return plain[op];
}

// Reads an element of a dtype as a number, and stores a number as one.
const asIs = (x: number): number => x;
const decode = {
  float32: asIs,
  float64: asIs,
  int32: asIs,
  uint8: asIs,
  bool: asIs,
  float16: float16ToNumber,
  bfloat16: bfloat16ToNumber,
  int64: (x: number): number => Number(x),
} satisfies Record<DType, (x: number) => number>;

const encode = {
  float32: asIs,
  float64: asIs,
  int32: asIs,
  uint8: asIs,
  bool: (x: number): number => (x === 0 ? 0 : 1),
  float16: numberToFloat16,
  bfloat16: numberToBfloat16,
  // A BigInt64Array takes bigints; the loops' type does not show it.
  int64: (x: number): number => BigInt(Number.isFinite(x) ? Math.trunc(x) : 0) as unknown as number,
} satisfies Record<DType, (x: number) => number>;

/** The loop that converts one dtype to another. */
export function castKernel(from: DType, to: DType): Kernel {
  if (from === to) return copy;
  const read = decode[from];
  const write = encode[to];
  if (read === asIs && write === asIs) return copy;
  // Large 64-bit integers are exact only if they do not pass through a double.
  if (from === 'int64' && dtypes[to].category === 'int') {
    return (n, o, op, os, a, ap, as) => {
      for (let i = 0; i < n; i++, op += os, ap += as) {
        o[op] = Number(BigInt.asIntN(32, a[ap] as unknown as bigint));
      }
    };
  }
  return (n, o, op, os, a, ap, as) => {
    for (let i = 0; i < n; i++, op += os, ap += as) o[op] = write(read(a[ap]));
  };
}
