// Every in-place method compared with its plain form: on a tensor, a view and a view of a view.
import { describe, expect, it } from 'vitest';
import { isFloat } from '../src/dtype.js';
import { cat, type DType, grad, manualSeed, noGrad, Tensor, tensor } from '../src/index.js';
import * as pointwise from '../src/operators/elementwise/all.js';
import type { Elementwise } from '../src/operators/machinery/elementwise-operator.js';

type Form = (x: Tensor, operands: readonly Tensor[]) => Tensor;

/** How to call a method without an elementwise operator of its name, and what it must equal. */
interface Recipe {
  readonly operands?: number;
  readonly change: Form;
  /** The result without an in-place change; null if the elements lose their history. */
  readonly plain: Form | null;
}

const place = (x: Tensor): Tensor => tensor(x.ndim === 1 ? [1] : [[1, 0]], { dtype: 'int32' });
const again: Form = (x) => noGrad(() => x.clone());

const recipes: { readonly [name: string]: Recipe } = {
  fill_: { change: (x) => x.fill_(3), plain: null },
  zero_: { change: (x) => x.zero_(), plain: null },
  normal_: { change: (x) => x.normal_(), plain: null },
  uniform_: { change: (x) => x.uniform_(), plain: null },
  bernoulli_: { change: (x) => x.bernoulli_(), plain: null },
  exponential_: { change: (x) => x.exponential_(), plain: null },
  copy_: {
    operands: 1,
    change: (x, [a]) => x.copy_(a),
    plain: (x, [a]) => a.to(x.dtype),
  },
  clip_: { change: (x) => x.clip_(0.4, 0.9), plain: (x) => x.clip(0.4, 0.9) },
  clamp_: { change: (x) => x.clamp_(0.4, 0.9), plain: (x) => x.clamp(0.4, 0.9) },
  nanToNum_: { change: (x) => x.nanToNum_(), plain: (x) => x.nanToNum() },
  softplus_: { change: (x) => x.softplus_(2, 1), plain: (x) => x.softplus(2, 1) },
  elu_: { change: (x) => x.sub_(0.5).elu_(), plain: (x) => x.sub(0.5).elu() },
  leakyRelu_: { change: (x) => x.sub_(0.5).leakyRelu_(), plain: (x) => x.sub(0.5).leakyRelu() },
  isclose_: { change: (x) => x.isclose_(x), plain: null },
  maskedFill_: {
    change: (x) => x.maskedFill_(x.gt(0.5), 7),
    plain: (x) => x.maskedFill(x.gt(0.5), 7),
  },
  scatter_: {
    operands: 1,
    change: (x, [a]) => x.scatter_(x.ndim - 1, place(x), a.to(x.dtype)),
    plain: (x, [a]) => x.scatter(x.ndim - 1, place(x), a.to(x.dtype)),
  },
  scatterAdd_: {
    operands: 1,
    change: (x, [a]) => x.scatterAdd_(x.ndim - 1, place(x), a.to(x.dtype)),
    plain: (x, [a]) => x.scatterAdd(x.ndim - 1, place(x), a.to(x.dtype)),
  },
  indexAdd_: {
    operands: 1,
    change: (x, [a]) => x.indexAdd_(0, tensor([1, 0], { dtype: 'int32' }), a.to(x.dtype)),
    plain: (x, [a]) => x.indexAdd(0, tensor([1, 0], { dtype: 'int32' }), a.to(x.dtype)),
  },
};

/** Methods that end in "_" but change no elements. */
const others = ['requiresGrad_', 'detach_'];

/** The other operand is a condition. */
const conditions = ['maskedFill'];

const table: { readonly [name: string]: unknown } = pointwise;

function recipeOf(name: string): Recipe {
  const known = recipes[name];
  if (known !== undefined) return known;
  const plain = name.slice(0, -1);
  const f = table[plain] as
    | (((...args: Tensor[]) => Tensor) & { operator?: Elementwise })
    | undefined;
  if (f?.operator === undefined) throw new Error(`${name}: add a recipe to this table`);
  const method = (x: Tensor, operands: readonly Tensor[]): Tensor =>
    (x as unknown as { [n: string]: (...args: readonly Tensor[]) => Tensor })[name]?.(...operands);
  return {
    operands: f.operator.arity - 1,
    change: method,
    plain: (x, operands) => f(x, ...operands),
  };
}

const names = Object.getOwnPropertyNames(Tensor.prototype).filter(
  (n) => /[^_]_$/.test(n) && !others.includes(n),
);

// Points between 0.2 and 0.95, inside the domain of every operator.
const values = [
  [0.3, 0.55, 0.81],
  [0.93, 0.24, 0.66],
  [0.47, 0.72, 0.35],
];
const first = (dtype: DType): Tensor => tensor(values, { dtype, requiresGrad: true });

