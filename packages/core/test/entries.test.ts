// The two entries: the operators as functions only, and as methods too; one class for both.
import { beforeAll, describe, expect, it } from 'vitest';
import * as functional from '../src/functional.js';

const { add, DLError, sum, Tensor, tensor } = functional;

/** The property of the class with this name. */
const onClass = (): Map<PropertyKey, unknown> =>
  new Map(
    Reflect.ownKeys(Tensor.prototype).map((name) => {
      const found = Object.getOwnPropertyDescriptor(Tensor.prototype, name);
      return [name, found?.get ?? found?.value];
    }),
  );

// Both entries share one process: the second one must not remove the methods again.
const alone = onClass();
const essential = ['backward', 'clone', 'contiguous', 'cpu', 'data', 'detach_', 'to'];

/** The message that a member throws. */
const said = (name: string): string => {
  try {
    const x = tensor([[1, 2]]);
    const member = alone.get(name) as () => unknown;
    member.call(x);
  } catch (e) {
    expect(e).toBeInstanceOf(DLError);
    return (e as Error).message;
  }
  return 'nothing';
};

describe('@dl/core/functional', () => {
  it('trains without calling any operator as a method', () => {
    const w = tensor([3], { requiresGrad: true });
    sum(functional.mul(w, w)).backward();
    expect(w.grad?.toArray()).toEqual([6]);
    expect(w.clone().detach_().to('int32').contiguous().data()).toEqual(Int32Array.of(3));
    expect(String(add(w, 1))).toBe("tensor(..., size=(1), dtype=float32, device='cpu')");
  });

  it('follows in-place changes through views', () => {
    const base = functional.zeros([2]);
    const first = functional.narrow(base, 0, 0, 1);
    functional.copy_(base, functional.mul(tensor([1, 2], { requiresGrad: true }), 2));
    expect(first.requiresGrad).toBe(true);
    expect(first.toArray()).toEqual([2]);
  });

  it.each([
    ['softmax', 'call softmax(x, …)'],
    ['mul_', 'call copy_(x, mul(x, …))'],
    ['T', 'call t(x)'],
    ['mT', 'call transpose(x, -2, -1)'],
    ['half', "call x.to('float16')"],
    ['where', 'call where(condition, x, y)'],
    ['at', 'call at(x, …)'],
  ])('names the fix for x.%s', (name, fix) => {
    expect(said(name)).toContain(`x.${name} is not available with '@dl/core/functional' alone`);
    expect(said(name)).toContain(`${fix}, or import '@dl/core'`);
  });
});

describe('@dl/core', () => {
  let root: typeof import('../src/index.js');
  beforeAll(async () => {
    root = await import('../src/index.js');
  });

  it('exports what the functional entry exports, and the same class', () => {
    expect(Object.keys(root).sort()).toEqual(Object.keys(functional).sort());
    expect(root.Tensor).toBe(Tensor);
  });

  it('has a method for every message about a missing one, and the reverse', () => {
    const after = onClass();
    expect([...after.keys()].filter((name) => !alone.has(name))).toEqual([]);
    const changed = [...after.keys()].filter((name) => after.get(name) !== alone.get(name));
    const sentences = [...alone.keys()].filter((name) => {
      const own = typeof name === 'string' && !essential.includes(name);
      return own && /missing\(/.test(String(alone.get(name)));
    });
    const printed = ['toString', Symbol.for('nodejs.util.inspect.custom')];
    expect(new Set(changed)).toEqual(new Set([...sentences, ...printed]));
    expect(sentences.length).toBeGreaterThan(200);
  });

  it('has no method for a function that is not exported', () => {
    const named = [...alone.keys()].filter((n): n is string => typeof n === 'string');
    const calls = named
      .filter((name) => /missing\(/.test(String(alone.get(name))))
      .map((name) => /call (?:copy_\(x, )?(\w+)\(/.exec(said(name))?.[1])
      .filter((name): name is string => name !== undefined);
    expect(calls.filter((name) => !(name in functional))).toEqual([]);
  });

  it('computes the same by method as by function', () => {
    const x = tensor([[1, 2]]);
    expect(x.T.toArray()).toEqual([[1], [2]]);
    expect(x.mul_(2).toArray()).toEqual([[2, 4]]);
    expect(x.softmax(1).toArray()).toEqual(functional.softmax(x, 1).toArray());
    expect(String(x)).toBe('tensor([[2., 4.]])');
  });
});
