// Reductions: threads of a block share the reduced elements of some outputs; long ones are split over blocks.
import {
  type ArgReducer,
  broadcastStrides,
  type DType,
  type Loops,
  numelOf,
  type Program,
  type Reducer,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor } from '../runtime.js';
import { accumulator, isArg } from './combine.js';
import { inner, type Layout, loopsOver, THREADS } from './layout.js';
import { type Reduction, reduceSource } from './reduce-source.js';
import { needsWide, rankClass, reachOf, writeLoops, writeParams } from './source-pieces.js';

/** Elements that one thread may add up one after the other. */
const CHAIN = 256;

/** Accumulators are kept between kernels in memory of this dtype. */
const memoryOf: { readonly [type: string]: DType } = {
  float: 'float32',
  double: 'float64',
  int: 'int32',
  'long long': 'int64',
};

/** What is reduced: loops over the axes that stay (of inputs and output) and that go (of inputs). */
interface Extent {
  readonly inputs: readonly View[];
  readonly kept: Loops;
  readonly gone: Loops;
  readonly outputs: number;
  readonly n: number;
}

function extentOf(
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
): Extent {
  const strides = inputs.map((x) => broadcastStrides(x, shape.length));
  const kept = loopsOver(false, shape, axes, [...strides, output.strides]);
  const gone = loopsOver(true, shape, axes, strides);
  return { inputs, kept, gone, outputs: numelOf(kept.sizes), n: numelOf(gone.sizes) };
}

/** Which neighbors threads are, from where memory is denser and how much there is to share. */
function layoutFor({ kept, gone, outputs, n, inputs }: Extent, enough: number): Layout {
  const ins = inputs.length;
  const byColumns =
    outputs >= 32 && (n === 1 || (outputs > 1 && inner(kept, ins) < inner(gone, ins)));
  if (byColumns) {
    return {
      columns: n <= 8 || (outputs >= THREADS * enough && n <= CHAIN) ? THREADS : 32,
      along: false,
    };
  }
  if (n <= 8 && outputs >= 32) return { columns: THREADS, along: false };
  return n <= 1024 && outputs >= 8 ? { columns: 8, along: true } : { columns: 1, along: true };
}

/** Whether four neighbors can be one access: where rows lie densely and all start where fours do. */
const inFours = ({ inputs, kept, gone, n }: Extent, { along, columns }: Layout): boolean =>
  along &&
  n >= (THREADS / columns) * 4 &&
  gone.sizes.length === 1 &&
  inputs.every(
    (x, i) =>
      gone.strides[i][0] === 1 && x.offset % 4 === 0 && kept.strides[i].every((s) => s % 4 === 0),
  );

/** How many blocks share an output: more than one where few blocks would have much to do. */
function splitsFor({ outputs, n }: Extent, { columns }: Layout, enough: number): number {
  const rows = THREADS / columns;
  const blocks = Math.ceil(outputs / columns);
  const most = Math.ceil(n / (rows * 8));
  const wanted = blocks >= enough && n <= rows * CHAIN * 4 ? 1 : Math.ceil(enough / blocks);
  return Math.max(1, Math.min(wanted, most, 1024));
}

/** How a reduction is run: `splits` blocks share an output; more than one leave pieces for a second kernel. */
interface Plan extends Reduction {
  readonly program: Program;
  readonly splits: number;
}

function planOf(
  run: Executor,
  program: Program,
  reducer: Reducer | ArgReducer,
  extent: Extent,
  result: DType,
): Plan {
  const { inputs, kept, gone, outputs, n } = extent;
  // Blocks that fill the device.
  const { multiprocessors, threadsPerMultiprocessor } = run.info;
  const enough = Math.floor((multiprocessors * threadsPerMultiprocessor) / THREADS);
  const layout = layoutFor(extent, enough);
  const reach = kept.strides.map(
    (s, i) =>
      reachOf(kept.sizes, s) + (i < inputs.length ? reachOf(gone.sizes, gone.strides[i]) : 0),
  );
  return {
    program,
    reducer,
    value: program.outputs[0].dtype,
    result,
    keptRank: rankClass(kept.sizes.length),
    goneRank: rankClass(gone.sizes.length),
    wide: needsWide(n * 2 + THREADS * 8, outputs + THREADS, ...reach),
    layout,
    fours: inFours(extent, layout),
    partial: false,
    splits: splitsFor(extent, layout, enough),
  };
}

