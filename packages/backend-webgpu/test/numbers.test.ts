// Every elementwise operator applied to tensors of every dtype and plain numbers, compared with device cpu.
import * as dl from '@dl/core';
import { DLError, type DType, type Tensor, tensor } from '@dl/core';
import { provideAdapter } from 'dl-testing/webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { webgpu } from '../src/index.js';

beforeAll(async () => {
  provideAdapter();
  await webgpu.init();
});

type Call = (...args: (Tensor | number)[]) => Tensor;
const operators = Object.entries(dl).flatMap(([name, f]) => {
  const { arity } = (f as { operator?: { arity: number } }).operator ?? { arity: 0 };
  return arity >= 2 ? [{ name, f: f as Call, arity }] : [];
});

/** The result of a call, or null if it is refused. */
function result(f: Call, args: (Tensor | number)[]): Tensor | null {
  try {
    return f(...args);
  } catch (e) {
    if (e instanceof DLError) return null;
    throw e;
  }
}

describe('plain numbers as operands', () => {
  it('are tested for all operators', () => expect(operators.length).toBeGreaterThan(20));

  // Lengths for single elements and for four adjacent ones at once.
  it.each(operators)('$name', async ({ f, arity }) => {
    for (const dtype of ['uint8', 'bool', 'int32', 'float32'] as DType[]) {
      for (const values of [
        [2, 2, 1, 6],
        [3, 1, 5],
      ]) {
        for (const number of [0, 1, 3, 250]) {
          for (let place = 0; place < arity; place++) {
            const x = tensor(values, { dtype });
            const args = Array.from({ length: arity }, (_, i) => (i === place ? x : number));
            const here = result(f, args);
            if (here === null || !['uint8', 'bool', 'int32'].includes(here.dtype)) continue;
            const there = result(
              f,
              args.map((a) => (typeof a === 'number' ? a : a.to('webgpu'))),
            ) as Tensor;
            expect((await there.cpu()).toArray(), `${dtype} ${place} ${number}`).toEqual(
              here.toArray(),
            );
          }
        }
      }
    }
  });
});
