// Formats values as Python does, for printing modules.

/** A float as Python prints it: `1.0`, `0.01`, `1e-05`. */
export function pyFloat(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  const [digits, power] = x.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  // Python switches to exponents at other magnitudes than JavaScript.
  if (x !== 0 && (exponent < -4 || exponent >= 16)) {
    const size = Math.abs(exponent);
    return `${digits}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (Object.is(x, -0)) return '-0.0';
  if (Number.isInteger(x)) return `${BigInt(x)}.0`;
  return exponent < -6 ? x.toFixed(digits.replace(/[-.]/g, '').length - 1 - exponent) : String(x);
}

/** A boolean as Python prints it. */
export const pyBool = (x: boolean): string => (x ? 'True' : 'False');

/** Integers as Python prints a tuple of them: `(3, 3)`, `(3,)`. */
export const pyTuple = (x: readonly (number | null)[]): string => {
  const items = x.map((n) => n ?? 'None');
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
};

/** One integer, or a tuple of them, as Python prints them. */
export const pySizes = (x: number | null | readonly (number | null)[]): string =>
  x === null ? 'None' : typeof x === 'number' ? String(x) : pyTuple(x);

/** A number for arguments whose integers users write without a decimal point. */
export const pyNumber = (x: number): string =>
  Number.isInteger(x) && !Object.is(x, -0) ? String(x) : pyFloat(x);
