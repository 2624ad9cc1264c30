// The error classes: every error that the library throws on purpose is one of these.

/**
 * Base of every error that the library throws on purpose.
 *
 * A message names the operator, the values it got, and the likely fix. Catch `DLError` to tell the library's errors
 * from a program's own.
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

/** A dtype that an operator does not accept (PyTorch: `RuntimeError`/`TypeError` about dtypes). */
export class DTypeError extends DLError {
  override name = 'DTypeError';
}

/** A device that is not available, operands on different devices, or values that must first be copied to the CPU. */
export class DeviceError extends DLError {
  override name = 'DeviceError';
}

/**
 * Misuse of automatic differentiation: a second `backward()`, a saved tensor that was changed, an in-place change of a
 * leaf.
 */
export class AutogradError extends DLError {
  override name = 'AutogradError';
}

/** An index or dimension out of range (PyTorch: `IndexError`). */
export class IndexError extends DLError {
  override name = 'IndexError';
}

/** A file or other external data that is not in the expected format. */
export class FormatError extends DLError {
  override name = 'FormatError';
}

/** An argument with a value that an operator or a class does not accept (PyTorch: `ValueError`). */
export class ValueError extends DLError {
  override name = 'ValueError';
}
