// The backend contract on WebGPU: one invocation for each result, or for each line.
import type { AxisGroup, Backend, DType, IndexedAxis, Reducer, TypedArray, View } from '@dl/core';
import { broadcast, Kernel, positions } from './kernel.js';
import type { Memory, Runtime } from './runtime.js';
import { body, type Held, heldAs, inputsRead, literal, type Program } from './wgsl.js';

/** The elements as 32-bit ones, as the device holds them. */
function widened(data: TypedArray, dtype: DType): ArrayBufferView {
  return heldAs(dtype) === 'u32' ? Uint32Array.from(data as Uint8Array) : data;
}

function narrowed(bytes: ArrayBuffer, dtype: DType): TypedArray {
  const held = heldAs(dtype);
  if (held === 'f32') return new Float32Array(bytes);
  if (held === 'i32') return new Int32Array(bytes);
  return Uint8Array.from(new Uint32Array(bytes));
}

/** A program's params as texts. */
const paramTexts = (kernel: Kernel, program: Program, params: readonly number[]): string[] =>
  program.params.map((dtype, i) =>
    heldAs(dtype) === 'f32'
      ? kernel.float(params[i] as number)
      : dtype === 'bool'
        ? `u32(${kernel.number(params[i] as number)} != 0)`
        : `${heldAs(dtype)}(${kernel.number(params[i] as number)})`,
  );

/** The neutral element of a reducer, and how two values combine. */
function combination(
  reducer: Reducer,
  dtype: DType,
): { start: string; combine: (a: string, b: string) => string } {
  const type: Held = heldAs(dtype);
  const float = type === 'f32';
  const least = float
    ? '(-bitcast<f32>(inf_bits))'
    : literal(type === 'u32' ? 0 : -2147483648, dtype);
  const most = float ? 'bitcast<f32>(inf_bits)' : literal(type === 'u32' ? 255 : 2147483647, dtype);
  const [min, max] = float ? ['min_', 'max_'] : ['min', 'max'];
  const table = {
    sum: { start: `${type}(0)`, combine: (a: string, b: string) => `${a} + ${b}` },
    prod: { start: `${type}(1)`, combine: (a: string, b: string) => `${a} * ${b}` },
    min: { start: most, combine: (a: string, b: string) => `${min}(${a}, ${b})` },
    max: { start: least, combine: (a: string, b: string) => `${max}(${a}, ${b})` },
  } satisfies Record<Reducer, unknown>;
  return table[reducer];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, s) => n * s, 1);

