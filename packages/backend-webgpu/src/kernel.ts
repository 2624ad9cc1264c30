// Putting a kernel together: bindings of the buffers it uses, the numbers it reads, and its text.
import type { View } from '@dl/core/functional';
import { preludeFor } from './prelude.js';
import type { Memory, Runtime } from './runtime.js';
import { type Loops, mergeLoops } from './views.js';
import { type Held, heldAs, type Program } from './wgsl.js';

/** Invocations of a workgroup. */
export const GROUP = 64;

/** What stands before the entry point, and inside it. */
export interface Text {
  /** Declarations of workgroup memory and functions. */
  readonly declarations?: readonly string[];
  readonly lines: readonly string[];
}

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** Collects what one dispatch needs. Buffers that occur several times are bound once. */
export class Kernel {
  private readonly memories: Memory[] = [];
  private readonly types: (Held | 'atomic')[] = [];
  private readonly numbers: number[] = [];

  /** The place of the next number, as text that reads it. */
  number(value: number): string {
    const at = this.numbers.push(value) - 1;
    return `meta_[${at >> 2}].${'xyzw'[at & 3]}`;
  }

  /** A float among the numbers. */
  float(value: number): string {
    floats[0] = value;
    return `bitcast<f32>(${this.number(bits[0] as number)})`;
  }

  /** A program's params as texts. */
  params(program: Program, values: readonly number[]): string[] {
    return program.params.map((dtype, i) => {
      const value = values[i] as number;
      if (heldAs(dtype) === 'f32') return this.float(value);
      if (dtype === 'bool') return `u32(${this.number(value)} != 0)`;
      return `${heldAs(dtype)}(${this.number(value)})`;
    });
  }

  /** The variable that stands for a view's buffer. */
  buffer(view: View, type: Held | 'atomic' = heldAs(view.dtype)): string {
    return this.memory(view.buffer as Memory, type);
  }

  /** The variable that stands for a buffer. */
  memory(memory: Memory, type: Held | 'atomic'): string {
    let i = this.memories.indexOf(memory);
    if (i < 0) {
      i = this.memories.length;
      this.memories.push(memory);
      this.types.push(type);
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
    const words = Math.ceil(this.numbers.length / 4);
    const key = `${name}|${words}|${threads}|${this.types.join(',')}|${code}`;
    const source = (): string => `${preludeFor(code)}
@group(0) @binding(0) var<uniform> meta_: array<vec4<i32>, ${words}>;
${this.types
  .map(
    (t, i) =>
      `@group(1) @binding(${i}) var<storage, read_write> b${i}: array<${t === 'atomic' ? 'atomic<u32>' : t}>;`,
  )
  .join('\n')}
${declarations.join('\n')}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) place_: u32, @builtin(workgroup_id) group_: vec3<u32>, @builtin(num_workgroups) groups_: vec3<u32>) {
  let t = i32(place_);
  let group = i32(group_.x + group_.y * groups_.x);
  ${lines.join('\n  ')}
}`;
    runtime.run({ key, source, numbers: this.numbers, buffers: this.memories, groups });
  }
}

/** Something that is read or written at positions. */
export interface Operand {
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * Lines that take the flat index in `index` apart over a shape, and the position of each operand:
 * `${name}${k}` is the position of operand `k`. Dimensions are merged where all operands allow it.
 */
export function positions(
  kernel: Kernel,
  index: string,
  shape: readonly number[],
  operands: readonly Operand[],
  name: string,
): string[] {
  const loops = mergeLoops(
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

/** Lines that add to each target what the flat index in `index` means over its loops. */
export function walk(
  kernel: Kernel,
  index: string,
  { sizes, strides }: Loops,
  targets: readonly string[],
): string[] {
  const lines: string[] = [];
  const add = (coordinate: string, d: number): void => {
    targets.forEach((target, k) => {
      const stride = (strides[k] as readonly number[])[d] as number;
      // 0 and 1 are in the text: they are what most strides are.
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
    const size = kernel.number(sizes[d] as number);
    lines.push('{', `let whole = rest / ${size};`, `let part = rest - whole * ${size};`);
    add('part', d);
    lines.push('rest = whole;', '}');
  }
  add('rest', 0);
  lines.push('}');
  return lines;
}
