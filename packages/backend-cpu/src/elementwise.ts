// Elementwise programs, map-reductions and folds through the addon.
import { type Backend, cpuBackend, type FoldStage } from '@dl/core/functional';
import {
  bufferOf,
  isFlat,
  MAX_OPERANDS,
  MAX_RANK,
  put,
  putFlat,
  putParams,
  putShape,
  putView,
  reducers,
  startAt,
} from './command.js';
import { type Prepared, prepare } from './encode.js';
import { isWarm } from './memory.js';
import type { Addon, Native } from './native.js';

const MAX_STAGES = 8;
/** Cost of a stage's value (see `Prepared`) from which a fold keeps it. */
const WORTH_KEEPING = 8;

/** See `Backend.map`. */
export const mapWith =
  ({ addon, sizes }: Native): Backend['map'] =>
  (program, inputs, outputs, params) => {
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
      cpuBackend.map(program, inputs, outputs, params);
      return;
    }
    putParams(prepared.id, params);
    put(isWarm(first.buffer));
    if (isFlat(inputs, n) && isFlat(outputs, n)) {
      put(1);
      put(n);
      putFlat(inputs, n);
      putFlat(outputs, n);
    } else {
      const rank = first.shape.length;
      putShape(first.shape);
      for (let i = 0; i < inputs.length; i++) putView(inputs[i], rank);
      for (let i = 0; i < outputs.length; i++) putView(outputs[i], rank);
    }
    // The two most common cases, without creating an array.
    const done =
      outputs.length === 1 && inputs.length === 1
        ? addon.map(inputs[0].buffer, first.buffer)
        : outputs.length === 1 && inputs.length === 2
          ? addon.map(inputs[0].buffer, inputs[1].buffer, first.buffer)
          : addon.map(...inputs.map(bufferOf), ...outputs.map(bufferOf));
    if (!done) cpuBackend.map(program, inputs, outputs, params);
  };

/** See `Backend.reduce`. */
export const reduceWith =
  ({ addon, sizes }: Native): Backend['reduce'] =>
  (program, reducer, inputs, shape, axes, output, params) => {
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
      cpuBackend.reduce(program, reducer, inputs, shape, axes, output, params);
      return;
    }
    putParams(prepared.id, params);
    put(reducers[reducer]);
    putShape(shape);
    for (let d = 0; d < shape.length; d++) put(axes.includes(d) ? 1 : 0);
    for (const x of inputs) putView(x, shape.length);
    putView(output, shape.length);
    const done =
      inputs.length === 1
        ? addon.reduce(inputs[0].buffer, output.buffer)
        : addon.reduce(...inputs.map(bufferOf), output.buffer);
    if (!done) {
      cpuBackend.reduce(program, reducer, inputs, shape, axes, output, params);
    }
  };

/** See `Backend.fold`. */
export const foldWith =
  ({ addon, sizes }: Native): Backend['fold'] =>
  (stages, program, inputs, shape, axes, outputs, params) => {
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
    startAt(0);
    putShape(shape);
    for (let d = 0; d < shape.length; d++) put(axes.includes(d) ? 1 : 0);
    put(inputs.length);
    put(stages.length);
    for (let s = 0; s < stages.length; s++) {
      const { reducer } = stages[s];
      put((prepared[s] as { id: number }).id);
      put(reducer === null ? -1 : reducers[reducer]);
    }
    put(last.id);
    put(kept);
    if (kept >= 0) put((rests[kept] as Prepared).id);
    for (let i = 0; i < params.length; i++) put(params[i]);
    put(isWarm(outputs[0].buffer));
    for (const x of inputs) putView(x, shape.length);
    for (const x of outputs) putView(x, shape.length);
    return addon.fold(...inputs.map(bufferOf), ...outputs.map(bufferOf));
  };

/** The last program that reads a stage's values, if computing them again costs more than writing and reading them. */
function restOf(addon: Addon, { program, rest }: FoldStage): Prepared | null {
  if (rest === undefined || (prepare(addon, program)?.cost ?? 0) < WORTH_KEEPING) return null;
  return prepare(addon, rest);
}
