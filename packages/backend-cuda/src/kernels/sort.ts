// Stable sorting along an axis: in a block's own memory where a line fits, else in stages over scratch memory.
import { type Loops, mergeLoops, numelOf, type View } from '@dl/core/functional';
import type { CudaBuffer, Executor } from '../runtime.js';
import { type SortStage, type Stage, sortSource, THREADS, TILE } from './sort-source.js';
import { needsWide, rankClass, reachOf, writeLoops } from './source-pieces.js';

/** What is sorted. */
interface Sorting extends Omit<SortStage, 'stage'> {
  /** The input, then the outputs; and their steps along the axis. */
  readonly views: readonly View[];
  readonly steps: readonly number[];
  /** The loops over lines. */
  readonly loops: Loops;
  readonly lines: number;
  /** The length of a line, and the power of two that it is filled up to. */
  readonly n: number;
  readonly padded: number;
  /** Lines in one go: their scratch memory, and the second dimension of a grid, have their limits. */
  readonly group: number;
}

function sortingOf(
  input: View,
  axis: number,
  descending: boolean,
  values: View | null,
  indices: View | null,
): Sorting {
  const views = [input, ...[values, indices].filter((x) => x !== null)];
  const without = (xs: readonly number[]): number[] => xs.filter((_, d) => d !== axis);
  const loops = mergeLoops(
    without(input.shape),
    views.map((v) => without(v.strides)),
  );
  const steps = views.map((v) => v.strides[axis] ?? 0);
  const n = input.shape[axis] ?? 1;
  const lines = numelOf(loops.sizes);
  let padded = n > TILE ? TILE : 2;
  while (padded < n) padded *= 2;
  const reach = views.map(
    (v, k) => v.offset + reachOf(loops.sizes, loops.strides[k]) + Math.abs(steps[k]) * n,
  );
  const group = Math.max(1, Math.min(lines, 65535, Math.floor(2 ** 27 / padded)));
  return {
    dtype: input.dtype,
    descending,
    rank: rankClass(loops.sizes.length),
    wide: needsWide(lines, group * padded, ...reach),
    values: values !== null,
    indices: indices !== null,
    views,
    steps,
    loops,
    lines,
    n,
    padded,
    group,
  };
}

/** A launch of a stage. */
interface Launch {
  /** Which of the views it touches; scratch memory that it uses as well. */
  readonly used: readonly number[];
  readonly scratch: readonly CudaBuffer[];
  readonly grid: readonly [number, number, number];
  readonly first?: number;
  readonly span?: number;
  readonly gap?: number;
}

/** The stage's kernel: what does not matter to it is the same for all. */
function stageOf(
  { dtype, descending, rank, wide, values, indices }: Sorting,
  stage: Stage,
): SortStage {
  if (stage === 'tile' || stage === 'step') {
    return { stage, dtype, descending, rank: 0, wide, values: false, indices: false };
  }
  return { stage, dtype, descending: stage === 'whole' && descending, rank, wide, values, indices };
}

function launch(run: Executor, sorting: Sorting, stage: Stage, how: Launch): void {
  const { views, steps, loops, n, padded } = sorting;
  const { used, scratch, grid, first = 0, span = 0, gap = 0 } = how;
  const source = stageOf(sorting, stage);
  const { dtype, descending, rank, wide, values, indices } = source;
  const key = `sort ${dtype} ${descending} ${rank} ${wide} ${stage} ${values} ${indices}`;
  const { kernel, block } = run.prepare(key, 'sort', () => sortSource(source));
  block.set('n', n);
  block.set('padded', padded);
  block.set('first', first);
  block.set('span', span);
  block.set('gap', gap);
  if (used.length > 0) {
    const strides = used.map((k) => loops.strides[k]);
    writeLoops(block, { sizes: loops.sizes, strides }, rank);
    used.forEach((k, at) => {
      block.set('offset', views[k].offset, at);
      block.set('step', steps[k], at);
    });
  }
  const buffers = [...used.map((k) => views[k].buffer as CudaBuffer), ...scratch];
  run.launch(kernel, buffers, grid, [stage === 'whole' ? padded / 2 : THREADS, 1, 1]);
}

/** Sorts `count` lines from `first` on by way of scratch memory. */
function sortGroup(
  run: Executor,
  sorting: Sorting,
  first: number,
  count: number,
  scratch: readonly CudaBuffer[],
): void {
  const { views, n, padded } = sorting;
  const outputs = views.map((_, k) => k).slice(1);
  const tiles = { used: [], scratch, grid: [padded / TILE, count, 1] } as const;
  launch(run, sorting, 'load', { used: [0], scratch, grid: [padded / THREADS, count, 1], first });
  launch(run, sorting, 'tile', { ...tiles, gap: 2, span: TILE });
  for (let span = TILE * 2; span <= padded; span *= 2) {
    for (let gap = span / 2; gap >= TILE; gap /= 2) {
      launch(run, sorting, 'step', { ...tiles, span, gap });
    }
    launch(run, sorting, 'tile', { ...tiles, gap: span, span });
  }
  const grid = [Math.ceil(n / THREADS), count, 1] as const;
  launch(run, sorting, 'store', { used: outputs, scratch, grid, first });
}

/** See `Backend.sort`. */
export function sort(
  run: Executor,
  input: View,
  axis: number,
  descending: boolean,
  values: View | null,
  indices: View | null,
): void {
  if (input.count === 0 || (values === null && indices === null)) return;
  const sorting = sortingOf(input, axis, descending, values, indices);
  const { dtype, views, lines, n, padded, group } = sorting;
  if (n <= TILE) {
    const all = views.map((_, k) => k);
    launch(run, sorting, 'whole', { used: all, scratch: [], grid: [lines, 1, 1] });
    return;
  }
  const value = run.alloc(group * padded, dtype, false);
  const place = run.alloc(group * padded, 'int32', false);
  for (let first = 0; first < lines; first += group) {
    sortGroup(run, sorting, first, Math.min(group, lines - first), [value, place]);
  }
  run.free(value);
  run.free(place);
}
