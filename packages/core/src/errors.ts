// The errors that this library throws: one small family, told apart by class and by name.

/** The base of every error thrown on purpose; thrown itself where no narrower class fits. */
export class DLError extends Error {
  override name = 'DLError';
}

/** Shapes or sizes that do not fit the operator. */
export class ShapeError extends DLError {
  override name = 'ShapeError';
}

/** A dtype that the operator does not take, or dtypes that do not go together. */
export class DTypeError extends DLError {
  override name = 'DTypeError';
}

/** A device that is missing, or tensors that live on different devices. */
export class DeviceError extends DLError {
  override name = 'DeviceError';
}

/** A gradient that cannot be had. */
export class AutogradError extends DLError {
  override name = 'AutogradError';
}

/** An index or a dimension out of range. */
export class IndexError extends DLError {
  override name = 'IndexError';
}

/** Bytes that are not what their format says. */
export class FormatError extends DLError {
  override name = 'FormatError';
}
