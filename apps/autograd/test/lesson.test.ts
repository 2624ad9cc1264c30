// The lesson, run as a user runs it: its printed lines are PyTorch's.
import { firstMissing, runLesson } from 'dl-lessons/run';
import { expect, test } from 'vitest';
import golden from './golden.json' with { type: 'json' };

test('prints what PyTorch prints', async () => {
  const run = await runLesson('autograd');
  expect(run.errors).toBe('');
  expect(run.code).toBe(0);
  expect(firstMissing(golden, run.lines)).toBe(null);
});
