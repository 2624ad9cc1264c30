// Makes a failing program small: whatever can be left out, with the same disagreement, is left out.
import type { Finding } from './compare.js';
import { rowOf } from './operations/index.js';
import {
  type Instruction,
  isList,
  isRef,
  mapInstruction,
  type Program,
  refsOf,
  type Value,
} from './program.js';

/** What is wrong with a program; null where nothing is. */
export type Check = (program: Program) => Promise<Finding | null>;

const sameFault = (a: Finding, b: Finding | null): boolean =>
  b !== null && a.kind === b.kind && a.op === b.op;

/** The program without some instructions, and without all that refers to them. */
function without(program: Program, left: ReadonlySet<number>): Program {
  const gone = new Set(left);
  const instructions = program.instructions.filter((i) => {
    if (!gone.has(i.out) && !refsOf(i).some(({ r }) => gone.has(r))) return true;
    gone.add(i.out);
    return false;
  });
  return { ...program, instructions };
}

/** The program with every use of a register replaced by what the instruction was given. */
function* bypassed(program: Program, i: Instruction): Generator<Program> {
  for (const ref of refsOf(i)) {
    const rest = program.instructions.filter((j) => j !== i);
    const use = (v: Value): Value => (isRef(v) && v.r === i.out ? ref : v);
    yield { ...program, instructions: rest.map((j) => mapInstruction(j, use)) };
  }
}

/** Simpler forms of one instruction. */
function* simpler(i: Instruction): Generator<Instruction> {
  if (i.noGrad) {
    const { noGrad: _, ...rest } = i;
    yield rest;
  }
  for (const name of Object.keys(i.options ?? {})) {
    if (name === 'dtype') continue;
    const { [name]: _, ...options } = i.options ?? {};
    const { options: __, ...rest } = i;
    yield Object.keys(options).length > 0 ? { ...rest, options } : rest;
  }
  if (i.op === 'tensor') {
    for (const data of smaller(i.args[0])) yield { ...i, args: [data] };
  }
}

/** Literals with fewer elements, and with plainer ones. */
function* smaller(data: Value): Generator<Value> {
  if (!isList(data)) {
    if (data !== 1) yield 1;
    return;
  }
  if (data.length > 1) {
    yield data.slice(0, Math.ceil(data.length / 2));
    yield data.slice(0, -1);
    yield data.slice(1);
  }
  const inner = data[0];
  if (inner !== undefined && isList(inner) && inner.length > 1) {
    yield data.map((row) => (isList(row) ? row.slice(0, -1) : row));
  }
  const plain = (v: Value): Value =>
    isList(v) ? v.map(plain) : typeof v === 'number' ? Math.round(v) : v;
  if (JSON.stringify(plain(data)) !== JSON.stringify(data)) yield plain(data);
}

function* candidates(program: Program): Generator<Program> {
  const { instructions } = program;
  // Whole stretches first.
  for (let size = instructions.length >> 1; size >= 1; size >>= 1) {
    for (let at = instructions.length - size; at >= 0; at -= size) {
      yield without(program, new Set(instructions.slice(at, at + size).map((i) => i.out)));
    }
  }
  for (const i of instructions) if (!rowOf(i.op).creates) yield* bypassed(program, i);
  for (const i of instructions) {
    for (const other of simpler(i))
      yield { ...program, instructions: instructions.map((j) => (j === i ? other : j)) };
  }
}

/** Registers in the order of the program: v0, v1, … */
function renumbered(program: Program): Program {
  const names = new Map(program.instructions.map((i, n) => [i.out, n]));
  const change = (v: Value): Value => (isRef(v) ? { ...v, r: names.get(v.r) ?? v.r } : v);
  return {
    ...program,
    instructions: program.instructions.map((i, n) => ({ ...mapInstruction(i, change), out: n })),
  };
}

/** The smallest program that still has this finding, as far as the tries go. */
export async function shrink(
  program: Program,
  finding: Finding,
  check: Check,
  tries = 400,
): Promise<{ program: Program; finding: Finding }> {
  let best = { program, finding };
  let left = tries;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of candidates(best.program)) {
      if (left-- <= 0) break;
      const found = await check(candidate);
      if (found !== null && sameFault(finding, found)) {
        best = { program: candidate, finding: found };
        progress = true;
        break;
      }
    }
  }
  const last = renumbered(best.program);
  const again = await check(last);
  return again !== null && sameFault(finding, again) ? { program: last, finding: again } : best;
}
