// The text of a tensor, character for character as PyTorch's repr() writes it.
import type { DType } from '../dtype.js';
import { type Column, chooseColumn } from './column.js';
import { getPrintOptions, mergePrintOptions, type PrintOptions } from './options.js';

/** The properties of a tensor that printing uses. */
export interface Printable {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Element at a row-major (logical) index; booleans are 0/1, int64 as bigint. */
  at(index: number): number | bigint;
  /** Printed as `device='webgpu:0'` if it is not `cpu`. */
  readonly device: string;
  /** Printed as `requires_grad=True`, for leaves only. */
  readonly requiresGrad: boolean;
  /** Name of the node that produced the tensor, such as `MulBackward0`; none for a leaf. */
  readonly gradFn?: string | undefined;
}

const prefix = 'tensor(';

/**
 * A tensor as text: values in columns, long tensors summarized, then device, dtype (except float32, int64 and bool) and
 * the gradient's origin.
 *
 * PyTorch: `repr(tensor)`.
 *
 * @param x the tensor's shape, dtype, elements and labels; for a summary only the shown elements are read
 * @param options settings for this call; those left out come from `setPrintOptions`
 * @returns one line or several, without a final line break
 * @throws ValueError if a setting is not a valid number
 * @example
 * formatTensor(tensor([[1, 2], [3, 4]]));
 * // tensor([[1., 2.],
 * //         [3., 4.]])
 */
export function formatTensor(x: Printable, options: Partial<PrintOptions> = {}): string {
  const settings = mergePrintOptions('formatTensor', getPrintOptions(), options);
  const count = x.shape.reduce((product, size) => product * size, 1);
  const body = count === 0 ? '[]' : formatValues(x, count, settings);
  return withSuffixes(prefix + body, suffixesOf(x, count, settings), settings);
}

function formatValues(x: Printable, count: number, options: PrintOptions): string {
  const summarize = count > options.threshold;
  const shown = x.shape.map((size) => shownIndices(size, summarize, options.edgeitems));
  const column = chooseColumn(x.dtype, shownValues(x, shown), options);
  return formatBlock({ x, shown, column, options }, 0, 0);
}

/** A gap stands for the entries that a summary omits. */
const gap = -1;

/** The printed indices of a dimension, in order, with a gap for those that are omitted. */
function shownIndices(size: number, summarize: boolean, edge: number): number[] {
  if (!summarize || size <= 2 * edge) return Array.from({ length: size }, (_, i) => i);
  const head = Array.from({ length: edge }, (_, i) => i);
  return [...head, gap, ...head.map((i) => size - edge + i)];
}

function shownValues(x: Printable, shown: readonly number[][]): (number | bigint)[] {
  let positions = [0];
  shown.forEach((indices, dim) => {
    const size = x.shape[dim];
    positions = positions.flatMap((base) =>
      indices.filter((i) => i !== gap).map((i) => base * size + i),
    );
  });
  return positions.map((position) => x.at(position));
}

interface Layout {
  readonly x: Printable;
  readonly shown: readonly number[][];
  readonly column: Column;
  readonly options: PrintOptions;
}

/** The part of the tensor at `dim` leading indices, which correspond to row-major block `block`. */
function formatBlock(layout: Layout, dim: number, block: number): string {
  const { x, shown, column } = layout;
  const rank = x.shape.length;
  if (dim === rank) return column.format(x.at(block));
  const first = block * x.shape[dim];
  const indent = ' '.repeat(prefix.length + dim + 1);
  if (dim === rank - 1) {
    const dots = shown[dim].length === 1 ? '...' : ' ...';
    const entries = shown[dim].map((i) => (i === gap ? dots : column.format(x.at(first + i))));
    return `[${brokenLines(entries, indent, layout).join(`,\n${indent}`)}]`;
  }
  const blocks = shown[dim].map((i) =>
    i === gap ? '...' : formatBlock(layout, dim + 1, first + i),
  );
  return `[${blocks.join(`,${'\n'.repeat(rank - dim - 1)}${indent}`)}]`;
}

/** A row's entries, as many per line as fit. */
function brokenLines(entries: readonly string[], indent: string, layout: Layout): string[] {
  // PyTorch does not count the opening bracket, and counts a gap as one full entry.
  const room = layout.options.linewidth - (indent.length - 1);
  const perLine = Math.max(1, Math.floor(room / (layout.column.width + ', '.length)));
  const lines: string[] = [];
  for (let start = 0; start < entries.length; start += perLine) {
    lines.push(entries.slice(start, start + perLine).join(', '));
  }
  return lines;
}

function suffixesOf(x: Printable, count: number, options: PrintOptions): string[] {
  const suffixes: string[] = [];
  if (x.device !== 'cpu') suffixes.push(`device='${x.device}'`);
  // The size is printed if the brackets do not show it.
  if (count === 0 ? x.shape.length !== 1 : options.edgeitems === 0) {
    suffixes.push(`size=${pythonTuple(x.shape)}`);
  }
  // Without any element, every dtype except float32 is printed.
  const obvious = count === 0 ? ['float32'] : ['float32', 'int64', 'bool'];
  if (!obvious.includes(x.dtype)) suffixes.push(`dtype=torch.${x.dtype}`);
  if (x.gradFn !== undefined) suffixes.push(`grad_fn=<${x.gradFn}>`);
  else if (x.requiresGrad) suffixes.push('requires_grad=True');
  return suffixes;
}

function pythonTuple(values: readonly number[]): string {
  return values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;
}

/** Appends the suffixes, each on the last line if it fits, otherwise on a new one. */
function withSuffixes(text: string, suffixes: readonly string[], options: PrintOptions): string {
  // The two further characters are PyTorch's: it counts from the line break, and adds one.
  let width = text.length - text.lastIndexOf('\n') + 1;
  let result = text;
  for (const suffix of suffixes) {
    if (width + suffix.length + 2 > options.linewidth) {
      result += `,\n${' '.repeat(prefix.length)}${suffix}`;
      width = prefix.length + suffix.length;
    } else {
      result += `, ${suffix}`;
      width += suffix.length + 2;
    }
  }
  return `${result})`;
}
