// Whether two judges agree on a program: the rules, and how far values may differ.
import type { DType } from '@dl/core';
import { defaults, type Tolerance } from 'dl-conformance/compare';
import { rowOf } from './operations/index.js';
import { numberFrom, type Outcome, type Reading, type Scalar, type Verdict } from './outcome.js';
import { type Instruction, outOf, type Program, refsOf } from './program.js';

export type Kind =
  | 'crash'
  | 'hang'
  | 'failure'
  | 'error'
  | 'bare error'
  | 'shape'
  | 'dtype'
  | 'requiresGrad'
  | 'value'
  | 'grad'
  | 'shares';

/** A disagreement: the first one, in the order of the instructions. */
export interface Finding {
  readonly kind: Kind;
  /** The instruction, and its name. */
  readonly out: number;
  readonly op: string;
  readonly message: string;
}

/**
 * The one widening. Where the expected answer, or one that is rounded by chance, is farther from float64 than a quarter of the
 * tolerance, rounding decides it: then this many times that distance is allowed on top.
 */
const noiseFactor = 4;

/** Tolerances wider than the defaults, each with its reason. */
const wider: readonly {
  readonly device: string;
  readonly dtype: DType;
  readonly reason: string;
  readonly tolerance: Tolerance;
}[] = [
  {
    device: 'webgpu',
    dtype: 'float32',
    tolerance: { rtol: 1e-4, atol: 1e-5 },
    reason:
      'WGSL lets exp, log, sin and division be several units off, and later steps of a program enlarge that',
  },
];

function differs(actual: readonly Scalar[], expected: Reading, device: string): string | null {
  const { values, noise = 0, dtype } = expected;
  // Rounding has led to an overflow or to another branch: there is nothing to compare with.
  if (noise === null) return null;
  const { rtol, atol } =
    wider.find((w) => w.device === device && w.dtype === dtype)?.tolerance ?? defaults[dtype];
  for (const [n, e] of values.entries()) {
    const a = actual[n];
    if (a === e) continue;
    const distance = Math.abs(numberFrom(a) - numberFrom(e));
    const allowed = atol + rtol * Math.abs(numberFrom(e)) + noiseFactor * noise;
    if (typeof e === 'number' && distance <= allowed) continue;
    return `element ${n} is ${a}, expected ${e}${noise > 0 ? ` (noise ${noise})` : ''}`;
  }
  return null;
}

type Difference = { readonly kind: Kind; readonly message: string };

function readings(a: Reading, e: Reading, device: string): Difference | null {
  if (a.shape.join() !== e.shape.join()) {
    return { kind: 'shape', message: `shape [${a.shape}], expected [${e.shape}]` };
  }
  if (a.dtype !== e.dtype) return { kind: 'dtype', message: `${a.dtype}, expected ${e.dtype}` };
  const value = differs(a.values, e, device);
  return value === null ? null : { kind: 'value', message: value };
}

/** What is not compared, of one register. */
interface Left {
  /** A recorded gradient that depends on nothing may say that it does, and so may what it goes into. */
  readonly requires: boolean;
  /**
   * It was handed to a backward pass, and a later one may have added to it in PyTorch; or PyTorch had written a part
   * before it found a bad index. And what such a tensor goes into from then on.
   */
  readonly values: boolean;
  /** A backward pass failed on its way, and had filled some gradients before. */
  readonly grads: boolean;
  /** Of a pass through a recorded one, a gradient of zeros may be none: that is a matter of formulas. */
  readonly zeros: boolean;
}

