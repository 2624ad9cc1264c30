// Gather and scatter: moving elements to and from the positions in index tensors.
import { broadcastStrides, type IndexedAxis, type Reducer, type View } from '@dl/core/functional';
import { combination } from './combine.js';
import { Kernel, positions } from './kernel.js';
import type { Runtime } from './runtime.js';
import { heldAs } from './wgsl.js';

/** See `Backend.gather`. */
export function gather(
  runtime: Runtime,
  source: View,
  indices: readonly IndexedAxis[],
  output: View,
): void {
  if (output.count === 0) return;
  const kernel = new Kernel();
  const lines = indexedPositions(kernel, source, indices, output, true);
  lines.push(`${kernel.buffer(output)}[p1] = ${kernel.buffer(source)}[p0];`);
  kernel.run(runtime, 'gather', output.count, lines);
}

/** See `Backend.scatter`. */
export function scatter(
  runtime: Runtime,
  source: View,
  indices: readonly IndexedAxis[],
  target: View,
  combine: 'set' | Reducer,
): void {
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
  // Several sources may be combined at one position: each retries until no other one interfered.
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
}

/** Positions in the indexed view (`p0`) and the plain one (`p1`); `inside` tells whether all indices are in range. */
function indexedPositions(
  kernel: Kernel,
  moved: View,
  indices: readonly IndexedAxis[],
  plain: View,
  clamp: boolean,
): string[] {
  const rank = plain.shape.length;
  const views = [moved, plain, ...indices.map((i) => i.index)].map((x) => ({
    offset: x.offset,
    strides: broadcastStrides(x, rank),
  }));
  // The moved view keeps its strides: 0 along dimensions that only an index moves along.
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
