// Builds a kernel: bindings of its buffers, its numbers, and its source text.
import type { DType, Loops, Program, View } from '@dl/core/functional';
import { preludeFor } from './prelude.js';
import type { Memory, ParamPlace, Runtime } from './runtime.js';
import { loopsOf } from './views.js';
import { type Held, heldAs, laneOf } from './wgsl.js';

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** Invocations of a workgroup. */
export const GROUP = 64;
/** Workgroups keep a device busy from this many on. */
export const ENOUGH = 64;

/** How a number is encoded among the numbers of a kernel. */
export function wordOf(value: number, dtype: DType): number {
  if (heldAs(dtype) === 'f32') {
    floats[0] = value;
    return bits[0];
  }
  if (dtype === 'bool') return Number(value !== 0);
  return dtype === 'uint8' ? value & 255 : value;
}

/** The code before the entry point, and inside it. */
export interface Text {
  /** Declarations of workgroup memory and functions. */
  readonly declarations?: readonly string[];
  readonly lines: readonly string[];
}

/** How a buffer is bound: as single elements, or as vectors of four like a kernel's values. */
type Bound = Held | 'atomic' | 'vec4<f32>' | 'vec4<i32>' | 'vec4<u32>';

/** Collects the parts of one dispatch. Buffers that occur several times are bound once. */
export class Kernel {
  readonly #memories: Memory[] = [];
  readonly #types: Bound[] = [];
  readonly #numbers: number[] = [];
  readonly #places: ParamPlace[] = [];

  /** `width`: how many adjacent elements a program's values have. */
  constructor(readonly width: 1 | 4 = 1) {}

  /** Adds a number; returns an expression that reads it. */
  number(value: number): string {
    const at = this.#numbers.push(value) - 1;
    return `meta${at >> 2}.${'xyzw'[at & 3]}`;
  }

  /** A program's params as expressions. */
  params(program: Program, values: readonly number[]): string[] {
    return program.params.map((dtype, i) => {
      this.#places.push({ at: this.#numbers.length, index: i, dtype });
      const word = this.number(wordOf(values[i], dtype));
      const held = heldAs(dtype);
      // In WGSL a vec4 of unsigned numbers cannot be created from a signed number.
      const text = held === 'i32' ? word : `bitcast<${held}>(${word})`;
      return `${laneOf(dtype)}(${text})`;
    });
  }

  /** The variable of a view's buffer. */
  buffer(view: View, type: Bound = heldAs(view.dtype)): string {
    return this.memory(view.buffer as Memory, type);
  }

  /** The variable of a view's buffer; `wide`: its elements have the kernel's width. */
  lanes(view: View, wide: boolean): string {
    const type = heldAs(view.dtype);
    return this.buffer(view, wide && this.width === 4 ? `vec4<${type}>` : type);
  }

  /** The value at a position of a view's buffer, in the kernel's width. */
  value(view: View, wide: boolean, at: string): string {
    return `${laneOf(view.dtype)}(${this.lanes(view, wide)}[${at}])`;
  }

  /** The variable of a buffer. */
  memory(memory: Memory, type: Bound): string {
    let i = this.#memories.indexOf(memory);
    if (i < 0) {
      i = this.#memories.length;
      this.#memories.push(memory);
      this.#types.push(type);
    }
    return `b${i}`;
  }

  /** Runs the kernel: one invocation for each of `count` results, whose index is `i`. */
  run(runtime: Runtime, name: string, count: number, lines: readonly string[]): void {
    const total = this.number(count);
    this.runGroups(runtime, name, Math.ceil(count / GROUP), GROUP, {
      lines: [`let i = group * ${GROUP} + t;`, `if (i >= ${total}) { return; }`, ...lines],
    });
  }

