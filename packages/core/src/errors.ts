// The error family: every error that the library throws on purpose is one of these.

/**
 * Base of every error that the library throws on purpose.
 *
 * A message names the operator, what it got, and the likely fix. Catch `DLError` to tell the
 * library's refusals from a program's own mistakes.
 *
 * @example
 * try { zeros([2]).add(zeros([3])); } catch (e) { if (e instanceof DLError) console.log(e.message); }
 */
export class DLError extends Error {
  override name = 'DLError';
}

/** Shapes that do not fit an operator (PyTorch: `RuntimeError` about sizes). */
export class ShapeError extends DLError {
  override name = 'ShapeError';
}

/** A dtype that an operator does not take (PyTorch: `RuntimeError`/`TypeError` about dtypes). */
export class DTypeError extends DLError {
  override name = 'DTypeError';
}

/** A device that is missing, mixed up, or asked for values that it must first bring back. */
export class DeviceError extends DLError {
  override name = 'DeviceError';
}

/** Misuse of automatic differentiation: a second `backward()`, a changed saved tensor, a leaf rule. */
export class AutogradError extends DLError {
  override name = 'AutogradError';
}

/** An index or dimension out of range (PyTorch: `IndexError`). */
export class IndexError extends DLError {
  override name = 'IndexError';
}

/** A file, or a value from outside, that is not in the format it should be in. */
export class FormatError extends DLError {
  override name = 'FormatError';
}

/** An argument whose value an operator or a class refuses (PyTorch: `ValueError`). */
export class ValueError extends DLError {
  override name = 'ValueError';
}
