// What a device lacks by design.
import type { DType } from '@dl/core';

/** The dtypes that a device does not have at all, by device type; their cases are left out there. */
export const missingDtypes: { readonly [device: string]: readonly DType[] } = {
  webgpu: ['float64', 'int64', 'float16', 'bfloat16'],
};
