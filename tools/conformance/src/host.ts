// Operators that must read values to go on, and so refuse tensors of other devices than the CPU.
import { DeviceError, type DType, DTypeError } from '@dl/core';

const shapeFromValues = "the result's shape depends on the values";
const returnsValue = 'the result is a JavaScript value';
const readsTable = 'the values are looked through on the CPU';

/** Operator by operator, the reason. */
const hostOnly: Readonly<Record<string, string>> = {
  allclose: returnsValue,
  at: `${shapeFromValues}, for masks`,
  bincount: shapeFromValues,
  equal: returnsValue,
  maskedSelect: shapeFromValues,
  nonzero: shapeFromValues,
  repeatInterleave: `${shapeFromValues}, where the counts are a tensor`,
  searchsorted: readsTable,
  set: `${shapeFromValues}, for masks`,
  unique: shapeFromValues,
  where: `${shapeFromValues}, for a condition alone`,
};

/** Calls that are refused because of values, which another device does not look at. */
const checksValues = ['oneHot', 'bincount', 'multinomial'];

/** Whether an error is the refusal that another device than the CPU owes for this operator. */
export const isHostOnly = (operator: string, device: string, e: unknown): boolean =>
  device !== 'cpu' &&
  hostOnly[operator] !== undefined &&
  e instanceof DeviceError &&
  e.message.includes('cannot be read directly; use ');

/** Whether a device that does not look at values may accept this bad call. */
export const mayAccept = (operator: string, device: string, error: string): boolean =>
  device !== 'cpu' && error === 'ValueError' && checksValues.includes(operator);

/** Whether an error is a device's refusal of a dtype that it does not have. */
export const isWithout = (without: readonly DType[], e: unknown): boolean =>
  e instanceof DTypeError && without.some((d) => e.message.includes(`: ${d} is not supported;`));
