// Running elementwise cases and their map-reductions, and recording them on the tape.
import { isRecording } from '../../autograd/mode.js';
import { anyRequiresGrad, type Backward, GradNode } from '../../autograd/node.js';
import type { Reducer } from '../../backend/contract.js';
import { type DType, dtypes, isFloat } from '../../dtype.js';
import { DTypeError } from '../../errors.js';
import { cast as castExpr, input } from '../../scalar/expr.js';
import { broadcastShapes, type Shape, sameShape } from '../../shape.js';
import { allocate, commonBackend, Tensor } from '../../tensor.js';
import { Case, OUTPUT, UPSTREAM } from './elementwise-case.js';

/** The context that a recorded map or map-reduce keeps besides its saved tensors. */
interface MapContext {
  readonly case: Case;
  readonly params: readonly number[];
  /** The shape that the program ran over. */
  readonly shape: Shape;
  readonly inputShapes: readonly Shape[];
  readonly reduced: boolean;
}

const noNumbers: readonly number[] = [];

/** The shape of these tensors broadcast together. */
export function commonShape(operator: string, inputs: readonly Tensor[]): Shape {
  const first = inputs[0].shape;
  for (let i = 1; i < inputs.length; i++) {
    if (!sameShape(first, inputs[i].shape)) {
      return broadcastShapes(
        operator,
        inputs.map((x) => x.shape),
      );
    }
  }
  return first;
}

/** Throws for operands of other dtypes than the program reads: a device would misinterpret their memory. */
function checkTypes(c: Case, inputs: readonly Tensor[]): void {
  for (let i = 0; i < inputs.length; i++) {
    const { dtype } = inputs[i];
    if (dtype === c.inputs[i]) continue;
    throw new DTypeError(`${c.name}: operand ${i} is ${dtype}, but ${c.inputs[i]} was expected`);
  }
}

/** Runs a case over `shape` (by default the inputs' common shape) into a new tensor. */
export function runMap(
  c: Case,
  inputs: readonly Tensor[],
  params: readonly number[] = noNumbers,
  shape: Shape = commonShape(c.name, inputs),
  backend = commonBackend(c.name, inputs),
): Tensor {
  checkTypes(c, inputs);
  const out = allocate(shape, c.output, backend);
  backend.map(c.program, inputs, [out], params);
  if (isRecording() && anyRequiresGrad(inputs) && isFloat(c.output) && c.depends(inputs)) {
    record(c, inputs, params, shape, out, false);
  }
  return out;
}

/**
 * Runs a case over `shape` and sums (or multiplies, …) over `axes`, which keep size 1. Only sums are recorded on the
 * tape: the other reductions define their own gradients.
 */
export function runReduce(
  c: Case,
  reducer: Reducer,
  inputs: readonly Tensor[],
  params: readonly number[],
  shape: Shape,
  axes: readonly number[],
  backend = commonBackend(c.name, inputs),
): Tensor {
  const outShape = shape.slice();
  for (let i = 0; i < axes.length; i++) outShape[axes[i]] = 1;
  checkTypes(c, inputs);
  // Half-precision results are accumulated in float32, which the caller rounds at the end.
  const wide = c.widened();
  const out = allocate(outShape, wide.output, backend);
  backend.reduce(wide.program, reducer, inputs, shape, axes, out, params);
  if (
    reducer === 'sum' &&
    isRecording() &&
    anyRequiresGrad(inputs) &&
    isFloat(c.output) &&
    c.depends(inputs)
  ) {
    record(wide, inputs, params, shape, out, true);
  }
  return out;
}

function record(
  c: Case,
  inputs: readonly Tensor[],
  params: readonly number[],
  shape: Shape,
  out: Tensor,
  reduced: boolean,
): void {
  let wanted = 0;
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i].requiresGrad) wanted |= 1 << i;
  }
  const flags = c.toSave(wanted, !reduced);
  const saved = new Array<Tensor | null>(flags.length);
  const inputShapes = new Array<Shape>(inputs.length);
  for (let i = 0; i < inputs.length; i++) inputShapes[i] = inputs[i].shape;
  for (let i = 0; i < flags.length; i++) {
    saved[i] = flags[i] ? (i < inputs.length ? inputs[i] : out) : null;
  }
  const context: MapContext = { case: c, params, shape, inputShapes, reduced };
  out.gradFn = new GradNode(c.name, inputs, mapBackward, saved, context);
  out.gradFn.once = c.keepsNumbers;
  if (c.keepsResult && !reduced) out.gradFn.saveToo([out]);
}

