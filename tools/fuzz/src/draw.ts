// What rows draw from: the registers so far with their tensors, and new tensors where none fits.
import { AutogradError, type DType, isFloat, type Tensor } from '@dl/core';
import { type Profile, palette } from './palette.js';
import type { Prng } from './prng.js';
import type { Instruction, Options, Ref, Value } from './program.js';

/** A register whose tensor is at hand. */
export interface Live {
  readonly ref: Ref;
  readonly tensor: Tensor;
  /** Whether float64 gives the same elements, by operations that round nowhere. */
  readonly exact: boolean;
  /** A gradient, or a view of one: who shares its memory is no promise. */
  readonly gradient: boolean;
  /** No NaN and no infinity. */
  readonly finite: boolean;
  /** Made by an instruction, so that its memory is dense for everybody. */
  readonly made: boolean;
}

/** What a row asks of all its inputs. */
export interface Demands {
  readonly exact: boolean;
  readonly finite: boolean;
  readonly constant: boolean;
}

/** No register fits what a row needs. */
export class NoFit extends Error {}

export type Wanted = (x: Tensor, live: Live) => boolean;
type Shape = readonly number[];

export const isLive = (v: Value | Live): v is Live =>
  typeof v === 'object' && v !== null && 'tensor' in v;

const floats: Wanted = (x) => isFloat(x.dtype);
const integers: Wanted = (x) => !isFloat(x.dtype) && x.dtype !== 'bool';

/** What made a tensor; a view that may not tell, as in PyTorch, is neither a leaf nor recorded. */
function madeBy(x: Tensor): 'leaf' | 'recorded' | 'untold' {
  try {
    return x.gradFn === null ? 'leaf' : 'recorded';
  } catch (e) {
    if (e instanceof AutogradError) return 'untold';
    throw e;
  }
}

export const isLeaf = (x: Tensor): boolean => madeBy(x) === 'leaf';
export const isRecorded = (x: Tensor): boolean => madeBy(x) === 'recorded';

export class Draw {
  /** Of the row that is being drawn. */
  demands: Demands = { exact: false, finite: false, constant: false };
  /** Registers that hold positions: PyTorch gets a converted copy, so that nothing may be written to them. */
  private readonly positions = new Set<number>();

  constructor(
    readonly rng: Prng,
    readonly profile: Profile,
    readonly registers: readonly Live[],
    /** Runs an instruction at once, and gives its register. */
    private readonly emit: (call: Omit<Instruction, 'out'>) => Live | null,
  ) {}

  /** A register that is as wanted; later ones are likelier. */
  pick(wanted: Wanted = () => true): Live {
    const fitting = this.registers.filter((live) => this.meets(live) && wanted(live.tensor, live));
    if (fitting.length === 0) throw new NoFit();
    const back = Math.floor(this.rng.next() ** 1.5 * fitting.length);
    return fitting[fitting.length - 1 - back];
  }

  private meets({ tensor, exact, finite }: Live): boolean {
    const { demands } = this;
    return (
      (exact || !demands.exact) &&
      (finite || !demands.finite) &&
      (!tensor.requiresGrad || !demands.constant)
    );
  }

  float(wanted: Wanted = () => true): Live {
    return this.pick((x, live) => floats(x, live) && wanted(x, live));
  }

  integer(wanted: Wanted = () => true): Live {
    return this.pick((x, live) => integers(x, live) && wanted(x, live));
  }

  /** A register to write to. Now and then one that must not be written to. */
  target(wanted: Wanted = () => true): Live {
    const anything = this.rng.chance(0.06);
    return this.pick(
      (x, live) =>
        !live.gradient &&
        live.ref.k !== 1 &&
        !this.positions.has(live.ref.r) &&
        !overlaps(x) &&
        (anything || !(isLeaf(x.base ?? x) && (x.base ?? x).requiresGrad)) &&
        wanted(x, live),
    );
  }

  /** A dimension of a tensor, counted from the front or from the back. */
  dim(x: Live, ofPosition = false): number {
    const { ndim } = x.tensor;
    if (ndim === 0) {
      if (ofPosition) throw new NoFit();
      return this.rng.of([0, -1]);
    }
    const d = this.rng.int(0, ndim - 1);
    return this.rng.chance(0.25) ? d - ndim : d;
  }

  /** The size at a dimension from `dim`. */
  sizeAt(x: Live, dim: number): number {
    const { shape } = x.tensor;
    return shape[dim < 0 ? dim + shape.length : dim] ?? 1;
  }

  /** Dimensions for a reduction: one, several, or null for all. */
  dims(x: Live): Value {
    const { ndim } = x.tensor;
    if (ndim === 0 || this.rng.chance(0.2)) return null;
    if (this.rng.chance(0.6)) return this.dim(x);
    const list = this.rng.shuffled([...Array(ndim).keys()]).slice(0, this.rng.int(1, ndim));
    return list.map((d) => (this.rng.chance(0.2) ? d - ndim : d));
  }

  shape(minimum = 0, maximum = 3): number[] {
    const ndim = this.rng.int(minimum, maximum);
    const size = (): number =>
      this.rng.chance(0.03) ? 0 : this.rng.chance(0.15) ? 1 : this.rng.int(2, 4);
    return Array.from({ length: ndim }, size);
  }

  dtype(): DType {
    return this.rng.of(this.profile.dtypes);
  }