/** Device `webgpu` on a runtime. */
export function webgpuBackend(runtime: Runtime): Backend {
  const backend: Backend = {
    device: 'webgpu',
    counted: true,
    alloc(length, dtype, zeroed) {
      heldAs(dtype);
      return runtime.alloc(length, zeroed);
    },
    free(buffer) {
      runtime.free(buffer as Memory);
    },
    memory: () => ({ live: runtime.live, pooled: runtime.pooled }),
    emptyCache() {
      runtime.emptyCache();
    },
    upload: (data, dtype) => runtime.upload(widened(data, dtype), data.length),
    async download(buffer, dtype, offset, length) {
      return narrowed(await runtime.download(buffer as Memory, offset, length), dtype);
    },
    prepare() {},
    sync: () => runtime.sync(),

    map(program, inputs, outputs, params) {
      const first = outputs[0] as View;
      if (first.count === 0) return;
      const kernel = new Kernel();
      const rank = first.shape.length;
      const operands = [...inputs, ...outputs].map((x) => broadcast(x, rank));
      const lines = positions(kernel, 'i', first.shape, operands, 'p');
      // A buffer that a shader does not read may not be bound.
      for (const k of inputsRead(program)) {
        lines.push(`let x${k} = ${kernel.buffer(inputs[k] as View)}[p${k}];`);
      }
      const code = body(
        program,
        inputs.map((_, k) => `x${k}`),
        paramTexts(kernel, program, params),
      );
      lines.push(...code.lines);
      outputs.forEach((x, k) => {
        lines.push(`${kernel.buffer(x)}[p${inputs.length + k}] = ${code.outputs[k]};`);
      });
      kernel.run(runtime, 'map', first.count, lines);
    },

    reduce(program, reducer, inputs, shape, axes, output, params) {
      if (output.count === 0) return;
      const kernel = new Kernel();
      const rank = shape.length;
      const gone = axes.map((d) => shape[d] as number);
      const kept = shape.map((n, d) => (axes.includes(d) ? 1 : n));
      const views = inputs.map((x) => broadcast(x, rank));
      const lines = positions(kernel, 'i', kept, [...views, output], 'p');
      const dtype = (program.outputs[0] as Program['outputs'][number]).dtype;
      const arg = reducer === 'argmin' || reducer === 'argmax';
      const { start, combine } = combination(
        reducer === 'argmin' ? 'min' : reducer === 'argmax' ? 'max' : reducer,
        dtype,
      );
      lines.push(`var total = ${start};`, 'var place = 0;');
      lines.push(`for (var j = 0; j < ${kernel.number(sizeOf(gone))}; j++) {`);
      const inner = views.map((v) => ({
        offset: 0,
        strides: axes.map((d) => v.strides[d] as number),
      }));
      lines.push(...positions(kernel, 'j', gone, inner, 'q'));
      for (const k of inputsRead(program)) {
        lines.push(`let x${k} = ${kernel.buffer(inputs[k] as View)}[p${k} + q${k}];`);
      }
      const code = body(
        program,
        inputs.map((_, k) => `x${k}`),
        paramTexts(kernel, program, params),
      );
      lines.push(...code.lines, `let value = ${code.outputs[0]};`);
      if (arg) {
        const better = reducer === 'argmax' ? 'value > total' : 'value < total';
        const nan = heldAs(dtype) === 'f32' ? ' || (is_nan(value) && !is_nan(total))' : '';
        lines.push(`if (j == 0 || ${better}${nan}) { total = value; place = j; }`);
      } else {
        lines.push(`total = ${combine('total', 'value')};`);
      }
      lines.push('}', `${kernel.buffer(output)}[p${inputs.length}] = ${arg ? 'place' : 'total'};`);
      kernel.run(runtime, 'reduce', output.count, lines);
    },

    contract(spec, a, b, out, epilogue) {
      const kernel = new Kernel();
      const kept: AxisGroup[] = [spec.batch, spec.row, spec.column];
      const shape = kept.flatMap((g) => g.sizes);
      const count = sizeOf(shape);
      if (count === 0) return;
      const outer = (
        side: 'a' | 'b' | 'out',
        offset: number,
      ): { offset: number; strides: number[] } => ({
        offset,
        strides: kept.flatMap((g) => g[side]),
      });
      const lines = positions(
        kernel,
        'i',
        shape,
        [outer('a', a.offset), outer('b', b.offset), outer('out', out.offset)],
        'p',
      );
      const type = heldAs(out.dtype);
      lines.push(`var total = ${type}(0);`);
      lines.push(`for (var j = 0; j < ${kernel.number(sizeOf(spec.sum.sizes))}; j++) {`);
      lines.push(
        ...positions(
          kernel,
          'j',
          spec.sum.sizes,
          [
            { offset: 0, strides: spec.sum.a },
            { offset: 0, strides: spec.sum.b },
          ],
          'q',
        ),
      );
      lines.push(`total += ${kernel.buffer(a)}[p0 + q0] * ${kernel.buffer(b)}[p1 + q1];`, '}');
      lines.push(`${kernel.buffer(out)}[p2] = total;`);
      kernel.run(runtime, 'contract', count, lines);
      if (epilogue !== undefined) {
        backend.map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
      }
    },

    scan(reducer, input, axis, output) {
      if (input.count === 0) return;
      const kernel = new Kernel();
      const length = input.shape[axis] as number;
      const lineShape = input.shape.map((n, d) => (d === axis ? 1 : n));
      const lines = positions(kernel, 'i', lineShape, [input, output], 'p');
      const { start, combine } = combination(reducer, output.dtype);
      const [from, to] = [kernel.buffer(input), kernel.buffer(output)];
      // The CPU carries sums in double precision: here what each step loses is carried along.
      const careful = reducer === 'sum' && heldAs(output.dtype) === 'f32';
      lines.push(
        `var total = ${start};`,
        ...(careful ? ['var lost = 0.0;'] : []),
        `for (var j = 0; j < ${kernel.number(length)}; j++) {`,
        `let value = ${from}[p0 + j * ${kernel.number(input.strides[axis] as number)}];`,
        ...(careful
          ? ['let next = total + value;', 'lost += lost_(total, value, next);', 'total = next;']
          : [`if (j == 0) { total = value; } else { total = ${combine('total', 'value')}; }`]),
        `${to}[p1 + j * ${kernel.number(output.strides[axis] as number)}] = ${careful ? 'select(total, total + lost, abs(lost) < bitcast<f32>(inf_bits))' : 'total'};`,
        '}',
      );
      kernel.run(runtime, 'scan', sizeOf(lineShape), lines);
    },

    gather(source, indices, output) {
      if (output.count === 0) return;
      const kernel = new Kernel();
      const lines = indexedPositions(kernel, source, indices, output, true);
      lines.push(`${kernel.buffer(output)}[p1] = ${kernel.buffer(source)}[p0];`);
      kernel.run(runtime, 'gather', output.count, lines);
    },

    scatter(source, indices, target, combine) {
      if (source.count === 0) return;
      const kernel = new Kernel();
      const type = heldAs(target.dtype);
      const lines = indexedPositions(kernel, target, indices, source, false);
      const value = `${kernel.buffer(source)}[p1]`;
      if (combine === 'set') {
        lines.push(`if (inside) { ${kernel.buffer(target)}[p0] = ${value}; }`);
        kernel.run(runtime, 'scatter', source.count, lines);
        return;
      }
      // Several sources may meet in one place: each tries until nobody came between.
      const place = `${kernel.buffer(target, 'atomic')}[p0]`;
      const { combine: join } = combination(combine, target.dtype);
      lines.push(
        'if (inside) {',
        `let mine = ${value};`,
        `var seen = atomicLoad(&${place});`,
        'loop {',
        `let next = bitcast<u32>(${join(`bitcast<${type}>(seen)`, 'mine')});`,
        `let result = atomicCompareExchangeWeak(&${place}, seen, next);`,
        'if (result.exchanged) { break; }',
        'seen = result.old_value;',
        '}',
        '}',
      );
      kernel.run(runtime, 'scatter', source.count, lines);
    },

    sort(input, axis, descending, values, indices) {
      if (input.count === 0) return;
      const kernel = new Kernel();
      const length = input.shape[axis] as number;
      const none = { offset: 0, strides: input.shape.map(() => 0) };
      // Each element counts how many come before it: its place.
      const whole = input.shape;
      const lineStart = { ...input, strides: input.strides.map((s, d) => (d === axis ? 0 : s)) };
      const targets = [values, indices].map((v) =>
        v === null
          ? none
          : { offset: v.offset, strides: v.strides.map((s, d) => (d === axis ? 0 : s)) },
      );
      const lines = positions(kernel, 'i', whole, [lineStart, ...targets], 'p');
      const from = kernel.buffer(input);
      const step = kernel.number(input.strides[axis] as number);
      const nan = heldAs(input.dtype) === 'f32';
      const less = (a: string, b: string): string =>
        nan ? `((!is_nan(${a}) && is_nan(${b})) || ${a} < ${b})` : `(${a} < ${b})`;
      const before = descending ? less('mine', 'other') : less('other', 'mine');
      const after = descending ? less('other', 'mine') : less('mine', 'other');
      lines.push(
        `let own = p_q${axis};`,
        `let mine = ${from}[p0 + own * ${step}];`,
        'var rank = 0;',
        `for (var j = 0; j < ${kernel.number(length)}; j++) {`,
        `let other = ${from}[p0 + j * ${step}];`,
        `if (${before} || (!${after} && j < own)) { rank++; }`,
        '}',
      );
      if (values !== null) {
        lines.push(
          `${kernel.buffer(values)}[p1 + rank * ${kernel.number(values.strides[axis] as number)}] = mine;`,
        );
      }
      if (indices !== null) {
        lines.push(
          `${kernel.buffer(indices)}[p2 + rank * ${kernel.number(indices.strides[axis] as number)}] = own;`,
        );
      }
      kernel.run(runtime, 'sort', input.count, lines);
    },
  };
  return backend;
}

/** Positions in the indexed view (`p0`) and the plain one (`p1`); `inside` tells whether all indices are. */
function indexedPositions(
  kernel: Kernel,
  moved: View,
  indices: readonly IndexedAxis[],
  plain: View,
  clamp: boolean,
): string[] {
  const rank = plain.shape.length;
  const views = [moved, plain, ...indices.map((i) => i.index)].map((x) => broadcast(x, rank));
  // The moved view's strides are as they are: 0 along what only an index moves.
  views[0] = { offset: moved.offset, strides: [...moved.strides] };
  const lines = positions(kernel, 'i', plain.shape, views, 'p');
  lines.push('var inside = true;');
  indices.forEach(({ index, size, stride }, k) => {
    const n = kernel.number(size);
    lines.push(
      `var at${k} = ${kernel.buffer(index)}[p${k + 2}];`,
      `if (at${k} < 0) { at${k} += ${n}; }`,
      `if (at${k} < 0 || at${k} >= ${n}) { inside = false;${clamp ? ` at${k} = 0;` : ''} }`,
      `p0 += at${k} * ${kernel.number(stride)};`,
    );
  });
  return lines;
}