const mapBackward: Backward = (node, [g]) => {
  const { case: c, params, shape, inputShapes, reduced } = node.context as MapContext;
  const results = new Array<Tensor | null>(inputShapes.length).fill(null);
  for (let i = 0; i < inputShapes.length; i++) {
    if (!node.wants(i)) continue;
    const derived = c.gradient(i, !reduced);
    const target = inputShapes[i];
    if (derived.identity) {
      results[i] =
        reduced && sameShape(shape, target)
          ? expandTo(g as Tensor, shape)
          : reduced
            ? sumTo(expandTo(g as Tensor, shape), target)
            : sumTo(g as Tensor, target);
      continue;
    }
    const { uses } = derived;
    const operands = new Array<Tensor>(uses.length);
    for (let k = 0; k < uses.length; k++) {
      const use = uses[k];
      operands[k] =
        use === UPSTREAM
          ? (g as Tensor)
          : node.savedTensor(use === OUTPUT ? inputShapes.length : use);
    }
    const backend = (g as Tensor).storage.backend;
    results[i] = sameShape(shape, target)
      ? runMap(derived.case, operands, params, shape, backend)
      : reduceTo(derived.case, operands, params, shape, target, backend);
  }
  return results;
};

const identities = new Map<DType, Case>();

/** The case that returns its input. */
export function identityCase(dtype: DType): Case {
  let c = identities.get(dtype);
  if (c === undefined) {
    c = new Case('sum', input(0, dtype), [dtype], []);
    identities.set(dtype, c);
  }
  return c;
}

const casts = new Map<string, Case>();

/** The case that converts one dtype to another. */
export function castCase(from: DType, to: DType): Case {
  const key = `${from} ${to}`;
  let c = casts.get(key);
  if (c === undefined) {
    // Casts such as float16 to int64 go by way of a type that programs compute in.
    const x = castExpr(input(0, from), dtypes[from].compute);
    c = new Case('to', castExpr(x, to), [from], []);
    casts.set(key, c);
  }
  return c;
}

/** Runs a case over `shape` and sums over the dimensions that `target` lacks: the reverse of broadcasting. */
function reduceTo(
  c: Case,
  inputs: readonly Tensor[],
  params: readonly number[],
  shape: Shape,
  target: Shape,
  backend = commonBackend(c.name, inputs),
): Tensor {
  const lead = shape.length - target.length;
  const axes: number[] = [];
  for (let d = 0; d < shape.length; d++) {
    if (d < lead || (target[d - lead] === 1 && shape[d] !== 1)) axes.push(d);
  }
  const wide = runReduce(c, 'sum', inputs, params, shape, axes, backend);
  const kept = wide.dtype === c.output ? wide : runMap(castCase(wide.dtype, c.output), [wide]);
  return kept.ndim === target.length ? kept : reshapeDense(kept, target);
}

/** Sums a tensor to a shape that broadcasts to its own (PyTorch: `Tensor.sum_to_size`). */
export function sumTo(x: Tensor, target: Shape): Tensor {
  if (sameShape(x.shape, target)) return x;
  return reduceTo(identityCase(x.dtype), [x], noNumbers, x.shape, target);
}

/** A tensor expanded by strides of 0 to a larger shape. */
export function expandTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = shape.length - x.ndim;
  const strides = shape.map((n, d) =>
    d < lead || x.shape[d - lead] !== n ? 0 : x.strides[d - lead],
  );
  return makeView('expand', x, shape, strides, x.offset, expandBackward);
}

const expandBackward: Backward = (node, [g]) => [sumTo(g as Tensor, node.context as Shape)];

/**
 * A result that is a view of memory nothing else references, as a tensor that is not a view: it may be detached in
 * place and changed like any other result.
 */
export function owned(result: Tensor): Tensor {
  result.base = null;
  result.frozen = null;
  return result;
}

/** A contiguous tensor in another shape with as many elements, sharing memory. */
export function reshapeDense(x: Tensor, shape: Shape): Tensor {
  return makeView('view', x, shape, undefined, x.offset, reshapeBackward);
}

const reshapeBackward: Backward = (node, [g]) => {
  const grad = g as Tensor;
  return [reshapeDense(grad.dense ? grad : copyDense(grad), node.context as Shape)];
};

/** The elements in new, contiguous memory. */
export function copyDense(x: Tensor): Tensor {
  return runMap(castCase(x.dtype, x.dtype), [x]);
}

/** A view of `x`; `backward` gets the original shape as the node's context unless another context is given. */
export function makeView(
  name: string,
  x: Tensor,
  shape: Shape,
  strides: readonly number[] | undefined,
  offset: number,
  backward: Backward,
  context: unknown = x.shape,
): Tensor {
  const out = new Tensor(x.storage, shape, strides, offset);
  out.base = x.base ?? x;
  out.frozen = x.frozen;
  if (!isRecording()) out.frozen ??= 'noGrad';
  else if (x.requiresGrad) out.gradFn = new GradNode(name, [x], backward, [], context);
  return out;
}