/** What is changed: the view of the base, and the base with another value in it. */
const places: {
  readonly [what: string]: {
    readonly shape: readonly number[];
    readonly see: (base: Tensor) => Tensor;
    readonly put: (base: Tensor, inner: Tensor) => Tensor;
  };
} = {
  'a tensor': { shape: [3, 3], see: (b) => b, put: (_b, inner) => inner },
  'a view': {
    shape: [2, 3],
    see: (b) => b.at('1:'),
    put: (b, inner) => cat([b.at('0:1'), inner]),
  },
  'a view of a view': {
    shape: [3, 2],
    see: (b) => b.at('1:').t(),
    put: (b, inner) => cat([b.at('0:1'), inner.t()]),
  },
};

/** Gradients of a weighted sum of the whole base after the change, for all leaves. */
function gradients(leaves: readonly Tensor[], whole: Tensor): unknown[] {
  const weight = tensor(
    [
      [1, -2, 3],
      [5, 0.5, -1],
      [2, 7, -4],
    ],
    { dtype: whole.dtype },
  );
  if (!whole.requiresGrad) return leaves.flatMap(() => [null, null]);
  const wanted = leaves.filter((x) => x.requiresGrad);
  const options = { createGraph: true, allowUnused: true };
  const first = grad(whole.mul(weight).sum(), wanted, options);
  // To the second order too: the result that a node saved has a history.
  const squares = first.flatMap((g) => (g?.requiresGrad === true ? [g.mul(g).sum()] : []));
  const total = squares.reduce<Tensor | null>((a, b) => (a === null ? b : a.add(b)), null);
  const second = total === null ? [] : grad(total, wanted, options);
  return leaves.flatMap((x) => {
    const at = wanted.indexOf(x);
    return [first, second].map((list) => list[at]?.to('float64').toArray() ?? null);
  });
}

const compared = new Set<string>();

function compare(name: string, where: string, other: DType, tracked: boolean): void {
  const { shape, see, put } = places[where];
  const { operands = 0, change, plain } = recipeOf(name);
  const kind = conditions.includes(name.slice(0, -1)) ? 'bool' : other;
  const make = (): Tensor[] =>
    Array.from({ length: operands }, (_, i) => {
      const rows = values.map((row) => row.map((v) => Math.round((0.9 - v / 2 + i / 8) * 64) / 64));
      const whole = tensor(rows, { dtype: kind }).at(`0:${shape[0]}`, `0:${shape[1]}`).clone();
      return tracked && isFloat(kind) ? whole.requiresGrad_() : whole;
    });
  const run = (inPlace: boolean): { value: unknown; grads: unknown[] } => {
    manualSeed(1);
    const x = first('float32');
    const more = make();
    const base = x.mul(1);
    const seen = see(base);
    if (inPlace) {
      const result = change(seen, more);
      expect(result).toBe(seen);
      return { value: base.detach().toArray(), grads: gradients([x, ...more], base) };
    }
    const inner =
      plain === null ? again(change(seen.detach().clone(), more), []) : plain(seen, more);
    const whole = put(x.mul(1), inner.to('float32'));
    return { value: whole.detach().toArray(), grads: gradients([x, ...more], whole) };
  };
  let expected: ReturnType<typeof run>;
  try {
    expected = run(false);
  } catch {
    // If the plain form refuses the operands, the in-place form must too.
    expect(() => run(true), name).toThrow();
    return;
  }
  const got = run(true);
  // Overwritten tensors stay in the graph, with a gradient of zeros; the plain form has none.
  const noZeros = (g: unknown): unknown => (/[1-9a-zA-Z]/.test(JSON.stringify(g)) ? g : null);
  // Random fills draw in memory order.
  if (plain !== null) expect(got.value, name).toEqual(expected.value);
  compared.add(name);
  expect(got.grads.map(noZeros), name).toEqual(expected.grads.map(noZeros));
}

describe('every in-place form differentiates like its plain form', () => {
  for (const name of names) {
    for (const where of Object.keys(places)) {
      it(`${name} on ${where}`, () => {
        compare(name, where, 'float32', true);
        compare(name, where, 'float32', false);
        compare(name, where, 'float64', true);
        compare(name, where, 'float16', true);
      });
    }
  }
  it('covers all such methods', () => {
    expect(names.length).toBeGreaterThan(60);
    // Integer operators have no gradients.
    expect(names.filter((n) => !compared.has(n) && !n.startsWith('bitwise'))).toEqual([]);
  });
});

describe('operands that the plain form refuses', () => {
  const thrown = (f: () => unknown): string | null => {
    try {
      f();
      return null;
    } catch (e) {
      return (e as Error).message;
    }
  };
  const typed: readonly DType[] = ['uint8', 'bool', 'int32', 'int64', 'float16', 'float32'];

  it.each(names)('are refused by %s too', (name) => {
    const { operands = 0, change, plain } = recipeOf(name);
    if (plain === null) return;
    for (const dtype of typed) {
      for (const value of [0, 1]) {
        const x = tensor([value, 1, value], { dtype });
        const others = Array.from({ length: operands }, () => x.clone());
        const refused = thrown(() => plain(x.clone(), others));
        const found = thrown(() => change(x.clone(), others));
        if (refused !== null) expect(found, `${dtype} ${value}: ${refused}`).not.toBeNull();
        else if (plain(x.clone(), others).dtype === dtype)
          expect(found, `${dtype} ${value}`).toBeNull();
      }
    }
  });
});
