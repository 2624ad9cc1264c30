// Programs: expressions lowered to a linear list of steps, which backends compile and cache.
import type { DType } from '../dtype.js';
import type { Expr } from './expr.js';
import type { ScalarOp } from './primitives.js';

/** Where a step's argument comes from. */
export type Source =
  | { readonly from: 'input' | 'param' | 'step'; readonly index: number; readonly dtype: DType }
  | { readonly from: 'const'; readonly value: number; readonly dtype: DType };

/** One primitive applied to earlier results; step `i` defines result `i`. */
export interface Step {
  readonly op: ScalarOp;
  readonly args: readonly Source[];
  readonly dtype: DType;
}

/**
 * An elementwise computation: for every element, read the inputs, run the steps, write the outputs.
 * Programs are interned: the same computation is the same object, with the same `key`.
 */
export interface Program {
  /** Canonical text of the whole computation: the key for caches that outlive the process. */
  readonly key: string;
  /** Small number, unique in this process. */
  readonly id: number;
  /** dtypes of the input tensors; an input may be unused. */
  readonly inputs: readonly DType[];
  /** dtypes in which run-time numbers are passed. */
  readonly params: readonly DType[];
  readonly steps: readonly Step[];
  readonly outputs: readonly Source[];
  /** Backends store their compiled form of this program here, by backend name. */
  readonly compiled: Map<string, unknown>;
}

const programs = new Map<string, Program>();

/** Lowers expressions to a program with these inputs and params. */
export function lower(
  roots: readonly Expr[],
  inputs: readonly DType[],
  params: readonly DType[],
): Program {
  const steps: Step[] = [];
  const sources = new Map<Expr, Source>();
  const visit = (node: Expr): Source => {
    const known = sources.get(node);
    if (known !== undefined) return known;
    let source: Source;
    const dtype = node.dtype;
    if (node.op === 'input' || node.op === 'param') {
      source = { from: node.op, index: node.value, dtype };
    } else if (node.op === 'const') {
      source = { from: 'const', value: node.value, dtype };
    } else {
      const args = node.args.map(visit);
      source = { from: 'step', index: steps.length, dtype };
      steps.push({ op: node.op, args, dtype });
    }
    sources.set(node, source);
    return source;
  };
  const outputs = roots.map(visit);
  const key = [
    inputs.join(','),
    params.join(','),
    ...steps.map((s) => `${s.op}:${s.dtype}(${s.args.map(describe).join(',')})`),
    outputs.map(describe).join(','),
  ].join(';');
  let program = programs.get(key);
  if (program === undefined) {
    program = { key, id: programs.size, inputs, params, steps, outputs, compiled: new Map() };
    programs.set(key, program);
  }
  return program;
}

function describe(source: Source): string {
  if (source.from !== 'const') return `${source.from[0]}${source.index}`;
  return `${Object.is(source.value, -0) ? '-0' : source.value}:${source.dtype}`;
}