  floatDtype(): DType {
    return this.rng.of(this.profile.dtypes.filter((dtype) => isFloat(dtype)));
  }

  /** The call that makes a tensor of literals. */
  literal(
    shape: Shape,
    {
      dtype = this.floatDtype(),
      grad = !this.demands.constant && this.rng.chance(this.profile.grad),
      values,
    }: MakeOptions,
  ): { readonly args: readonly Value[]; readonly options: Options } {
    const count = shape.reduce((a, b) => a * b, 1);
    const special = this.demands.finite ? 0 : this.profile.special;
    const draw = values ?? palette(this.rng, dtype, special);
    const options: Record<string, Value> = { dtype: { d: dtype } };
    if (grad && isFloat(dtype)) options.requiresGrad = true;
    return { args: [nested(Array.from({ length: count }, draw), shape)], options };
  }

  /** A new tensor, literally. */
  make(shape: Shape, options: MakeOptions = {}): Live {
    const call = this.literal(shape, options);
    const live = shape.includes(0)
      ? this.emit({ op: 'zeros', args: [shape], options: call.options })
      : this.emit({ op: 'tensor', ...call });
    if (live === null) throw new NoFit();
    return live;
  }

  /** A register of this shape and kind, or a new one. */
  of(shape: Shape, options: MakeOptions = {}): Live {
    const { dtype } = options;
    if (options.values === undefined && this.rng.chance(0.6)) {
      const found = this.registers.filter(
        (live) =>
          this.meets(live) &&
          same(live.tensor.shape, shape) &&
          (dtype === undefined ? isFloat(live.tensor.dtype) : live.tensor.dtype === dtype),
      );
      if (found.length > 0) return this.rng.of(found);
    }
    return this.make(shape, options);
  }

  /** Positions in a dimension of this size. */
  index(shape: Shape, size: number, negative = false, values?: () => number): Live {
    if (size === 0 && shape.every((n) => n > 0)) throw new NoFit();
    const dtypes: DType[] = this.profile.dtypes.includes('int64') ? ['int32', 'int64'] : ['int32'];
    const low = negative && this.rng.chance(0.3) ? -size : 0;
    const live = this.make(shape, {
      dtype: this.rng.of(dtypes),
      values: values ?? (() => this.rng.int(low, size - 1)),
    });
    this.positions.add(live.ref.r);
    return live;
  }

  /** Positions without repetitions, where an order of writing would decide. */
  distinct(count: number, size: number): Live {
    const list = this.rng.shuffled([...Array(size).keys()]).slice(0, count);
    const live = this.make([list.length], { dtype: 'int32', values: () => list.pop() ?? 0 });
    this.positions.add(live.ref.r);
    return live;
  }

  mask(shape: Shape): Live {
    return this.of(shape, { dtype: 'bool' });
  }

  /** A register whose shape broadcasts with another one's, or a new one. */
  partner(x: Live, wanted: Wanted = () => true): Live {
    const { shape } = x.tensor;
    const found = this.registers.filter(
      (live) =>
        this.meets(live) && broadcasts(live.tensor.shape, shape) && wanted(live.tensor, live),
    );
    if (found.length > 0 && this.rng.chance(0.75)) return this.rng.of(found);
    const kept = shape.slice(this.rng.chance(0.4) ? this.rng.int(0, shape.length) : 0);
    const made = this.make(
      kept.map((n) => (this.rng.chance(0.2) ? 1 : n)),
      { dtype: this.rng.chance(0.6) ? x.tensor.dtype : this.dtype() },
    );
    if (!wanted(made.tensor, made)) throw new NoFit();
    return made;
  }

  /** A plain number, as often whole as not. */
  number(): number {
    return this.rng.of([-2, -1, 0, 1, 2, 3, 0.5, -0.5, 0.25, 1.5, -1.25, 2.5]);
  }

  /** Options, each left out as often as not. */
  options(
    all: { readonly [name: string]: () => Value | Live },
    share = 0.4,
  ): { readonly [name: string]: Value | Live } {
    const chosen: Record<string, Value | Live> = {};
    for (const [name, value] of Object.entries(all)) {
      if (this.rng.chance(share)) chosen[name] = value();
    }
    return chosen;
  }
}

interface MakeOptions {
  readonly dtype?: DType;
  readonly grad?: boolean;
  readonly values?: () => Value;
}

/** Whether a place in memory is surely shown twice: what is written there is no promise. */
const overlaps = ({ shape, strides, count }: Tensor): boolean =>
  shape.some((n, d) => n > 1 && strides[d] === 0) ||
  count > shape.reduce((last, n, d) => last + (n - 1) * strides[d], 1);

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, d) => n === b[d]);

export function broadcasts(a: Shape, b: Shape): boolean {
  for (let d = 1; d <= Math.min(a.length, b.length); d++) {
    const [m, n] = [a[a.length - d], b[b.length - d]];
    if (m !== n && m !== 1 && n !== 1) return false;
  }
  return true;
}

/** A flat list as nested ones. */
export function nested(flat: readonly Value[], shape: Shape): Value {
  if (shape.length === 0) return flat[0] ?? 0;
  const [size = 0, ...inner] = shape;
  const step = flat.length / Math.max(1, size);
  return Array.from({ length: size }, (_, i) =>
    nested(flat.slice(i * step, (i + 1) * step), inner),
  );
}
