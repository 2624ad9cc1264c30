// Doubles as decimal text, rounded the way Python's format() rounds: exactly, ties to even.

/** A finite magnitude as an exact fraction: `|x| = numerator / denominator`. */
function exactFraction(x: number): { numerator: bigint; denominator: bigint } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = BigInt(Math.max(biased, 1) - 1075);
  return exponent < 0n
    ? { numerator: mantissa, denominator: 1n << -exponent }
    : { numerator: mantissa << exponent, denominator: 1n };
}

/** `|x| * 10 ** power` as an integer, rounded half to even. */
function scaledInteger(x: number, power: number): bigint {
  let { numerator, denominator } = exactFraction(x);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/** The text of a value without digits, or undefined. */
function nonFinite(x: number): string | undefined {
  if (Number.isNaN(x)) return 'nan';
  if (x === Infinity) return 'inf';
  return x === -Infinity ? '-inf' : undefined;
}

/** Python keeps the sign of -0.0; JavaScript's own formatting drops it. */
const signOf = (x: number): string => (x < 0 || Object.is(x, -0) ? '-' : '');

function insertPoint(digits: string, places: number): string {
  const cut = digits.length - places;
  return places === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

// JavaScript's toFixed and toExponential are exact up to 100 digits but round ties away from zero. A tie shows as a 5
// one digit further on, so all other values may use them.
const nativeLimit = 99;

/**
 * Python's `'{:.Nf}'.format(x)`.
 *
 * @param x any double
 * @param precision number of digits after the decimal point, an integer >= 0
 * @example fixed(0.125, 2) // '0.12'
 */
export function fixed(x: number, precision: number): string {
  const special = nonFinite(x);
  if (special !== undefined) return special;
  const magnitude = Math.abs(x);
  if (magnitude < 1e21 && precision <= nativeLimit) {
    if (!magnitude.toFixed(precision + 1).endsWith('5')) {
      return signOf(x) + magnitude.toFixed(precision);
    }
  }
  const digits = scaledInteger(x, precision).toString();
  return signOf(x) + insertPoint(digits.padStart(precision + 1, '0'), precision);
}

/**
 * Python's `'{:.Ne}'.format(x)`.
 *
 * @param x any double
 * @param precision number of digits after the decimal point, an integer >= 0
 * @example exponential(123456, 4) // '1.2346e+05'
 */
export function exponential(x: number, precision: number): string {
  const special = nonFinite(x);
  if (special !== undefined) return special;
  const magnitude = Math.abs(x);
  let mantissa: string;
  let exponent: number;
  const native = precision <= nativeLimit ? magnitude.toExponential(precision + 1) : '5e';
  if (!native.includes('5e')) {
    [mantissa, exponent] = splitExponent(magnitude.toExponential(precision));
  } else {
    // The shortest form may name the decade above the exact value's (1e23), or rounding may reach the next decade;
    // either way there is one digit too few or too many.
    [, exponent] = splitExponent(magnitude.toExponential());
    let digits = scaledInteger(x, precision - exponent).toString();
    if (digits.length !== precision + 1 && magnitude !== 0) {
      exponent += digits.length > precision + 1 ? 1 : -1;
      digits = scaledInteger(x, precision - exponent).toString();
    }
    mantissa = insertPoint(digits.padStart(precision + 1, '0'), precision);
  }
  const power = Math.abs(exponent).toString().padStart(2, '0');
  return `${signOf(x)}${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
}

function splitExponent(text: string): [mantissa: string, exponent: number] {
  const at = text.indexOf('e');
  return [text.slice(0, at), Number(text.slice(at + 1))];
}
