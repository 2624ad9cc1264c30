// A table of a model's layers.
import {
  callable,
  type DType,
  dtypes,
  forkRng,
  isFloat,
  kinds,
  need,
  noGrad,
  type Shape,
  Tensor,
  zeros,
} from '@dl/core/functional';
import { moduleKind } from './arguments.js';
import { classNameOf, isModule, walk } from './members.js';
import type { AnyModule } from './module.js';
import type { Parameter } from './parameter.js';

/** A line of a summary: one module. */
export interface SummaryRow {
  /** The path of the module; empty for the model itself. */
  readonly path: string;
  readonly type: string;
  /** The shape of the output of its forward, a list for several tensors; null if it did not run. */
  readonly outputShape: Shape | readonly (Shape | null)[] | null;
  /** Number of elements of its own parameters, without those of submodules. */
  readonly parameters: number;
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** The dtype of the inputs. Default: the model's. */
  dtype?: DType;
  /** The device of the inputs. Default: the model's. */
  device?: string;
}

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** The result of `summary`; `toString()` formats it as a table. */
export class ModelSummary {
  readonly layers: readonly SummaryRow[];
  /** Number of elements of all parameters; shared ones count once. */
  readonly parameters: number;
  readonly trainable: number;
  readonly nonTrainable: number;
  /** Bytes of memory of parameters and buffers. */
  readonly bytes: number;

  /** @internal */
  constructor(
    layers: readonly SummaryRow[],
    parameters: Iterable<Parameter>,
    rest: Iterable<Tensor>,
  ) {
    this.layers = layers;
    let [all, trainable, bytes] = [0, 0, 0];
    for (const x of parameters) {
      all += x.count;
      if (x.requiresGrad) trainable += x.count;
      bytes += x.count * dtypes[x.dtype].bytes;
    }
    for (const x of rest) bytes += x.count * dtypes[x.dtype].bytes;
    this.parameters = all;
    this.trainable = trainable;
    this.nonTrainable = all - trainable;
    this.bytes = bytes;
    // What Node's console prints. Bundlers would not drop a class with a computed method.
    const value = () => this.toString();
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  /** The table as text. */
  toString(): string {
    const head = ['Layer', 'Output shape', 'Parameters'];
    const rows = this.layers.map(({ path, type, outputShape, parameters }) => [
      path === '' ? type : `${path}: ${type}`,
      showShape(outputShape),
      grouped(parameters),
    ]);
    const widths = head.map((text, i) =>
      Math.max(text.length, ...rows.map((row) => row[i].length)),
    );
    const line = ([layer, shape, count]: readonly string[]): string =>
      `${layer?.padEnd(widths[0])}  ${shape?.padEnd(widths[1])}  ${count?.padStart(widths[2])}`;
    const rule = '-'.repeat(widths.reduce((a, b) => a + b, 4));
    return [
      line(head),
      rule,
      ...rows.map(line),
      rule,
      `Parameters: ${grouped(this.parameters)} (trainable ${grouped(this.trainable)}, not trainable ${grouped(this.nonTrainable)})`,
      `Memory: ${grouped(this.bytes)} bytes in parameters and buffers`,
    ].join('\n');
  }
}

function showShape(shape: SummaryRow['outputShape']): string {
  if (shape === null) return '-';
  return `[${shape.map((n) => (typeof n === 'number' ? n : showShape(n))).join(', ')}]`;
}

function shapeOf(output: unknown): SummaryRow['outputShape'] {
  if (output instanceof Tensor) return output.shape;
  if (Array.isArray(output)) return output.map((x) => (x instanceof Tensor ? x.shape : null));
  return null;
}

const shapeOrShapes = /*#__PURE__*/ kinds.kind<Shape | readonly Shape[]>(
  'a shape, or a list of shapes for several inputs',
  (x) => kinds.integers.is(x) || (Array.isArray(x) && x.every(kinds.integers.is)),
);

function summaryOf(
  model: AnyModule,
  inputShape: Shape | readonly Shape[],
  options: SummaryOptions = {},
): ModelSummary {
  const first = model.parameters().next().value as Parameter | undefined;
  const own = first !== undefined && isFloat(first.dtype) ? first.dtype : 'float32';
  const made = { dtype: options.dtype ?? own, device: options.device ?? first?.device ?? 'cpu' };
  const several = inputShape.length > 0 && typeof inputShape[0] !== 'number';
  const shapes = (several ? inputShape : [inputShape]) as readonly Shape[];
  const modules = [...model.modules()];
  const modes = modules.map((module) => module.training);
  const outputs = new Map<AnyModule, SummaryRow['outputShape']>();
  const handles = modules.map((module) =>
    module.registerForwardHook((_, __, output) => {
      if (!outputs.has(module)) outputs.set(module, shapeOf(output));
    }),
  );
  try {
    model.eval();
    const inputs = shapes.map((shape) => zeros(shape, made));
    forkRng(() => noGrad(() => model.forward(...(inputs as never[]))));
  } finally {
    for (const handle of handles) handle.remove();
    modules.forEach((module, i) => {
      module.training = modes[i];
    });
  }
  const rows: { -readonly [K in keyof SummaryRow]: SummaryRow[K] }[] = [];
  const counted = new Set<Parameter>();
  for (const [path, holder, members] of walk(model)) {
    if (isModule(holder)) {
      const outputShape = outputs.get(holder) ?? null;
      rows.push({ path, type: classNameOf(holder), outputShape, parameters: 0 });
    }
    // Parameters in an array follow their module, before its children, and count as its own.
    const row = [...rows]
      .reverse()
      .find(({ path: p }) =>
        isModule(holder) ? p === path : p === '' || path.startsWith(`${p}.`),
      );
    for (const [, parameter] of members.parameters) {
      if (counted.has(parameter) || row === undefined) continue;
      counted.add(parameter);
      row.parameters += parameter.count;
    }
  }
  return new ModelSummary(rows, counted, model.buffers());
}

/**
 * Summarizes a model: the output shape and the number of parameters of each module, and totals.
 * It runs a forward pass on zeros, without gradients and in evaluation mode. The
 * model and the global generator are unchanged afterwards.
 *
 * @param inputShape the input's shape, with the batch; a list of shapes for several inputs.
 * @throws any error that the model's forward throws for such an input.
 * @example console.log(summary(net, [1, 784]));
 */
export const summary = /*#__PURE__*/ (() =>
  callable(
    'summary',
    summaryOf,
    [/*#__PURE__*/ need('model', moduleKind), /*#__PURE__*/ need('inputShape', shapeOrShapes)],
    {
      dtype: kinds.dtype,
      device: kinds.string,
    },
  ))();
