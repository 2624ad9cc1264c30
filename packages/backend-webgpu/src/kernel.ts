// Putting a kernel together: bindings of the buffers it uses, the numbers it reads, and its text.
import type { View } from '@dl/core';
import type { Memory, Runtime } from './runtime.js';
import { type Held, heldAs, prelude } from './wgsl.js';

export const GROUP = 64;

/** Collects what one dispatch needs. Buffers that occur several times are bound once. */
export class Kernel {
  private readonly memories: Memory[] = [];
  private readonly types: (Held | 'atomic')[] = [];
  private readonly numbers: number[] = [];

  /** The place of the next number, as text that reads it. */
  number(value: number): string {
    this.numbers.push(value);
    return `meta_[${this.numbers.length - 1}]`;
  }

  /** A float among the numbers. */
  float(value: number): string {
    return `bitcast<f32>(${this.number(new Int32Array(new Float32Array([value]).buffer)[0] as number)})`;
  }

  /** The variable that stands for a view's buffer. */
  buffer(view: View, type: Held | 'atomic' = heldAs(view.dtype)): string {
    const memory = view.buffer as Memory;
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
    const bindings = this.types.map(
      (t, i) =>
        `@group(0) @binding(${i + 1}) var<storage, read_write> b${i}: array<${t === 'atomic' ? 'atomic<u32>' : t}>;`,
    );
    const code = lines.join('\n  ');
    const key = `${name}|${total}|${this.types.join(',')}|${code}`;
    const source = (): string => `${prelude}
@group(0) @binding(0) var<storage, read> meta_: array<i32>;
${bindings.join('\n')}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = i32(id.x + id.y * groups.x * ${GROUP}u);
  if (i >= ${total}) { return; }
  ${code}
}`;
    runtime.run(key, source, new Int32Array(this.numbers), this.memories, Math.ceil(count / GROUP));
  }
}

/**
 * Lines that take the flat index in `index` apart over a shape, and the position of each operand:
 * `${name}${k}` is the position of operand `k`.
 */
export function positions(
  kernel: Kernel,
  index: string,
  shape: readonly number[],
  operands: readonly { readonly offset: number; readonly strides: readonly number[] }[],
  name: string,
): string[] {
  const lines = operands.map((o, k) => `var ${name}${k} = ${kernel.number(o.offset)};`);
  if (shape.length === 0) return lines;
  lines.push(`var ${name}_rest = ${index};`);
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = kernel.number(shape[d] as number);
    lines.push(
      `let ${name}_q${d} = ${name}_rest % ${size};`,
      `${name}_rest = ${name}_rest / ${size};`,
    );
    operands.forEach((o, k) => {
      lines.push(`${name}${k} += ${name}_q${d} * ${kernel.number(o.strides[d] as number)};`);
    });
  }
  return lines;
}

/** A view's strides for a larger shape, aligned at the last dimension; 0 where it is repeated. */
export function broadcast(x: View, rank: number): { offset: number; strides: number[] } {
  const lead = rank - x.shape.length;
  const strides = Array.from({ length: rank }, (_, d) =>
    d < lead || x.shape[d - lead] === 1 ? 0 : (x.strides[d - lead] as number),
  );
  return { offset: x.offset, strides };
}