function registers(a: Reading, e: Reading, left: Left, device: string): Difference | null {
  const plain = readings(a, e, device);
  if (plain !== null && !(left.values && plain.kind === 'value')) return plain;
  if (a.requiresGrad !== e.requiresGrad && !(left.requires && e.requiresGrad)) {
    return { kind: 'requiresGrad', message: `${a.requiresGrad}, expected ${e.requiresGrad}` };
  }
  if (left.grads) return null;
  if ((a.grad === undefined) !== (e.grad === undefined)) {
    if (left.zeros && (a.grad ?? e.grad)?.values.every((v) => v === 0)) return null;
    return {
      kind: 'grad',
      message: a.grad === undefined ? 'no gradient' : 'a gradient where there is none',
    };
  }
  if (a.grad === undefined || e.grad === undefined) return null;
  const grad = readings(a.grad, e.grad, device);
  return grad === null ? null : { kind: 'grad', message: `gradient: ${grad.message}` };
}

/** Gradients, and what may be a view of them: who shares their memory is not promised. */
const unpromised = (program: Program): Set<number> =>
  reached(program, (i) => (rowOf(i.op).gradients ? [i.out] : []));

/**
 * The registers that instructions name, and what is computed from them afterwards. With groups of registers that share
 * memory, also who shares it with one of them, and what is written to with one as an operand.
 */
function reached(
  program: Program,
  named: (i: Instruction) => readonly number[],
  groups?: Outcome['shares'],
): Set<number> {
  const found = new Set<number>();
  const add = (register: number): void => {
    if (found.has(register)) return;
    found.add(register);
    for (const group of groups ?? []) {
      const members = group.map(outOf);
      if (members.includes(register)) members.forEach(add);
    }
  };
  for (const i of program.instructions) {
    const refs = refsOf(i).map(({ r }) => r);
    if (refs.some((r) => found.has(r))) {
      add(i.out);
      if (groups !== undefined && rowOf(i.op).writes) refs.slice(0, 1).forEach(add);
    }
    named(i).forEach(add);
  }
  return found;
}

function shares(program: Program, a: Outcome, e: Outcome): (Difference & { out: number }) | null {
  const left = unpromised(program);
  const text = (o: Outcome): Map<string, string> => {
    const groups = new Map<string, string>();
    for (const group of o.shares) {
      const kept = group.filter(
        (name) => !left.has(outOf(name)) && name in a.registers && name in e.registers,
      );
      // A tensor without elements shares its memory with nobody that could tell.
      const seen = kept.filter((name) => e.registers[name]?.values.length !== 0);
      if (seen.length > 1) for (const name of seen) groups.set(name, seen.join(' '));
    }
    return groups;
  };
  const [actual, expected] = [text(a), text(e)];
  for (const name of Object.keys(e.registers)) {
    const [mine, wanted] = [actual.get(name), expected.get(name)];
    if (mine === wanted) continue;
    const names = (mine ?? wanted ?? name).split(' ').map(outOf);
    const message = `${name} shares memory with ${mine ?? 'nobody'}, expected ${wanted ?? 'nobody'}`;
    return { kind: 'shares', message, out: Math.max(...names) };
  }
  return null;
}

/** PyTorch lacks a kernel: no word on what is right. */
const lacking =
  /not implemented for|derivative for .* is not implemented|not supported (on|for) |not yet supported|unsupported dtype/i;
/** What only a look at the values tells, which other devices than the CPU do not do. */
const ofValues = new RegExp(
  [
    'index .*out of (range|bounds)|out of bounds|Class values|Target \\d+ is out|(class|label) -?\\d+ at (position|index)',
    'division by zero|ZeroDivisionError|the result -?\\d+ does not fit',
    'the (input|target) must be between 0 and 1, got|should be between 0 and 1|must be probabilities, got NaN',
    'variance, must not be negative|var has negative entry',
  ].join('|'),
  'i',
);

/** A device's refusal of what needs values on the CPU: a shape that depends on them. */
const needsValues = (o: Outcome): boolean =>
  Object.values(o.errors).some((e) => /cannot be read directly; use/.test(e.message));

/** Why a judge's answer says nothing; null where it does. */
export const abstains = (verdict: Verdict): string | null =>
  'outcome' in verdict && needsValues(verdict.outcome) ? 'values are needed on the CPU' : null;

