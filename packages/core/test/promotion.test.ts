// dtype promotion against torch.result_type, for all pairs.
import { describe, expect, it } from 'vitest';
import {
  add,
  type DType,
  isFloat,
  ones,
  promoteTypes,
  resultType,
  type Tensor,
} from '../src/index.js';
import goldens from './fixtures/core.json' with { type: 'json' };

const rows = goldens.promotion.resultType as [string, string, DType][];

/** `'float32[1]'` is a tensor with a dimension, `'float32[]'` one without, the others are numbers. */
function operand(text: string): Tensor | number {
  const at = text.indexOf('[');
  if (at < 0) return Number(text);
  return ones(text.endsWith('[1]') ? [1] : [], { dtype: text.slice(0, at) as DType });
}

/**
 * The one difference from PyTorch: an integer with booleans becomes int32, the index type here, and not int64,
 * PyTorch's type of Python's integers.
 */
function expected(a: string, b: string, golden: DType): DType {
  const number = [a, b].some((x) => x === '2');
  const bool = [a, b].some((x) => x.startsWith('bool'));
  return number && bool && golden === 'int64' ? 'int32' : golden;
}

describe('promotion', () => {
  it.each(rows)('%s with %s', (a, b, golden) => {
    const [x, y] = [operand(a), operand(b)];
    const wants = expected(a, b, golden);
    expect(resultType([x, y])).toBe(wants);
    // The operators' own shortcuts agree with the rule.
    expect(add(x, y).dtype).toBe(wants);
    expect(add(x, y).dtype).toBe(wants);
    expect(add(x, y).to('float64').toArray()).toEqual(
      (typeof x === 'object' ? x.shape : (y as Tensor).shape).length +
        (typeof y === 'object' ? y.shape.length : 0) >
        0
        ? [sum(x, y, wants)]
        : sum(x, y, wants),
    );
  });

  it('promoteTypes', () => {
    for (const [a, b, golden] of goldens.promotion.promoteTypes as [DType, DType, DType][]) {
      expect(promoteTypes(a, b), `${a}, ${b}`).toBe(golden);
    }
  });

  it('isFloat', () => {
    expect(['float32', 'float64', 'float16', 'bfloat16'].every((t) => isFloat(t as DType))).toBe(
      true,
    );
    expect(['int64', 'int32', 'uint8', 'bool'].some((t) => isFloat(t as DType))).toBe(false);
  });
});

/** Two tensors, or one and the number. */
function sum(x: Tensor | number, y: Tensor | number, dtype: DType): number {
  const total = (typeof x === 'number' ? x : 1) + (typeof y === 'number' ? y : 1);
  return dtype === 'bool' ? 1 : total;
}
