// The doctor's report on this machine, and on one where things are missing.
import { expect, test } from 'vitest';
import { examine, textOf } from '../src/report.js';

test('the default device works, and each other one has a line of advice or is ready', async () => {
  const report = await examine();
  expect(report.check.well).toBe(true);
  expect(report.machine[0]).toContain(process.version);
  expect(report.machine.at(-1)).toMatch(/^packages: core, .* \d+\.\d+\.\d+/);
  expect(report.devices.map(({ name }) => name)).toEqual([
    'cpu',
    'cpu, @dl/backend-cpu',
    'webgpu',
    'cuda',
  ]);
  for (const { well, advice, text } of report.devices) {
    expect(well === (advice === null)).toBe(true);
    expect(text).not.toBe('');
  }
  const text = textOf(report);
  expect(text).toMatch(/^✓ cpu /m);
  expect(text).toMatch(/a training step works: loss \d/);
});

test('what fails is said, with what to do', () => {
  const bad = { name: 'x', well: false, text: 'broken', advice: 'fix it' };
  expect(textOf({ machine: ['m'], devices: [bad], check: bad })).toBe(
    'm\n\n✗ x  broken\n     → fix it\n\n✗ x  broken\n     → fix it',
  );
});
