// What modules need to know of element types.
import type { DType } from '@dl/core/functional';

/** Bytes of an element. Total, so that a new dtype does not compile without a line here. */
export const itemSize: Record<DType, number> = {
  bool: 1,
  uint8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

/** Whether a text names an element type, and not a device. */
export const isDType = (text: string): text is DType => Object.hasOwn(itemSize, text);
