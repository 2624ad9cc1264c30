// Folds (softmax, normalization): reductions of rows and the map that reads them in one kernel, which reads a row once.
import {
  broadcastStrides,
  type FoldStage,
  type Loops,
  numelOf,
  type Program,
  type View,
} from '@dl/core/functional';
import type { CudaBuffer, Executor } from '../runtime.js';
import type { Block } from './block.js';
import { type Fold, foldSource } from './fold-source.js';
import { inner, type Layout, loopsOver, THREADS, WARP } from './layout.js';
import { needsWide, rankClass, reachOf, writeLoops, writeParams } from './source-pieces.js';

/** Elements of a row that a thread may hold, over all inputs. */
const HELD = 32;
/** Rows up to this length have a warp each. */
const SHORT = 256;

/** What is folded: the operands, and loops over the axes that stay and that are reduced. */
interface Extent {
  /** Inputs, then outputs; `ins` of them are inputs. */
  readonly views: readonly View[];
  readonly ins: number;
  readonly kept: Loops;
  readonly gone: Loops;
  /** Rows, and the elements of one. */
  readonly outputs: number;
  readonly n: number;
}

function extentOf(
  inputs: readonly View[],
  outputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
): Extent {
  const views = [...inputs, ...outputs];
  const strides = views.map((x) => broadcastStrides(x, shape.length));
  const kept = loopsOver(false, shape, axes, strides);
  const gone = loopsOver(true, shape, axes, strides);
  const [rows, n] = [numelOf(kept.sizes), numelOf(gone.sizes)];
  return { views, ins: inputs.length, kept, gone, outputs: rows, n };
}

/** How a fold's threads share rows, from where memory is denser. */
function layoutFor({ kept, gone, outputs, n, ins }: Extent): Layout {
  if (outputs >= WARP && (n <= 8 || inner(kept, ins) < inner(gone, ins))) {
    return { columns: n <= 8 ? THREADS : WARP, along: false };
  }
  return { columns: n <= SHORT && outputs >= 8 ? THREADS / WARP : 1, along: true };
}

/** Whether four neighbors can be one access: where rows lie densely and all start where fours do. */
function inFours({ views, ins, kept, gone, n }: Extent, { along }: Layout): boolean {
  if (!along || rankClass(gone.sizes.length) !== 1 || n % 4 !== 0) return false;
  const even = (x: View, k: number): boolean =>
    x.offset % 4 === 0 && kept.strides[k].every((s) => s % 4 === 0);
  return views.every((x, k) => {
    const stride = gone.strides[k][0];
    return (stride === 0 && k < ins) || (stride === 1 && even(x, k));
  });
}

/** Elements that a thread holds: as many as it has of a row, or none where those are too many. */
function heldFor({ n, ins }: Extent, { columns }: Layout, fours: boolean): number {
  let each = fours ? 4 : 1;
  while (each * (THREADS / columns) < n) each *= 2;
  return each > 16 || each * ins > HELD ? 0 : each;
}

/** How a fold is run. */
function foldOf(stages: readonly FoldStage[], program: Program, extent: Extent): Fold {
  const { views, kept, gone, outputs, n } = extent;
  const layout = layoutFor(extent);
  const reach = views.map(
    (_, k) => reachOf(kept.sizes, kept.strides[k]) + reachOf(gone.sizes, gone.strides[k]),
  );
  const fours = inFours(extent, layout);
  const each = heldFor(extent, layout, fours);
  return {
    stages,
    program,
    keptRank: rankClass(kept.sizes.length),
    goneRank: rankClass(gone.sizes.length),
    wide: needsWide(n + THREADS * HELD, outputs + THREADS, ...reach),
    layout,
    each,
    dense: fours && each > 0 ? gone.strides.map((s) => s[0] === 1) : null,
  };
}

/** What kernels of folds differ in. */
function keyOf({ stages, program, keptRank, goneRank, wide, layout, each, dense }: Fold): string {
  const ids = stages.map((s) => `${s.program.id} ${s.reducer}`);
  const how = [keptRank, goneRank, wide, layout.columns, layout.along, each, dense];
  return `fold ${[...ids, program.id, ...how].join(' ')}`;
}

function writeFold(
  block: Block,
  { stages, program, keptRank, goneRank }: Fold,
  { views, kept, gone, outputs, n }: Extent,
  params: readonly number[],
): void {
  [...stages.map((s) => s.program), program].forEach((part, k) => {
    writeParams(block, params.slice(0, part.params.length), `s${k}_`);
  });
  views.forEach((x, k) => {
    block.set('offset', x.offset, k);
  });
  block.set('outputs', outputs);
  block.set('n', n);
  writeLoops(block, kept, keptRank, 'kept');
  writeLoops(block, gone, goneRank, 'gone');
}

/** See `Backend.fold`. */
export function fold(
  run: Executor,
  stages: readonly FoldStage[],
  program: Program,
  inputs: readonly View[],
  shape: readonly number[],
  axes: readonly number[],
  outputs: readonly View[],
  params: readonly number[],
): boolean {
  const extent = extentOf(inputs, outputs, shape, axes);
  if (extent.outputs === 0 || extent.n === 0) return false;
  // Few long rows are shared out better by one reduction after the other.
  if (extent.n > 16384 && extent.outputs < run.info.multiprocessors * 2) return false;
  const how = foldOf(stages, program, extent);
  const { kernel, block } = run.prepare(keyOf(how), 'fold', () => foldSource(how));
  writeFold(block, how, extent, params);
  const buffers = extent.views.map((x) => x.buffer as CudaBuffer);
  const blocks = Math.ceil(extent.outputs / how.layout.columns);
  run.launch(kernel, buffers, [blocks, 1, 1], [THREADS, 1, 1]);
  return true;
}
