// A program as TypeScript and as the Python that PyTorch runs; both follow from the table.
import { rowOf } from './operations/index.js';
import type { PythonCall } from './operations/row.js';
import {
  type Instruction,
  isDType,
  isList,
  isRef,
  isSpecial,
  nameOf,
  numberOf,
  type Program,
  refsOf,
  type Value,
} from './program.js';

/** `logSoftmax` in Python. */
export const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function typescriptValue(v: Value): string {
  if (isList(v)) return `[${v.map(typescriptValue).join(', ')}]`;
  if (isRef(v)) return v.k === undefined ? nameOf(v) : `${nameOf(v)}!`;
  if (isSpecial(v)) return Object.is(numberOf(v), -0) ? '-0' : String(numberOf(v));
  if (isDType(v)) return `'${v.d}'`;
  return typeof v === 'string' ? `'${v}'` : String(v);
}

const pythonSpecials = {
  nan: "float('nan')",
  inf: "float('inf')",
  '-inf': "float('-inf')",
  '-0': '-0.0',
};

function pythonValue(v: Value): string {
  if (isList(v)) return `[${v.map(pythonValue).join(', ')}]`;
  if (isRef(v)) return nameOf(v);
  if (isSpecial(v)) return pythonSpecials[v.f];
  if (isDType(v)) return `torch.${v.d}`;
  if (v === null) return 'None';
  if (v === true) return 'True';
  if (v === false) return 'False';
  return typeof v === 'string' ? `'${v}'` : String(v);
}

/** An instruction as a line of TypeScript. */
export function typescriptLine(i: Instruction): string {
  const row = rowOf(i.op);
  const args = i.args.map(typescriptValue);
  const options = Object.entries(i.options ?? {}).map(([k, v]) => `${k}: ${typescriptValue(v)}`);
  if (options.length > 0) args.push(`{ ${options.join(', ')} }`);
  let call: string;
  if (row.typescript !== undefined) call = row.typescript(args);
  else if ((row.form ?? 'method') === 'method') {
    call = `${args[0]}.${i.op}(${args.slice(1).join(', ')})`;
  } else call = `${i.op}(${args.join(', ')})`;
  if (i.noGrad) call = `noGrad(() => ${call})`;
  return row.silent ? `${call};` : `const v${i.out} = ${call};`;
}

/** An instruction as a line of Python, which is what the judge runs. */
function pythonLine(i: Instruction): string {
  const row = rowOf(i.op);
  const args = i.args.map(pythonValue);
  const options = Object.fromEntries(
    Object.entries(i.options ?? {}).map(([k, v]) => [snake(k), pythonValue(v)]),
  );
  const rest = (from: number): string =>
    [...args.slice(from), ...Object.entries(options).map(([k, v]) => `${k}=${v}`)].join(', ');
  const written: PythonCall = { args, options, rest, values: i.args };
  let call: string;
  if (typeof row.python === 'function') call = row.python(written);
  else if (row.python !== undefined) call = `${row.python}(${rest(0)})`;
  else call = `${args[0]}.${snake(i.op)}(${rest(1)})`;
  if (row.int32 === 'always') call = `i32(${call})`;
  // With a dtype of its own, the sum has that one on both sides.
  if (row.int32 === 'integers' && options.dtype === undefined)
    call = `i32(${call}, ${args[row.of ?? 0]})`;
  const numbers = [...i.args, ...Object.values(i.options ?? {})];
  if (row.int32 === 'numbers' && numbers.some(Number.isInteger))
    call = `i32(${call}, ${args[row.of ?? 0]})`;
  const line = row.silent ? call : `v${i.out} = ${call}`;
  return i.noGrad ? `with torch.no_grad(): ${line}` : line;
}

const i32 = `def i32(x, of=None):  # int32 is dl's index type and the result of integer sums
    if isinstance(x, tuple): return tuple(i32(e, of if k == 0 else None) for k, e in enumerate(x))
    if of is not None and of.dtype == torch.int64: return x
    return x.to(torch.int32) if x.dtype == torch.int64 else x
`;

const i64 = `def i64(x):  # PyTorch takes int64 alone where dl takes int32 and uint8 too
    return x.long() if x.dtype in (torch.int32, torch.uint8) else x
`;

const place = `def place(x):  # PyTorch takes no uint8 as positions
    return x.int() if x.dtype == torch.uint8 else x
`;

/** What is called in the Python and is not PyTorch's, by name. */
const helpers = { i32, i64, place };

/** The whole program in Python, ready to run. */
export function asPython(program: Program): string {
  const lines = program.instructions.map(pythonLine);
  const head = ['import torch', 'import torch.nn.functional as F'];
  for (const [name, text] of Object.entries(helpers)) {
    if (lines.some((line) => line.includes(`${name}(`))) head.push(text.trimEnd());
  }
  return `${[...head, ...lines].join('\n')}\n`;
}

/** The whole program in TypeScript, ready to run. */
export function asTypescript(program: Program): string {
  const lines = program.instructions.map(typescriptLine);
  const core = new Set<string>();
  const losses = new Set<string>();
  for (const i of program.instructions) {
    const { form } = rowOf(i.op);
    if (form === 'core') core.add(i.op);
    if (form === 'losses') losses.add(i.op);
    if (i.noGrad) core.add('noGrad');
  }
  const head = [`import { ${[...core].sort().join(', ')} } from '@dl/core';`];
  if (losses.size > 0) head.push(`import { ${[...losses].sort().join(', ')} } from '@dl/losses';`);
  return `${[...head, ...lines].join('\n')}\n`;
}

/** What PyTorch's judge is sent for one program. */
export const pythonRequest = (p: Program): object => ({
  lines: p.instructions.map((i) => ({
    out: i.out,
    code: pythonLine(i),
    silent: rowOf(i.op).silent === true,
    refs: refsOf(i).map((ref) => [ref.r, ref.k ?? null]),
  })),
});