/** A launch of a reduction's kernel. */
interface Pass {
  readonly buffers: readonly CudaBuffer[];
  /** Of inputs and output; further buffers have none. */
  readonly offsets: readonly number[];
  readonly kept: Loops;
  readonly gone: Loops;
  readonly outputs: number;
  readonly n: number;
  readonly splits: number;
  readonly params: readonly number[];
}

function launch(run: Executor, reduction: Reduction, pass: Pass): void {
  const { program, reducer, value, result, keptRank, goneRank, wide, partial, fours } = reduction;
  const { columns, along } = reduction.layout;
  const { kept, gone, outputs, n, splits } = pass;
  const id = program === null ? `final ${value} ${result}` : `${program.id} ${result}`;
  const key = `reduce ${id} ${reducer} ${keptRank} ${goneRank} ${wide} ${columns} ${along} ${partial} ${fours}`;
  const { kernel, block } = run.prepare(key, 'reduce', () => reduceSource(reduction));
  writeParams(block, pass.params);
  pass.offsets.forEach((offset, i) => {
    block.set('offset', offset, i);
  });
  block.set('outputs', outputs);
  block.set('n', n);
  const least = fours ? 4 : 1;
  block.set('part', Math.ceil(n / splits / least) * least);
  writeLoops(block, kept, keptRank, 'kept');
  writeLoops(block, gone, goneRank, 'gone');
  run.launch(kernel, pass.buffers, [Math.ceil(outputs / columns), splits, 1], [THREADS, 1, 1]);
}

/** Combines the accumulators of a first kernel, which lie as [splits, outputs]. */
function combinePieces(
  run: Executor,
  plan: Plan,
  { inputs, kept, outputs }: Extent,
  pieces: readonly CudaBuffer[],
  output: View,
): void {
  const { splits } = plan;
  const dense = kept.sizes.map((_, d) => numelOf(kept.sizes.slice(d + 1)));
  const reduction = {
    ...plan,
    program: null,
    goneRank: 1,
    layout: { columns: outputs >= 32 ? 32 : 1, along: outputs < 32 },
    fours: false,
  };
  launch(run, reduction, {
    buffers: [...pieces, output.buffer as CudaBuffer],
    offsets: [0, output.offset],
    kept: { sizes: kept.sizes, strides: [dense, kept.strides[inputs.length]] },
    gone: { sizes: [splits], strides: [[outputs]] },
    outputs,
    n: splits,
    splits: 1,
    params: [],
  });
}

/** See `Backend.reduce`. */
export function reduce(
  run: Executor,
  program: Program,
  reducer: Reducer | ArgReducer,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  output: View,
  params: readonly number[],
): void {
  if (output.count === 0) return;
  const extent = extentOf(inputs, shape, axes, output);
  const plan = planOf(run, program, reducer, extent, output.dtype);
  const { splits } = plan;
  const buffers = inputs.map((x) => x.buffer as CudaBuffer);
  const offsets = inputs.map((x) => x.offset);
  const pass = { ...extent, splits, params };
  if (splits === 1) {
    const out = output.buffer as CudaBuffer;
    launch(run, plan, {
      ...pass,
      buffers: [...buffers, out],
      offsets: [...offsets, output.offset],
    });
    return;
  }
  const { outputs } = extent;
  const pieces = [run.alloc(splits * outputs, memoryOf[accumulator[plan.value]], false)];
  if (isArg(reducer)) pieces.push(run.alloc(splits * outputs, 'int32', false));
  launch(
    run,
    { ...plan, partial: true },
    { ...pass, buffers: [...buffers, ...pieces], offsets: [...offsets, 0] },
  );
  combinePieces(run, plan, extent, pieces, output);
  for (const piece of pieces) run.free(piece);
}
