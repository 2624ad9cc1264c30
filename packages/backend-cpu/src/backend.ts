// The backend object: core's plain one, with the addon's kernels where they pay.
import {
  type AxisGroup,
  type Backend,
  cpuBackend,
  type DType,
  dtypes,
  type FoldStage,
  IndexError,
  type IndexedAxis,
  type Buffer as Memory,
  type Reducer,
  slabAllocator,
  type View,
} from '@dl/core/functional';
import { type Prepared, prepare, types } from './encode.js';
import { type Addon, command } from './native.js';

/** From what size on the addon is called; smaller work is done by core's compiled loops. */
export interface Sizes {
  /** Elements times the program's cost, for `map` and `reduce`. */
  readonly map: number;
  /** Multiply-adds of a contraction. */
  readonly contract: number;
  /** Elements moved, scanned or sorted. */
  readonly move: number;
}

/** Bytes up to which arrays that need not be zeroed lie side by side on memory that is not. */
const SHARED = 1 << 14;
const slabs = slabAllocator(fresh, [
  { bytes: 256, slab: 1 << 12 },
  { bytes: 1024, slab: 1 << 14 },
  { bytes: SHARED, slab: 1 << 16 },
]);

/** Memory as it comes: what is zeroed costs two or three times as much. */
function fresh(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Bytes of memory as it comes at most: Node gives no more at a time (`buffer.constants.MAX_LENGTH` on Node 20). */
const MOST_FRESH = 2 ** 32;

/** An array on memory as it comes; undefined if there is none, which the plain backend then says. */
function unzeroed(length: number, dtype: DType): Memory | undefined {
  const { array, bytes } = dtypes[dtype];
  try {
    return new array(fresh(length * bytes));
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}

const MAX_RANK = 12;
const MAX_OPERANDS = 24;
const MAX_STAGES = 8;
/** Cost of a stage's value (see `Prepared`) from which on a fold keeps it. */
const WORTH_KEEPING = 8;
const reducers = { sum: 0, prod: 1, min: 2, max: 3, argmin: 4, argmax: 5 } as const;

let at = 0;
/** The array that was last taken from those given back: it may still be in a cache. */
let warm: object | null = null;

function putShape(shape: readonly number[]): void {
  command[at++] = shape.length;
  for (let d = 0; d < shape.length; d++) command[at++] = shape[d];
}

/** A view's offset and its strides for a shape of `rank` dimensions: 0 where it is repeated. */
function putView(x: View, rank: number): void {
  command[at++] = x.offset;
  const lead = rank - x.shape.length;
  for (let d = 0; d < lead; d++) command[at++] = 0;
  for (let d = 0; d < x.shape.length; d++) command[at++] = x.shape[d] === 1 ? 0 : x.strides[d];
}

function putGroup(g: AxisGroup): void {
  putShape(g.sizes);
  const { a, b, out } = g;
  for (let d = 0; d < a.length; d++) command[at++] = a[d];
  for (let d = 0; d < b.length; d++) command[at++] = b[d];
  for (let d = 0; d < out.length; d++) command[at++] = out[d];
}

function putParams(id: number, params: readonly number[]): void {
  command[0] = id;
  at = 1;
  for (let i = 0; i < params.length; i++) command[at++] = params[i];
}

function sizeOf({ sizes }: AxisGroup): number {
  let n = 1;
  for (let d = 0; d < sizes.length; d++) n *= sizes[d];
  // More axes than the addon takes: as if there were nothing to do for it.
  return sizes.length > MAX_RANK ? NaN : n;
}

/** Whether every operand is dense in the outputs' shape, or a single element. */
function isFlat(views: readonly View[], n: number): boolean {
  for (let i = 0; i < views.length; i++) {
    const x = views[i];
    if (!x.dense || (x.count !== n && x.count !== 1)) return false;
  }
  return true;
}

const bufferOf = (x: View): Memory => x.buffer;

/** Offset and step of views that are dense in one dimension, or a single element. */
function putFlat(views: readonly View[], n: number): void {
  for (let i = 0; i < views.length; i++) {
    const x = views[i];
    command[at++] = x.offset;
    command[at++] = x.count === 1 && n !== 1 ? 0 : 1;
  }
}

/** Device `cpu` through the addon. */
export function nativeBackend(addon: Addon, sizes: Sizes): Backend {
  const plain = cpuBackend;
  return {
    ...plain,
    // Memory that need not be zeroed is taken as it comes: fresh pages cost more than most operators.
    alloc(length, dtype, zeroed) {
      if (zeroed) return plain.alloc(length, dtype, true);
      const old = plain.recycled(length, dtype);
      if (old !== undefined) {
        warm = old;
        return old;
      }
      const small = slabs(length, dtype);
      if (small !== undefined) return small;
      const bytes = length * dtypes[dtype].bytes;
      // What the slabs leave below their bound is too small for them; what is above the other is too large.
      const array = bytes <= SHARED || bytes > MOST_FRESH ? undefined : unzeroed(length, dtype);
      return array ?? plain.alloc(length, dtype, false);
    },

    prepare(program) {
      prepare(addon, program);
      return plain.prepare(program);
    },

    map(program, inputs, outputs, params) {
      const first = outputs[0];
      const n = first.count;
      const prepared = prepare(addon, program);
      if (
        n === 0 ||
        prepared === null ||
        n * prepared.cost < sizes.map ||
        first.shape.length > MAX_RANK ||
        inputs.length + outputs.length > MAX_OPERANDS
      ) {
        plain.map(program, inputs, outputs, params);
        return;
      }
      putParams(prepared.id, params);
      command[at++] = first.buffer === warm ? 1 : 0;
      if (isFlat(inputs, n) && isFlat(outputs, n)) {
        command[at++] = 1;
        command[at++] = n;
        putFlat(inputs, n);
        putFlat(outputs, n);
      } else {
        const rank = first.shape.length;
        putShape(first.shape);
        for (let i = 0; i < inputs.length; i++) putView(inputs[i], rank);
        for (let i = 0; i < outputs.length; i++) putView(outputs[i], rank);
      }
      // The two commonest cases without an array in between.
      const done =
        outputs.length === 1 && inputs.length === 1
          ? addon.map(inputs[0].buffer, first.buffer)
          : outputs.length === 1 && inputs.length === 2
            ? addon.map(inputs[0].buffer, inputs[1].buffer, first.buffer)
            : addon.map(...inputs.map(bufferOf), ...outputs.map(bufferOf));
      if (!done) plain.map(program, inputs, outputs, params);
    },

    reduce(program, reducer, inputs, shape, axes, output, params) {
      let n = 1;
      for (let d = 0; d < shape.length; d++) n *= shape[d];
      const prepared = prepare(addon, program);
      const positions = reducer === 'argmin' || reducer === 'argmax';
      if (
        n === 0 ||
        prepared === null ||
        n * (prepared.cost + 1) < sizes.map ||
        shape.length > MAX_RANK ||
        inputs.length + 1 > MAX_OPERANDS ||
        output.shape.length !== shape.length ||
        output.dtype !== (positions ? 'int32' : program.outputs[0].dtype)
      ) {
        plain.reduce(program, reducer, inputs, shape, axes, output, params);
        return;
      }
      putParams(prepared.id, params);
      command[at++] = reducers[reducer];
      putShape(shape);
      for (let d = 0; d < shape.length; d++) command[at++] = axes.includes(d) ? 1 : 0;
      for (const x of inputs) putView(x, shape.length);
      putView(output, shape.length);
      const done =
        inputs.length === 1
          ? addon.reduce(inputs[0].buffer, output.buffer)
          : addon.reduce(...inputs.map(bufferOf), output.buffer);
      if (!done) {
        plain.reduce(program, reducer, inputs, shape, axes, output, params);
      }
    },

    fold(stages, program, inputs, shape, axes, outputs, params) {
      let n = 1;
      for (let d = 0; d < shape.length; d++) n *= shape[d];
      const last = prepare(addon, program);
      const prepared = stages.map((s) => prepare(addon, s.program));
      const rests = stages.map((s) => restOf(addon, s));
      const kept = rests.findIndex((r) => r !== null);
      if (
        n === 0 ||
        last === null ||
        prepared.includes(null) ||
        n * last.cost < sizes.map ||
        shape.length > MAX_RANK ||
        stages.length > MAX_STAGES ||
        inputs.length + stages.length + 1 + outputs.length > MAX_OPERANDS
      ) {
        return false;
      }
      at = 0;
      putShape(shape);
      for (let d = 0; d < shape.length; d++) command[at++] = axes.includes(d) ? 1 : 0;
      command[at++] = inputs.length;
      command[at++] = stages.length;
      for (let s = 0; s < stages.length; s++) {
        const { reducer } = stages[s];
        command[at++] = (prepared[s] as { id: number }).id;
        command[at++] = reducer === null ? -1 : reducers[reducer];
      }
      command[at++] = last.id;
      command[at++] = kept;
      if (kept >= 0) command[at++] = (rests[kept] as Prepared).id;
      for (let i = 0; i < params.length; i++) command[at++] = params[i];
      command[at++] = outputs[0].buffer === warm ? 1 : 0;
      for (const x of inputs) putView(x, shape.length);
      for (const x of outputs) putView(x, shape.length);
      return addon.fold(...inputs.map(bufferOf), ...outputs.map(bufferOf));
    },

    contract(spec, a, b, out, epilogue) {
      const { batch, row, column, sum } = spec;
      const work = sizeOf(batch) * sizeOf(row) * sizeOf(column) * sizeOf(sum);
      if ((out.dtype !== 'float32' && out.dtype !== 'float64') || !(work >= sizes.contract)) {
        plain.contract(spec, a, b, out, epilogue);
        return;
      }
      command[0] = types[out.dtype];
      command[1] = a.offset;
      command[2] = b.offset;
      command[3] = out.offset;
      at = 4;
      putGroup(batch);
      putGroup(row);
      putGroup(column);
      putGroup(sum);
      if (!addon.contract(a.buffer, b.buffer, out.buffer)) {
        plain.contract(spec, a, b, out, epilogue);
      } else if (epilogue !== undefined) {
        this.map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
      }
    },

    gather(source, indices, output) {
      if (!indexed(addon, sizes, false, source, indices, output, -1)) {
        plain.gather(source, indices, output);
      }
    },

    scatter(source, indices, target, combine) {
      const code = combine === 'set' ? -1 : reducers[combine];
      if (!indexed(addon, sizes, true, target, indices, source, code)) {
        plain.scatter(source, indices, target, combine);
      }
    },

    scan(reducer: Reducer, input, axis, output) {
      const type = types[input.dtype];
      const fits = type >= 0 && input.dtype === output.dtype && input.shape.length <= MAX_RANK;
      if (fits && input.count > 0 && input.count >= sizes.move) {
        command[0] = type;
        command[1] = reducers[reducer];
        at = 2;
        putShape(input.shape);
        command[at++] = axis;
        putView(input, input.shape.length);
        putView(output, input.shape.length);
        if (addon.scan(input.buffer, output.buffer)) return;
      }
      plain.scan(reducer, input, axis, output);
    },

    sort(input, axis, descending, values, indices) {
      const type = types[input.dtype];
      const fits = type >= 0 && input.shape.length > 0 && input.shape.length <= MAX_RANK;
      if (fits && input.count > 0 && input.count >= sizes.move) {
        const rank = input.shape.length;
        command[0] = type;
        command[1] = descending ? 1 : 0;
        command[2] = values === null ? 0 : 1;
        command[3] = indices === null ? 0 : 1;
        at = 4;
        putShape(input.shape);
        command[at++] = axis;
        const views = [input, values, indices].filter((x) => x !== null);
        for (const x of views) putView(x, rank);
        if (addon.sort(...views.map((x) => x.buffer))) return;
      }
      plain.sort(input, axis, descending, values, indices);
    },
  };
}

/** The last program that reads what a stage computed, if that costs more than writing and reading it. */
function restOf(addon: Addon, { program, rest }: FoldStage): Prepared | null {
  if (rest === undefined || (prepare(addon, program)?.cost ?? 0) < WORTH_KEEPING) return null;
  return prepare(addon, rest);
}

/** Gather and scatter; false if the addon has nothing for it. */
function indexed(
  addon: Addon,
  sizes: Sizes,
  scatter: boolean,
  moved: View,
  indices: readonly IndexedAxis[],
  other: View,
  combine: number,
): boolean {
  const type = types[other.dtype];
  const rank = other.shape.length;
  if (
    type < 0 ||
    moved.dtype !== other.dtype ||
    other.count === 0 ||
    other.count < sizes.move ||
    rank > MAX_RANK ||
    indices.length < 1 ||
    indices.length > 8 ||
    indices.some((i) => i.index.dtype !== 'int32')
  ) {
    return false;
  }
  command[0] = scatter ? 1 : 0;
  command[1] = type;
  command[2] = combine;
  command[3] = indices.length;
  at = 4;
  putShape(other.shape);
  putView(other, rank);
  putView(moved, rank);
  for (const { size, stride } of indices) {
    command[at++] = size;
    command[at++] = stride;
  }
  for (const { index } of indices) putView(index, rank);
  command[0] = scatter ? 1 : 0;
  const done = addon.indexed(other.buffer, moved.buffer, ...indices.map((i) => i.index.buffer));
  if (done) return true;
  const [bad, size] = [command[0], command[1]];
  if (size < 0) return false;
  throw new IndexError(
    `index ${bad} is out of range for a dimension of size ${size}; valid are ${-size} to ${size - 1}`,
  );
}
