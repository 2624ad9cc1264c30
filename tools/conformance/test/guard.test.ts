// The guard around a device: what is written past the end of a buffer is found, and laid to the case that did it.
import { type Buffer, cpuBackend, registerBackend } from '@dl/core';
import { afterEach, expect, it } from 'vitest';
import { guarded } from '../src/guard.js';
import { Calls, loadGoldens, methods, registerCounted, runParts, suite } from '../src/index.js';

type Map = typeof cpuBackend.map;

afterEach(() => registerBackend(cpuBackend));

/** What the cases of an operator say where `map` is replaced. */
async function failures(operator: string, map: Map): Promise<string[]> {
  registerBackend({ ...cpuBackend, map });
  const options = { device: 'cpu', goldens: loadGoldens(), calls: new Calls() };
  const parts = suite(options).find((group) => group.operator === operator)?.parts ?? [];
  expect(parts.length).toBeGreaterThan(0);
  const results = await runParts(parts, options);
  return results.flatMap((r) => (r.failure === null ? [] : [`${r.id}, ${r.check}: ${r.failure}`]));
}

/** Core's loops, and then something is written to the output's memory so far behind its last element. */
const writes =
  (behind: number): Map =>
  (program, inputs, outputs, params) => {
    cpuBackend.map(program, inputs, outputs, params);
    for (const { buffer, count, offset, dtype } of outputs) {
      if (dtype === 'float32') put(buffer, offset + count + behind);
    }
  };

const put = (buffer: Buffer, at: number): void => {
  if (buffer instanceof Float32Array) buffer[at] = 5;
};

it('says nothing where nothing is written', async () => {
  expect(await failures('abs', cpuBackend.map)).toEqual([]);
});

it.each([0, 1, 15])('finds an element written %i behind the end', async (behind) => {
  const found = await failures('abs', writes(behind));
  expect(found.join('\n')).toMatch(
    /abs\/\S+, nothing is written past the end: element \d+ of a float32 buffer of \d+ was written/,
  );
});

it('passes memory on that is given back, and refuses it a second time', async () => {
  const { backend, check } = guarded(registerCounted(), new Calls());
  const buffer = backend.alloc(4, 'float32', true);
  backend.free(buffer, 'float32');
  expect(() => backend.free(buffer, 'float32')).toThrow('counted: memory is freed twice');
  expect(backend.memory().live).toBeGreaterThan(0);
  expect(await check()).toBeNull();
  expect(backend.memory().live).toBe(0);
  expect(() => backend.free(buffer, 'float32')).toThrow('counted: memory is freed twice');
});

it('counts every method that was called, and names those that were not', () => {
  const calls = new Calls();
  for (const method of methods) if (method !== 'sort') calls.note(method);
  expect(calls.never()).toEqual(['sort']);
});
