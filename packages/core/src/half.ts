// float16 and bfloat16 as bit patterns: conversion to and from numbers, rounding to nearest even.

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The value of 16 bits in IEEE 754 binary16. */
export function float16ToNumber(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The nearest binary16, rounded by way of float32 as in PyTorch. */
export function numberToFloat16(x: number): number {
  const f = Math.fround(x);
  const sign = f < 0 || Object.is(f, -0) ? 0x8000 : 0;
  const a = Math.abs(f);
  if (Number.isNaN(f)) return 0x7e00;
  if (a >= 65520) return sign | 0x7c00;
  // Below 2^-14 the spacing is 2^-24; above, 2^-10 of the leading power of two.
  const exponent = a < 2 ** -14 ? -14 : Math.floor(Math.log2(a));
  const near =
    a < 2 ** exponent ? exponent - 1 : a >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  const power = Math.max(near, -14);
  const units = evenly(a * 2 ** (10 - power));
  return sign | (units + (power + 14) * 1024);
}

function evenly(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/** The value of 16 bits that are the upper half of a float32. */
export function bfloat16ToNumber(h: number): number {
  bits[0] = h << 16;
  return single[0];
}

/** The nearest bfloat16. */
export function numberToBfloat16(x: number): number {
  single[0] = x;
  if (Number.isNaN(single[0])) return 0x7fc0;
  const u = bits[0];
  return ((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) & 0xffff;
}
