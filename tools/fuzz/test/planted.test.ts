// A fault that is planted in a backend is found by the fixtures, and shrunk to a few lines.
import { type Backend, cpuBackend, registerBackend } from '@dl/core';
import { afterEach, describe, expect, it } from 'vitest';
import { compare, type Finding, unjudged } from '../src/compare.js';
import { readFixtures } from '../src/files.js';
import { run } from '../src/machine.js';
import { asPython, asTypescript } from '../src/print.js';
import type { Program } from '../src/program.js';
import { shrink } from '../src/shrink.js';

type Reduce = Backend['reduce'];
type Map = Backend['map'];

/** Core's loops with one method replaced. */
function broken(change: Partial<Pick<Backend, 'reduce' | 'map'>>): Backend {
  // Methods of the plain backend do not use `this`.
  return { ...cpuBackend, ...change };
}

/** The last element of a sum over many is left out. */
const withoutLast: Reduce = (program, reducer, inputs, shape, axes, output, params) => {
  const [axis, ...others] = axes;
  const size = axis === undefined ? 0 : shape[axis];
  if (axis === undefined || others.length > 0 || reducer !== 'sum' || size < 3) {
    cpuBackend.reduce(program, reducer, inputs, shape, axes, output, params);
    return;
  }
  const less = shape.map((n, d) => (d === axis ? n - 1 : n));
  const narrowed = inputs.map((x) => ({
    ...view(x),
    shape: x.shape.map((n, d) => (d === axis ? n - 1 : n)),
    dense: false,
  }));
  cpuBackend.reduce(program, reducer, narrowed, less, axes, output, params);
};

const view = ({ buffer, dtype, shape, strides, offset, count }: Parameters<Reduce>[2][number]) => ({
  buffer,
  dtype,
  shape,
  strides,
  offset,
  count,
});

/** NaN is taken for a number: what a faster maximum does. */
const withoutNan: Map = (program, inputs, outputs, params) => {
  cpuBackend.map(program, inputs, outputs, params);
  for (const { buffer } of outputs) {
    if (buffer instanceof Float32Array)
      for (const [n, v] of buffer.entries()) if (Number.isNaN(v)) buffer[n] = 0;
  }
};

async function check(backend: Backend, program: Program): Promise<Finding | null> {
  registerBackend(cpuBackend);
  const expected = await run(program, 'cpu');
  if (unjudged(expected, 'cpu') !== null) return null;
  registerBackend(backend);
  return compare(program, { outcome: await run(program, 'cpu') }, expected, 'cpu');
}

describe('a planted fault', () => {
  afterEach(() => registerBackend(cpuBackend));

  it.each([
    [
      'a sum without its last element',
      broken({ reduce: withoutLast }),
      /\.(sum|std|var|norm)\(|mean|Loss|softmax/,
    ],
    ['NaN that becomes 0', broken({ map: withoutNan }), /NaN|Infinity|log|sqrt|div|pow/],
  ])('%s is found and shrunk', { timeout: 60_000 }, async (_, backend, line) => {
    const fixtures = readFixtures('programs').filter((f) => f.known === undefined);
    let found: { program: Program; finding: Finding } | null = null;
    for (const { program } of fixtures.slice(0, 1000)) {
      const finding = await check(backend, program);
      if (finding === null) continue;
      found = await shrink(program, finding, (p) => check(backend, p));
      break;
    }
    expect(found).not.toBeNull();
    if (found === null) return;
    expect(found.program.instructions.length).toBeLessThanOrEqual(4);
    expect(asTypescript(found.program)).toMatch(line);
    expect(asPython(found.program)).toContain('torch.');
  });
});