/** Why a program says nothing about a judge; null where it does. */
export function unjudged(expected: Outcome, device: string): string | null {
  for (const problem of Object.values(expected.errors)) {
    if (lacking.test(problem.message)) return 'PyTorch has no kernel';
    if (problem.kind.startsWith('bare')) return 'the reference fails';
    if (device !== 'cpu' && ofValues.test(problem.message)) return 'devices do not check values';
  }
  return null;
}

/** The first disagreement of a judge with the expected outcome; null where they agree. */
export function compare(
  program: Program,
  verdict: Verdict,
  expected: Outcome,
  device: string,
): Finding | null {
  const last = program.instructions.at(-1);
  if ('ended' in verdict) {
    return { kind: verdict.ended, out: last?.out ?? 0, op: last?.op ?? '', message: verdict.how };
  }
  const actual = verdict.outcome;
  if (actual.failure !== undefined) {
    const { kind, message } = actual.failure;
    return {
      kind: 'failure',
      out: last?.out ?? 0,
      op: last?.op ?? '',
      message: `${kind}: ${message}`,
    };
  }
  return errors(program, actual, expected) ?? values(program, actual, expected, device);
}

/** Errors first: after one, registers differ in consequence. */
function errors(program: Program, actual: Outcome, expected: Outcome): Finding | null {
  for (const { out, op } of program.instructions) {
    const [mine, wanted] = [actual.errors[out], expected.errors[out]];
    if (mine?.kind.startsWith('bare')) {
      return { kind: 'bare error', out, op, message: `${mine.kind}: ${mine.message}` };
    }
    if ((mine === undefined) === (wanted === undefined)) continue;
    const message =
      mine === undefined
        ? `no error, expected ${wanted?.kind}: ${wanted?.message}`
        : `${mine.kind}: ${mine.message}; expected none`;
    return { kind: 'error', out, op, message };
  }
  return null;
}

function values(
  program: Program,
  actual: Outcome,
  expected: Outcome,
  device: string,
): Finding | null {
  const shared = shares(program, actual, expected);
  const passes = program.instructions.filter((i) => i.op === 'backward' || i.op === 'grad');
  const failed = passes.some((i) => expected.errors[i.out] !== undefined);
  const recorded = (i: Instruction): boolean => i.options?.createGraph === true;
  const handed: number[] = [];
  const unsure = reached(
    program,
    (i) => {
      const refs = refsOf(i).map(({ r }) => r);
      if (i.op === 'backward') {
        const before = [...handed];
        handed.push(...refs.slice(1));
        return before;
      }
      const torn = rowOf(i.op).writes && ofValues.test(expected.errors[i.out]?.message ?? '');
      return torn ? refs.slice(0, 1) : [];
    },
    expected.shares,
  );
  const ofGradients = reached(
    program,
    (i) => (rowOf(i.op).gradients && recorded(i) ? [i.out] : []),
    expected.shares,
  );
  const first = passes.findIndex(recorded);
  const zeros = first >= 0 && passes.slice(first + 1).some((i) => i.op === 'backward');
  const names = new Set([...Object.keys(expected.registers), ...Object.keys(actual.registers)]);
  for (const { out, op } of program.instructions) {
    for (const name of names) {
      if (outOf(name) !== out) continue;
      const [own, wanted] = [actual.registers[name], expected.registers[name]];
      if (own === undefined || wanted === undefined) {
        const message = `${name} ${own === undefined ? 'is not there' : 'should not be there'}`;
        return { kind: 'shape', out, op, message };
      }
      const found = registers(
        own,
        wanted,
        {
          requires: ofGradients.has(out),
          values: unsure.has(out),
          grads: failed,
          zeros,
        },
        device,
      );
      if (found !== null) return { ...found, out, op, message: `${name}: ${found.message}` };
    }
    if (shared?.out === out) return { ...shared, op };
  }
  return null;
}
