// How reducers combine values in CUDA C++: in what type, from which value on, and by which function.
import type { ArgReducer, DType, Reducer } from '@dl/core/functional';

/** What values are combined in. */
export const accumulator: { readonly [D in DType]: string } = {
  float32: 'float',
  float64: 'double',
  float16: 'int',
  bfloat16: 'int',
  int64: 'long long',
  int32: 'int',
  uint8: 'int',
  bool: 'int',
};

const limits: { readonly [type: string]: readonly [low: string, high: string] } = {
  float: ['dl_bits_float(0xff800000u)', 'dl_bits_float(0x7f800000u)'],
  double: ['dl_bits_double(0xfff0000000000000ull)', 'dl_bits_double(0x7ff0000000000000ull)'],
  int: ['(-2147483647 - 1)', '2147483647'],
  'long long': ['(-9223372036854775807ll - 1)', '9223372036854775807ll'],
};

/** The value that changes nothing. */
export function neutral(reducer: Reducer | ArgReducer, type: string): string {
  if (reducer === 'sum') return `(${type})0`;
  if (reducer === 'prod') return `(${type})1`;
  return limits[type][reducer === 'max' || reducer === 'argmax' ? 0 : 1];
}

/** Whether a reducer finds a position. */
export const isArg = (reducer: Reducer | ArgReducer): boolean =>
  reducer === 'argmin' || reducer === 'argmax';

/**
 * Functions `combine` (and, for positions, `better`) for a reducer. NaN stays once it has come; the
 * first of equal values wins, and the first NaN beats all.
 */
export function combineCode(reducer: Reducer | ArgReducer, type: string, name = 'combine'): string {
  const unsigned = type === 'int' ? 'unsigned' : type === 'long long' ? 'unsigned long long' : null;
  const arithmetic = (sign: string): string =>
    unsigned === null ? `a ${sign} b` : `(${type})((${unsigned})a ${sign} (${unsigned})b)`;
  if (isArg(reducer)) {
    const sign = reducer === 'argmin' ? '<' : '>';
    return `__device__ __forceinline__ bool better(${type} a, int at, ${type} b, int bt) {
  if (at < 0 || bt < 0) return at >= 0;
  return a ${sign} b || (a != a && b == b) || ((a == b || (a != a && b != b)) && at < bt);
}`;
  }
  const code =
    reducer === 'sum'
      ? arithmetic('+')
      : reducer === 'prod'
        ? arithmetic('*')
        : `!(b ${reducer === 'min' ? '>=' : '<='} a) && a == a ? b : a`;
  return `__device__ __forceinline__ ${type} ${name}(${type} a, ${type} b) { return ${code}; }`;
}