  /** Runs workgroups of `threads` invocations: `group` is the workgroup's number, `t` the invocation's. */
  runGroups(
    runtime: Runtime,
    name: string,
    groups: number,
    threads: number,
    { declarations = [], lines }: Text,
  ): void {
    const code = [...declarations, '', ...lines].join('\n  ');
    const words = Math.ceil(this.#numbers.length / 4);
    const key = `${name}|${words}|${threads}|${this.width}|${this.#types.join(',')}|${code}`;
    // Number of invocations in a subgroup, for kernels that use it.
    const apart = code.includes('lanes');
    const source = (): string => `${apart ? 'enable subgroups;' : ''}
${preludeFor(code, this.width)}
@group(0) @binding(0) var<uniform> meta_: array<vec4<i32>, ${words}>;
${this.#types
  .map(
    (t, i) =>
      `@group(1) @binding(${i}) var<storage, read_write> b${i}: array<${t === 'atomic' ? 'atomic<u32>' : t}>;`,
  )
  .join('\n')}
${declarations.join('\n')}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) place_: u32, @builtin(workgroup_id) group_: vec3<u32>, @builtin(num_workgroups) groups_: vec3<u32>${apart ? ', @builtin(subgroup_size) lanes_: u32' : ''}) {
  ${apart ? 'let lanes = i32(lanes_);' : ''}
  let t = i32(place_);
  let group = i32(group_.x + group_.y * groups_.x);
  ${Array.from({ length: words }, (_, i) => `let meta${i} = meta_[${i}];`).join('\n  ')}
  ${lines.join('\n  ')}
}`;
    runtime.run({
      key,
      source,
      numbers: this.#numbers,
      params: this.#places,
      buffers: this.#memories,
      groups,
    });
  }
}

/** Memory that is read or written at positions. */
export interface Operand {
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * Lines that compute from the flat index in `index` over a shape the position of each operand: `${name}${k}` is the
 * position of operand `k`. Dimensions are merged where all operands allow it.
 */
export function positions(
  kernel: Kernel,
  index: string,
  shape: readonly number[],
  operands: readonly Operand[],
  name: string,
): string[] {
  const loops = loopsOf(
    shape,
    operands.map((o) => o.strides),
  );
  return [
    ...operands.map((o, k) => `var ${name}${k} = ${kernel.number(o.offset)};`),
    ...walk(
      kernel,
      index,
      loops,
      operands.map((_, k) => `${name}${k}`),
    ),
  ];
}

/** Elements per iteration of a loop, by the amount of work per element. */
const turn = (lines: number): number => (lines <= 8 ? 8 : 2);

/**
 * Nested loops that run `inner` for every element of `loops`, with the position of each operand in `${name}${k}`; they
 * begin at the positions in `from`.
 */
export function nest(
  kernel: Kernel,
  { sizes, strides }: Loops,
  from: readonly string[],
  name: string,
  inner: readonly string[],
): string[] {
  const last = sizes.length - 1;
  const at = (k: number, d: number): string => (d > last ? `${name}${k}` : `${name}${k}_${d}`);
  const lines = from.map((text, k) => `var ${at(k, 0)} = ${text};`);
  const steps = (d: number): string[] =>
    from.flatMap((_, k) => {
      const stride = (strides[k] as readonly number[])[d];
      return stride === 0 ? [] : [`${at(k, d)} += ${stride === 1 ? 1 : kernel.number(stride)};`];
    });
  if (last < 0) return [...lines, ...inner];
  // The innermost loop processes several elements per iteration; the remainder follows it.
  const some = turn(inner.length);
  const rest = sizes[last] % some;
  sizes.forEach((size, d) => {
    const turns = d === last ? Math.floor(size / some) : size;
    lines.push(`for (var j${d} = 0; j${d} < ${kernel.number(turns)}; j${d}++) {`);
    if (d < last) lines.push(...from.map((_, k) => `var ${at(k, d + 1)} = ${at(k, d)};`));
  });
  const here = from.map((_, k) => `let ${name}${k} = ${at(k, last)};`);
  const one = ['{', ...here, ...inner, ...steps(last), '}'];
  const times = (n: number): string[] => Array.from({ length: n }, () => one).flat();
  lines.push(...times(some), '}', ...times(rest));
  for (let d = last - 1; d >= 0; d--) lines.push(...steps(d), '}');
  return lines;
}

/** Lines that add to each target its offset for the flat index in `index` over its loops. */
export function walk(
  kernel: Kernel,
  index: string,
  { sizes, strides }: Loops,
  targets: readonly string[],
): string[] {
  const lines: string[] = [];
  const add = (coordinate: string, d: number): void => {
    targets.forEach((target, k) => {
      const stride = (strides[k] as readonly number[])[d];
      // 0 and 1 are written in the text, because most strides are 0 or 1.
      if (stride === 0) return;
      lines.push(
        stride === 1
          ? `${target} += ${coordinate};`
          : `${target} += ${coordinate} * ${kernel.number(stride)};`,
      );
    });
  };
  if (sizes.length === 0) return lines;
  if (sizes.length === 1) {
    add(index, 0);
    return lines;
  }
  lines.push('{', `var rest = ${index};`);
  for (let d = sizes.length - 1; d > 0; d--) {
    const size = kernel.number(sizes[d]);
    lines.push('{', `let whole = rest / ${size};`, `let part = rest - whole * ${size};`);
    add('part', d);
    lines.push('rest = whole;', '}');
  }
  add('rest', 0);
  lines.push('}');
  return lines;
}
